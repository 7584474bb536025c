"""A file of an answer stands on each platform, once, and is found again."""

from dataclasses import replace

import pytest

from adapters.discord.adapter import DiscordAdapter
from adapters.slack.adapter import SlackAdapter
from bot.core.errors import OutcomeUnknown, Undeliverable
from bot.core.files import File
from bot.core.messages import Message
from bot.core.ports.adapter import Adapter, Gives
from bot.core.posts import FIRST_FILE, Part
from tests.fakes.slack_server import FakeSlack, Fault
from tests.integration import discord_stage
from tests.integration.discord_stage import Stage
from tests.integration.slack_bot import SlackBot

stage, empty_stage = discord_stage.stage, discord_stage.empty_stage

PLOT = File("plot.png", "image/png", b"\x89PNG plot")
MINUTE = 60.0


async def give(adapter: Adapter, question: Message, *shown: str, number: int = 0) -> str:
    assert isinstance(adapter, Gives)
    return await adapter.give(question, PLOT, part=part_of(adapter, question, shown, number))


def part_of(
    adapter: Adapter, question: Message, shown: tuple[str, ...] = (), number: int = 0
) -> Part:
    way = str(adapter.ways(question)[0])
    return Part(f"n0nce{number}", FIRST_FILE + number, way, frozenset(shown))


async def test_in_slack_a_file_stands_in_the_thread_and_is_found(
    slack: FakeSlack, bot: SlackBot
) -> None:
    question = await bot.asked()
    await bot.write(question, "here it is")
    ref = await give(bot.adapter, question)
    _, shared = bot.replies(question)
    [file] = shared.files
    assert (file["name"], slack.state.contents[file["id"]]) == ("plot.png", PLOT.data)
    assert file["title"].startswith("plot ")
    assert await bot.adapter.find(question, part_of(bot.adapter, question)) == ref


async def test_in_slack_a_file_that_may_have_come_is_found(slack: FakeSlack, bot: SlackBot) -> None:
    question = await bot.asked()
    slack.fail("files.completeUploadExternal", Fault.dropped_after())
    try:
        ref: str | None = await give(bot.adapter, question)
    except OutcomeUnknown:
        ref = await bot.adapter.find(question, part_of(bot.adapter, question))
    assert ref is not None
    assert len(bot.replies(question)) == 1


async def test_on_discord_a_file_replies_to_the_question_and_is_found(stage: Stage) -> None:
    question = await stage.ask()
    answer = await stage.answer(question, "here it is")
    ref = await give(stage.adapter, question, answer)
    [said, shared] = stage.replies()
    assert (said.content, shared.reference) == ("here it is", int(question.id))
    [file] = shared.attachments
    assert (file.filename, file.data) == ("plot.png", PLOT.data)
    await stage.restart()
    stage.server.advance(10 * MINUTE)
    part = part_of(stage.adapter, question, (answer,))
    assert await stage.adapter.find(question, part) == ref
    assert (
        await stage.adapter.find(question, replace(part, others=frozenset({answer, ref}))) is None
    )


async def test_on_discord_a_file_beside_an_answer_takes_no_others_place(stage: Stage) -> None:
    foreign = stage.server.add_guild("Foreign", joined=False).add_text_channel("general")
    asked, question = await stage.slash(channel=foreign, install="user")
    answer = await stage.answer(question, "here it is")
    await give(stage.adapter, question, answer)
    assert asked.original
    assert asked.text == "here it is"
    assert [one.filename for one in asked.original.attachments] == ["plot.png"]
    with pytest.raises(Undeliverable):
        await give(stage.adapter, question, answer, number=1)
    assert [one.filename for one in asked.original.attachments] == ["plot.png"]


def test_both_take_files() -> None:
    assert issubclass(SlackAdapter, Gives)
    assert issubclass(DiscordAdapter, Gives)


async def test_slack_knows_where_people_are_by_the_clock(bot: SlackBot) -> None:
    assert await bot.adapter.zone_of(await bot.asked()) == "Europe/Berlin"
