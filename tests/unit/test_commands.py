"""Commands, given as people give them."""

import asyncio

import pytest

from bot.commands import COMMANDS, parse_command
from tests.unit.world import Bot, World

TUTOR = """
[assistants."History Tutor"]
instructions = "Ask back."
model = "tutor-model"
"""


@pytest.mark.parametrize(
    ("line", "parsed"),
    [
        ("/stop", ("stop", "")),
        ("  /stop  ", ("stop", "")),
        ("/New", ("new", "")),
        ("/assistant History  Tutor ", ("assistant", "History  Tutor")),
        ("/assistant\nTutor", ("assistant", "Tutor")),
        ("stop", (None, "stop")),
        ("/usr/bin/python is broken", (None, "/usr/bin/python is broken")),
        ("/ stop", (None, "/ stop")),
        ("1/2", (None, "1/2")),
        ("", (None, "")),
    ],
)
def test_a_line_that_begins_with_a_slash_and_a_word_is_a_command(
    line: str, parsed: tuple[str | None, str]
) -> None:
    assert parse_command(line) == parsed


async def test_help_names_every_command(bot: Bot) -> None:
    reply = await bot.ask("/help")
    assert all(f"`/{name}`" in reply for name in COMMANDS)


async def test_a_command_that_is_not_there_is_answered_with_those_that_are(bot: Bot) -> None:
    reply = await bot.ask("/dance")
    assert "`/dance`" in reply
    assert "`/help`" in reply


@pytest.mark.parametrize("backend", ["responses", "chat"])
async def test_new_forgets_what_was_said_before(world: World, backend: str) -> None:
    async with world.bot(backend) as bot:
        await bot.ask("one")
        await bot.ask("two")
        assert "new conversation" in await bot.ask("/new")
        await bot.ask("three")
    one, two, three = world.server.runs
    assert one.conversation == two.conversation
    if backend == "chat":
        said = [[m["content"] for m in run.request["messages"][1:]] for run in world.server.runs]
        assert said == [["one"], ["one", "You said: one", "two"], ["three"]]
    else:
        assert three.conversation != two.conversation


async def test_a_question_before_new_is_still_answered(world: World, bot: Bot) -> None:
    question = await bot.say("one")
    await bot.ask("/new")
    assert world.platform.reply(question) == ["You said: one"]


async def test_an_assistant_that_is_chosen_answers_in_this_conversation_only(
    world: World, bot: Bot
) -> None:
    await asyncio.to_thread(world.path.with_name("homeroom.toml").write_text, TUTOR)
    assert "History Tutor" in await bot.ask("/assistant")
    assert "**History Tutor** answers" in await bot.ask("/assistant history tutor")
    assert "**History Tutor** (in force here)" in await bot.ask("/assistant")
    await bot.ask("here")
    await bot.ask("there", channel="other")
    here, there = (run.request for run in world.server.runs)
    assert (here["instructions"], here["model"]) == ("Ask back.", "tutor-model")
    assert there["instructions"] != here["instructions"]


async def test_an_assistant_that_is_not_there_is_not_chosen(bot: Bot) -> None:
    reply = await bot.ask("/assistant Nobody")
    assert "no assistant called “Nobody”" in reply
    assert "**Homeroom** (in force here)" in await bot.ask("/assistant")


async def test_usage_counts_the_answers_of_the_model_alone(bot: Bot) -> None:
    assert (await bot.ask("/usage")).startswith("0 answers in this conversation: 0 tokens in")
    await bot.ask("hi")
    assert (await bot.ask("/usage")).startswith("1 answer in this conversation: ")


async def test_a_stop_with_nothing_to_stop_says_so(bot: Bot) -> None:
    nothing = "There is nothing to stop."
    assert await bot.ask("/stop") == nothing
    await bot.ask("hi")
    assert await bot.ask("/stop") == nothing
    assert await bot.ask("go on") == "You said: go on"
