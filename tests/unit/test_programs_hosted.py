"""Programs that the model's server runs: files go in, others come out once, and nothing stays."""

from collections.abc import AsyncIterator
from decimal import Decimal
from functools import partial

import pytest

from bot.core.answers import Status
from bot.core.files import File
from tests.fakes.openai_hosted import PICTURE, SUMS
from tests.fakes.openai_server import Fault
from tests.unit.hosted_stage import WINDOWS, HostedStage, asked, said, shown, toml, with_file
from tests.unit.killing import last_moment
from tests.unit.tooling import rewrite
from tests.unit.world import Bot, World, message

TOML = toml("code_interpreter")
TABLE = b"name,points\nAda,3\nBob,1\n"
ANSWER = "You said: do it\n\nGet plot.png\n\nGet sums.csv\n\n*(used: code_interpreter)*"
FILES = [File("plot.png", "image/png", PICTURE), File("sums.csv", "text/plain", SUMS)]
run = partial(asked, settings=TOML)


@pytest.fixture
async def bot(world: World) -> AsyncIterator[Bot]:
    rewrite(world.path.with_name("homeroom.toml"), TOML)
    world.server.does = lambda _: ("run",)
    async with world.bot() as bot:
        yield bot


async def test_a_table_goes_in_and_a_plot_comes_out(world: World) -> None:
    question = await run(world, "run", file=TABLE)
    [answer, *files] = shown(world, question)
    assert isinstance(answer, str)
    assert answer.endswith("Get plot.png\n\nGet sums.csv\n\n*(used: code_interpreter)*")
    assert files == FILES
    [container] = world.server.containers.all.values()
    assert TABLE in [file.data for file in container.files.values()]


async def test_what_was_uploaded_ends_within_the_hour_and_is_deleted_before(world: World) -> None:
    await run(world, "run", file=TABLE)
    [upload] = [r for r in world.server.requests if (r.method, r.path) == ("POST", "/v1/files")]
    assert 'name="expires_after[seconds]"\r\n\r\n3600' in upload.other
    assert not world.server.files.stored


async def test_a_run_that_fails_leaves_no_upload(world: World) -> None:
    world.server.next_run(status="failed", error_code="invalid_prompt")
    await run(world, "run", file=TABLE)
    assert not world.server.files.stored


async def test_what_the_server_does_not_take_is_named_and_the_rest_is_answered(
    world: World,
) -> None:
    refused = Fault(status=400, message="Unsupported file.", type="invalid_request")
    world.server.fail("POST", "/files$", refused)
    question = await run(world, "run, quiet", file=TABLE)
    [answer] = shown(world, question)
    assert "grades.csv was left out: the AI service does not take it" in str(answer)


async def test_an_upload_that_breaks_off_is_made_again_before_anything_is_begun(
    world: World,
) -> None:
    world.server.fail("POST", "/files$", Fault.dropped_before())
    question = await run(world, "run", file=TABLE)
    assert shown(world, question)[1:] == FILES
    assert len(world.server.runs) == 1


async def test_a_file_that_is_not_there_at_once_is_looked_for_again(world: World) -> None:
    world.server.containers.not_ready = 2
    assert shown(world, await run(world, "run"))[1:] == FILES


async def test_a_file_of_a_container_that_is_gone_is_named(world: World) -> None:
    world.server.containers.not_ready = 99
    [answer] = shown(world, await run(world, "run"))
    assert "plot.png was left out: it is not there any more. sums.csv was left out" in str(answer)


async def test_a_file_that_is_too_large_is_not_fetched_whole(world: World) -> None:
    world.server.fail("GET", "/content$", Fault(status=200, body="x" * (11 << 20)))
    [answer, file] = shown(world, await run(world, "run"))
    assert "plot.png was left out: it is too large" in str(answer)
    assert file == FILES[1]


async def test_a_program_that_fails_is_kept_with_what_it_wrote(bot: Bot, world: World) -> None:
    world.server.does = lambda _: ("run, fails",)
    await said(bot, message("do it"))
    [row] = await bot.database.fetch("SELECT * FROM calls", {})
    assert (row["arguments"], row["output"], row["is_error"]) == ("plot()", "drawn", 1)
    assert row["container"] in world.server.containers.all


async def test_people_see_that_a_program_runs(bot: Bot, world: World) -> None:
    world.server.polls = 3
    question = await said(bot, message("do it"))
    assert (question.id, Status.USING_TOOL, "running a program") in bot.adapter.statuses


@pytest.mark.parametrize("renews", [True, False])
async def test_after_a_container_has_expired_it_is_begun_anew(
    bot: Bot, world: World, *, renews: bool
) -> None:
    world.server.containers.renews = renews
    await said(bot, message("do it"))
    [old] = world.server.containers.all.values()
    old.is_expired = True
    question = await said(bot, with_file(world, message("do it"), "grades.csv", TABLE))
    assert shown(world, question)[1:] == FILES
    assert len(world.server.containers.all) == 2
    assert len(world.server.runs) == 2


async def test_a_container_is_paid_for_once_however_often_it_is_used(
    world: World, bot: Bot
) -> None:
    prices = '[prices."fake-model"]\ninput = 0\noutput = 0\n'
    priced = f"{prices}[hosted_prices]\ncode_interpreter = 0.03\n{TOML}"
    rewrite(world.path.with_name("homeroom.toml"), priced)
    world.server.does = lambda _: ("run", "run, quiet")
    for _ in range(2):
        await said(bot, message("do it"))
    next(iter(world.server.containers.all.values())).is_expired = True
    await said(bot, message("do it"))
    rows = await bot.database.fetch("SELECT cost FROM turns ORDER BY id", {})
    cents = [Decimal(row["cost"]) / 10_000_000 for row in rows]
    assert cents == [3, 0, 3]


async def test_who_is_forgotten_leaves_no_container(bot: Bot, world: World) -> None:
    await said(bot, message("do it"))
    assert world.server.containers.all
    [container] = world.server.containers.all
    assert container in await bot.ask("/privacy export")
    await bot.ask("/privacy delete everything")
    await bot.forgetting.finish()
    assert not world.server.containers.all
    assert await bot.database.fetch("SELECT 1 FROM calls", {}) == []


async def test_a_run_whose_start_is_in_doubt_is_found_with_its_files(world: World) -> None:
    world.server.fail("POST", "/responses$", Fault.dropped_after())
    assert shown(world, await run(world, "run")) == [ANSWER, *FILES]
    assert len(world.server.runs) == 1


@pytest.fixture
async def stage(world: World) -> HostedStage:
    return await HostedStage.made(world, "code_interpreter", "run", FILES)


async def test_killed_at_any_moment_files_come_once(stage: HostedStage) -> None:
    assert await last_moment(stage.play, 3) > 50


@pytest.mark.parametrize("window", WINDOWS)
async def test_killed_in_a_window_of_files_they_come_once(stage: HostedStage, window: str) -> None:
    assert await stage.play(WINDOWS[window], file=TABLE)
    assert not stage.world.server.files.stored or window.startswith("uploaded")
