"""A picture that the model's server paints comes below the answer, once, and is paid for once."""

from functools import partial

import pytest

from bot.core.answers import Status
from bot.core.files import File
from tests.fakes.openai_hosted import PICTURE
from tests.fakes.openai_server import Fault
from tests.unit.hosted_stage import HostedStage, asked, said, shown, toml
from tests.unit.killing import last_moment
from tests.unit.tooling import rewrite
from tests.unit.world import World, message

TOML = toml("image_generation")
ANSWER = "You said: do it\n\n*(used: image_generation)*"
FILE = File("picture-1.png", "image/png", PICTURE)
paint = partial(asked, settings=TOML)


@pytest.mark.parametrize("backend", ["responses", "foreground"])
async def test_a_picture_stands_below_the_answer(world: World, backend: str) -> None:
    question = await paint(world, "paint", backend=backend)
    assert shown(world, question) == [ANSWER, FILE]
    [run] = world.server.runs
    assert run.request["tools"] == [{"type": "image_generation"}]


async def test_a_picture_without_a_word_is_shown_with_one(world: World) -> None:
    world.server.answer = lambda _: ""
    question = await paint(world, "paint", "paint")
    [words, *files] = shown(world, question)
    assert words == "Here it is.\n\n*(used: image_generation)*"
    assert [file.name for file in files if isinstance(file, File)] == [
        "picture-1.png",
        "picture-2.png",
    ]


@pytest.mark.parametrize(
    ("act", "words"),
    [
        ("paint, refused", "did not paint the picture: its rules forbid it"),
        ("paint, half", "did not come about"),
        ("paint, broken", "picture-1.png was left out: it is no picture"),
    ],
)
async def test_what_is_no_whole_picture_is_said_and_not_shown(
    world: World, act: str, words: str
) -> None:
    question = await paint(world, act)
    [text] = shown(world, question)
    assert isinstance(text, str)
    assert words in text


async def test_people_see_that_a_picture_is_painted(world: World) -> None:
    rewrite(world.path.with_name("homeroom.toml"), TOML)
    world.server.polls, world.server.does = 3, lambda _: ("paint",)
    async with world.bot() as bot:
        question = await said(bot, message("paint"))
        assert (question.id, Status.USING_TOOL, "painting a picture") in bot.adapter.statuses


async def test_a_run_that_the_server_blocks_is_refused_in_words(world: World) -> None:
    world.server.next_run(
        status="failed", error_code="moderation_blocked", error_message="Rejected: violence."
    )
    question = await paint(world)
    [text] = shown(world, question)
    assert isinstance(text, str)
    assert "its rules forbid it" in text


@pytest.mark.parametrize(("own", "cost"), [("", 42_240_000 + 250_000), ("0.5", 500_000_000)])
async def test_a_picture_costs_what_its_tokens_do_or_the_operator_says(
    world: World, own: str, cost: int
) -> None:
    prices = '[prices."fake-model"]\ninput = 0\noutput = 0\n'
    prices += '[prices."gpt-image-1"]\ninput = 5\noutput = 40\n'
    prices += f"[hosted_prices]\nimage_generation = {own}\n" if own else ""
    await asked(world, "paint", settings=prices + TOML)
    async with world.bot() as bot:
        [row] = await bot.database.fetch("SELECT cost FROM turns", {})
        runs = await bot.database.fetch("SELECT cost FROM runs", {})
    assert row["cost"] == cost
    assert [one["cost"] for one in runs] == [cost]


async def test_it_is_kept_as_a_call_that_ended_and_its_file_only_until_it_is_given(
    world: World,
) -> None:
    await paint(world, "paint")
    async with world.bot() as bot:
        [row] = await bot.database.fetch("SELECT * FROM calls", {})
    assert (row["tool"], row["arguments"], row["is_hosted"]) == ("image_generation", "A cat.", 1)
    assert row["files"] is None


@pytest.fixture
async def stage(world: World) -> HostedStage:
    return await HostedStage.made(world, "image_generation", "paint", [FILE])


async def test_killed_at_any_moment_a_picture_is_given_and_paid_once(stage: HostedStage) -> None:
    assert await last_moment(stage.play, 3) > 40


@pytest.mark.parametrize(
    "window",
    ["before calls.keep", "after calls.keep", "after turns.save answered", "after give"],
)
async def test_killed_in_a_window_of_a_picture_it_is_given_once(
    stage: HostedStage, window: str
) -> None:
    assert await stage.play(window)


async def test_a_run_whose_start_is_in_doubt_is_found_with_its_picture(world: World) -> None:
    world.server.fail("POST", "/responses$", Fault.dropped_after())
    question = await paint(world, "paint")
    assert shown(world, question) == [ANSWER, FILE]
    assert len(world.server.runs) == 1
