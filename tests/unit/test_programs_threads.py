"""Programs that a server runs within a thread of the Assistants API, with their files."""

from collections.abc import AsyncIterator
from decimal import Decimal
from functools import partial

import pytest

from bot.backends.assistants import AssistantsBackend
from bot.core.answers import Status
from bot.core.assistants import Assistant
from bot.core.files import File
from tests.fakes.openai_hosted import PICTURE, SUMS
from tests.fakes.openai_server import Fault
from tests.fakes.openai_talk import BACKENDS, Talk, closing
from tests.unit.hosted_stage import WINDOWS, HostedStage, asked, said, shown, toml, with_file
from tests.unit.killing import last_moment
from tests.unit.tooling import rewrite
from tests.unit.world import Bot, World, message

pytestmark = pytest.mark.filterwarnings("ignore:The Assistants API:DeprecationWarning")

TOML = toml("code_interpreter")
TABLE = b"name,points\nAda,3\nBob,1\n"
FILES = [File("plot-1.png", "image/png", PICTURE), File("sums.csv", "text/plain", SUMS)]
run = partial(asked, settings=TOML, backend="assistants")


@pytest.fixture
async def bot(world: World) -> AsyncIterator[Bot]:
    rewrite(world.path.with_name("homeroom.toml"), TOML)
    world.server.does = lambda _: ("run",)
    async with world.bot(BACKENDS["assistants"](world.client())) as bot:
        yield bot


async def test_a_table_goes_in_and_a_plot_comes_out(world: World) -> None:
    [answer, *files] = shown(world, await run(world, "run", file=TABLE))
    assert str(answer).endswith("\n\nGet sums.csv\n\n*(used: code_interpreter)*")
    assert files == FILES


async def test_a_program_is_kept_with_what_it_was_given_and_wrote(bot: Bot, world: World) -> None:
    await said(bot, with_file(world, message("do it"), "grades.csv", TABLE))
    [row] = await bot.database.fetch("SELECT * FROM calls", {})
    assert (row["arguments"], row["output"], row["is_hosted"]) == ("plot()", "grades.csv\ndrawn", 1)
    assert row["container"].startswith("thread_")
    assert "plot()" in await bot.ask("/privacy export")


async def test_a_program_that_fails_says_so(bot: Bot, world: World) -> None:
    world.server.does = lambda _: ("run, fails",)
    await said(bot, message("do it"))
    [row] = await bot.database.fetch("SELECT * FROM calls", {})
    assert (row["output"], row["is_error"]) == ("drawn", 1)


async def test_only_a_picture_is_an_answer_as_well(bot: Bot, world: World) -> None:
    world.server.answer = lambda _: ""
    world.server.does = lambda _: ("run",)
    question = await said(bot, message("do it"))
    assert shown(world, question)[1:] == FILES


async def test_what_was_uploaded_ends_within_the_hour_and_is_deleted_before(world: World) -> None:
    await run(world, "run, quiet", file=TABLE)
    [upload] = [r for r in world.server.requests if (r.method, r.path) == ("POST", "/v1/files")]
    assert 'name="expires_after[seconds]"\r\n\r\n3600' in upload.other
    assert not world.server.files.stored


async def test_what_was_deleted_is_not_in_the_way_of_the_next_question(
    bot: Bot, world: World
) -> None:
    await said(bot, with_file(world, message("do it"), "grades.csv", TABLE))
    question = await said(bot, message("again"))
    assert shown(world, question)[1:] == FILES
    assert len({run.conversation for run in world.server.runs}) == 1


async def test_a_run_that_fails_leaves_no_upload(world: World) -> None:
    world.server.next_run(status="failed", error_code="invalid_prompt")
    await run(world, "run, quiet", file=TABLE)
    assert not world.server.files.stored


async def test_what_the_server_does_not_take_is_named_and_the_rest_is_answered(
    world: World,
) -> None:
    refused = Fault(status=400, message="Unsupported file.", type="invalid_request")
    world.server.fail("POST", "/files$", refused)
    [answer] = shown(world, await run(world, "run, quiet", file=TABLE))
    assert "grades.csv was left out: the AI service does not take it" in str(answer)


async def test_an_upload_that_breaks_off_is_made_again_before_anything_is_begun(
    world: World,
) -> None:
    world.server.fail("POST", "/files$", Fault.dropped_before())
    assert shown(world, await run(world, "run", file=TABLE))[1:] == FILES
    assert len(world.server.runs) == 1


async def test_a_file_that_is_gone_or_too_large_is_named(world: World) -> None:
    world.server.fail("GET", "/content$", Fault(status=200, body="x" * (11 << 20)))
    world.server.fail("GET", "/content$", Fault(status=404), times=3)
    [answer] = shown(world, await run(world, "run"))
    assert "plot-1.png was left out: it is too large. sums.csv was left out: it is not" in str(
        answer
    )


async def test_a_server_that_tells_no_steps_gives_the_files_all_the_same(world: World) -> None:
    world.server.fail("GET", "/steps$", Fault(status=404), times=99)
    assert shown(world, await run(world, "run"))[1:] == FILES


async def test_people_see_that_a_program_runs(bot: Bot, world: World) -> None:
    world.server.polls = 3
    question = await said(bot, message("do it"))
    assert (question.id, Status.USING_TOOL, "running a program") in bot.adapter.statuses


async def test_the_place_of_programs_is_paid_for_once_an_hour(world: World, bot: Bot) -> None:
    prices = '[prices."fake-model"]\ninput = 0\noutput = 0\n'
    priced = f"{prices}[hosted_prices]\ncode_interpreter = 0.03\n{TOML}"
    rewrite(world.path.with_name("homeroom.toml"), priced)
    world.server.does = lambda _: ("run", "run, quiet")
    await said(bot, message("do it"))
    [row] = await bot.database.fetch("SELECT cost FROM turns", {})
    assert Decimal(row["cost"]) / 10_000_000 == 3


async def test_who_is_forgotten_leaves_no_file(bot: Bot, world: World) -> None:
    await said(bot, with_file(world, message("do it"), "grades.csv", TABLE))
    assert len(world.server.files.stored) == 2
    await bot.ask("/privacy delete everything")
    await bot.forgetting.finish()
    assert not world.server.files.stored
    assert await bot.database.fetch("SELECT 1 FROM calls", {}) == []


async def test_who_lets_nothing_run_asks_for_no_steps(world: World) -> None:
    client = world.client()
    async with closing(BACKENDS["assistants"](client)) as backend:
        assert isinstance(backend, AssistantsBackend)
        await Talk(backend, Assistant()).ask("hello")
    assert not [r for r in world.server.requests if r.path.endswith("/steps")]


@pytest.fixture
async def stage(world: World) -> HostedStage:
    return await HostedStage.made(world, "code_interpreter", "run", FILES, "assistants")


async def test_killed_at_any_moment_files_come_once(stage: HostedStage) -> None:
    assert await last_moment(partial(stage.play, file=TABLE), 3) > 50


@pytest.mark.parametrize("window", WINDOWS)
async def test_killed_in_a_window_of_files_they_come_once(stage: HostedStage, window: str) -> None:
    assert await stage.play(WINDOWS[window], file=TABLE)
    left = [one.purpose for one in stage.world.server.files.stored.values()]
    assert "assistants" not in left or window.startswith("uploaded")
