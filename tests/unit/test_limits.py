"""How many questions a person may ask in an hour, and the place of one that waits."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from structlog.testing import capture_logs

from bot.core.answers import Status
from bot.core.errors import PlatformUnavailable
from bot.core.messages import Author, Message
from bot.work.retries import RetryPolicy
from tests.fakes.openai_server import Fault
from tests.fakes.platform import PLATFORM
from tests.unit.world import Bot, World, message, until

SPACE = f"{PLATFORM}:school"


async def asked(bot: Bot, texts: Sequence[str], channel: str = "general") -> list[bool]:
    """Which questions were answered, and not refused."""
    answered = []
    for text in texts:
        question = await bot.say(text, channel)
        await bot.idle()
        answered.append(bool(bot.adapter.service.reply(question)))
    return answered


async def test_a_limit_counts_all_questions_in_its_scope(bot: Bot) -> None:
    await bot.set(SPACE, "limit", "2")
    assert await asked(bot, ["one"]) == [True]
    assert await asked(bot, ["two", "three"], "other") == [True, False]


async def test_a_channels_limit_counts_only_there(bot: Bot) -> None:
    await bot.set(f"{SPACE}:general", "limit", "1")
    assert await asked(bot, ["one", "two"]) == [True, False]
    assert await asked(bot, ["one", "two"], "other") == [True, True]


async def test_a_servers_limit_holds_where_a_channel_has_a_larger_one(bot: Bot) -> None:
    await bot.set(SPACE, "limit", "1")
    await bot.set(f"{SPACE}:general", "limit", "5")
    assert await asked(bot, ["one", "two"]) == [True, False]


async def test_to_delete_what_one_said_is_no_way_around_a_limit(bot: Bot) -> None:
    await bot.set(SPACE, "limit", "2")
    assert await asked(bot, ["one", "two"]) == [True, True]
    assert "Deleted" in await bot.ask("/privacy delete everything")
    await bot.forgetting.finish()
    assert await asked(bot, ["three"]) == [False]


async def test_a_limit_of_nothing_is_none(bot: Bot) -> None:
    await bot.set(SPACE, "limit", "0")
    assert await asked(bot, ["one", "two"]) == [True, True]


async def test_people_do_not_lift_what_the_operator_set(world: World, bot: Bot) -> None:
    file = world.path.with_name("homeroom.toml")
    await asyncio.to_thread(file.write_text, f'[settings."{SPACE}"]\nlimit = 1\n')
    await bot.set(SPACE, "limit", "100")
    assert await asked(bot, ["one", "two"]) == [True, False]


async def test_a_limit_is_each_persons_own(bot: Bot, world: World) -> None:
    await bot.set(SPACE, "limit", "1")
    await bot.ask("one")
    other = replace(message("two"), author=Author("u2", "Bob"))
    await bot.intake.accept(other)
    await bot.idle()
    assert world.platform.reply(other) == ["You said: two"]


async def test_commands_and_refused_questions_are_not_counted(bot: Bot) -> None:
    await bot.set(SPACE, "limit", "2")
    assert await asked(bot, ["/help", "", "one", "/usage", "two", "three", "four", "/help"]) == [
        True, True, True, True, True, False, False, True,
    ]  # fmt: skip


async def test_an_hour_later_there_is_room_again(bot: Bot) -> None:
    await bot.set(SPACE, "limit", "1")
    assert await asked(bot, ["one", "two"]) == [True, False]
    await bot.database.fetch("UPDATE turns SET accepted_at = accepted_at - 3600", {})
    assert await asked(bot, ["three"]) == [True]


async def test_whoever_reached_it_is_told_once_and_alone_when_there_is_room_again(
    bot: Bot,
) -> None:
    await bot.set(SPACE, "limit", "1")
    assert await asked(bot, ["one", "two", "three"]) == [True, False, False]
    [row] = await bot.database.fetch("SELECT min(accepted_at) AS at FROM turns", {})
    words = "You have asked 1 question in this hour, which is the limit here."
    again = datetime.fromtimestamp(row["at"] + 3659, UTC).astimezone()
    assert bot.adapter.service.turned_away == [
        (
            "u1",
            f"{words} You can ask again at {again:%H:%M %Z}.",
        )
    ]


async def test_many_questions_at_once_are_counted_one_by_one(world: World, bot: Bot) -> None:
    await bot.set(SPACE, "limit", "3")
    questions = [await bot.say("hi", f"room {number}") for number in range(10)]
    await bot.idle()
    answered = [one for one in questions if world.platform.reply(one)]
    assert answered == questions[:3]


async def test_a_question_that_was_let_through_is_not_refused_when_it_is_tried_again(
    world: World,
) -> None:
    async with world.bot(retries=RetryPolicy()) as bot:
        await bot.ask("one")
        world.server.fail("POST", "/v1/responses", Fault.rate_limited(1), times=1)
        question = await bot.say("two")
        await bot.row_when(question, lambda row: row["due_at"])
        await bot.set(SPACE, "limit", "1")
        await bot.idle()
    assert world.platform.reply(question)[-1] == "You said: two"


async def test_whoever_waits_is_shown_how_many_come_before(world: World, bot: Bot) -> None:
    world.server.hold()
    questions = [await bot.say("hi") for _ in range(3)]
    await bot.say("/stop")
    await bot.say("hi", channel="other")
    await until(lambda: len(places(bot)) == 2)
    assert places(bot) == [
        (questions[1].id, "1 before you"),
        (questions[2].id, "2 before you"),
    ]


async def test_a_place_that_cannot_be_shown_keeps_nothing_up(world: World, bot: Bot) -> None:
    bot.adapter.fail("show_status", PlatformUnavailable(), times=100)
    with capture_logs() as lines:
        questions = [await bot.say("hi") for _ in range(3)]
        await bot.idle()
    assert [one["event"] for one in lines].count("place_not_shown") == 2
    assert [reply(world, one) for one in questions] == ["You said: hi"] * 3


def places(bot: Bot) -> list[tuple[str, str]]:
    return [(id_, words) for id_, status, words in bot.adapter.statuses if status is Status.QUEUED]


def reply(world: World, question: Message) -> str:
    [text] = world.platform.reply(question)
    return text
