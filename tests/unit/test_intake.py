"""What people may send: anything at all."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.errors import StorageUnavailable
from bot.core.messages import Author, ConversationKey, Message
from tests.fakes.platform import PLATFORM
from tests.unit.world import Bot, World, locked, message

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=20)  # surrogates included


async def test_a_message_that_comes_twice_is_answered_once(world: World, bot: Bot) -> None:
    question = message("hi")
    receipts = [await bot.intake.accept(question) for _ in range(3)]
    await bot.idle()
    receipts.append(await bot.intake.accept(question))
    assert [receipt.is_duplicate for receipt in receipts] == [False, True, True, True]
    assert world.platform.reply(question) == ["You said: hi"]
    assert len(world.runs(question)) == 1


async def test_one_message_under_two_ids_is_answered_once(world: World, bot: Bot) -> None:
    first, second = (replace(message("hi"), client_id="c1") for _ in range(2))
    for question in (first, second):
        await bot.intake.accept(question)
    await bot.idle()
    assert world.platform.replies([first, second]) == [["You said: hi"], []]


async def test_the_receipt_says_how_many_are_answered_before(world: World, bot: Bot) -> None:
    world.server.hold()
    receipts = [await bot.intake.accept(message("hi")) for _ in range(3)]
    assert [receipt.ahead for receipt in receipts] == [0, 1, 2]


@pytest.mark.parametrize("text", ["", " \n\t ", "\x00\x1b"])
async def test_a_message_without_words_gets_a_notice(world: World, bot: Bot, text: str) -> None:
    assert "empty" in await bot.ask(text)
    assert world.server.runs == []


async def test_a_message_of_a_million_letters_gets_a_notice(world: World, bot: Bot) -> None:
    assert "1,000,000 characters" in await bot.ask("x" * 1_000_000)
    assert world.server.runs == []


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("a\x00b", "ab"),
        ("a\x1b[2Jb", "a[2Jb"),
        ("a\ud83d", "a\ufffd"),
        ("\ud83d\ude00", "\U0001f600"),
        ("\u202eabc\u202c", "abc"),  # nothing turns the line around
        ("שלום", "שלום"),
        ("a\r\nb", "a\nb"),
    ],
)
async def test_odd_characters_are_answered(bot: Bot, text: str, heard: str) -> None:
    assert await bot.ask(text) == f"You said: {heard}"


async def test_a_message_that_could_not_be_written_down_is_not_taken(
    world: World, bot: Bot
) -> None:
    await bot.database.fetch("PRAGMA busy_timeout = 1", {})
    question = message("hi")
    with locked(world.path), pytest.raises(StorageUnavailable) as caught:
        await bot.intake.accept(question)
    assert "not taken it" in caught.value.notice
    await bot.intake.accept(question)
    await bot.idle()
    assert world.platform.reply(question) == ["You said: hi"]


async def test_a_name_is_one_short_line(bot: Bot) -> None:
    question = replace(message("hi"), author=Author("u\x00", "Ada\n\x1b[1mLovelace " + "x" * 99))
    await bot.intake.accept(question)
    row = await bot.row(question)
    assert row["author_id"] == "u"
    assert row["author_name"].startswith("Ada [1mLovelace xxx")
    assert len(row["author_name"]) == 80


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(parts=st.tuples(*[ANY_TEXT] * 7), command=st.none() | st.just("help"))
async def test_whatever_is_said_by_whomever_wherever_gets_one_reply(
    world: World, parts: tuple[str, ...], command: str | None
) -> None:
    space, channel, thread, id_, author, name, text = parts
    key = ConversationKey(PLATFORM, space, channel, thread)
    question = Message(key, id_, Author(author, name), text, command, client_id=f"c{id_}")
    world.path.unlink(missing_ok=True)
    world.platform.posts.clear()
    async with world.bot("chat") as bot:
        await bot.intake.accept(question)
        await bot.idle()
    assert len(world.platform.posts) == 1
