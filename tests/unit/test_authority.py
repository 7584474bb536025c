"""Who may do what to a conversation that others share, and who is let in at all."""

from dataclasses import replace

import pytest

from bot.core.commands import PURPOSES
from bot.core.messages import Author, Message
from bot.core.standing import Standing
from bot.work.commands.presses import ON_PRESS
from bot.work.commands.publishing import ON_PUBLISH
from tests.fakes.platform import STAFF
from tests.unit.world import Bot, World, message

ADA, BOB = Author("u1", "Ada"), Author("u2", "Bob")


def said(text: str, author: Author = ADA) -> Message:
    return replace(message(text), author=author, is_shared=True)


async def say(bot: Bot, text: str, author: Author = ADA) -> Message:
    await bot.intake.accept(spoken := said(text, author))
    return spoken


@pytest.mark.parametrize("text", ["/new", "/assistant Homeroom"])
async def test_what_one_may_not_do_to_others_one_does_to_a_conversation_of_ones_own(
    bot: Bot, text: str
) -> None:
    await say(bot, "hi")
    await bot.idle()
    command = await say(bot, text, BOB)
    await bot.idle()
    [row] = await bot.database.fetch(
        "SELECT key FROM conversations JOIN turns ON conversations.id = conversation_id"
        " WHERE message_key = :key",
        {"key": command.unique_key},
    )
    assert row["key"] == str(command.key.own(BOB.id))


async def test_whoever_began_a_conversation_may_begin_it_anew(world: World, bot: Bot) -> None:
    await say(bot, "hi")
    await bot.idle()
    await say(bot, "/new")
    await say(bot, "again?")
    await bot.idle()
    assert "hi" not in str(world.server.runs[-1].request)


async def test_a_moderator_may_and_so_may_all_where_it_is_set(bot: Bot) -> None:
    await say(bot, "hi")
    await bot.idle()
    for author in (Author(STAFF, "Boss"), BOB):
        command = await say(bot, "/new", author)
        await bot.idle()
        assert (await bot.row(command))["conversation_id"] == 1
        await bot.set("fake:school", "commands", "everybody")


async def test_a_stop_for_all_by_somebody_who_may_not_ends_only_her_own(
    world: World, bot: Bot
) -> None:
    world.server.hold()
    adas = await say(bot, "why?")
    bobs = await say(bot, "how?", BOB)
    await bot.run_of(adas)
    stop = await say(bot, "/stop all", BOB)
    world.server.release()
    await bot.idle()
    assert world.platform.replies([adas, bobs, stop]) == [
        ["You said: Ada: why?"],
        ["*Stopped.*"],
        ["Stopped."],
    ]


@pytest.mark.parametrize("words", ["/stop", "/stop all"])
@pytest.mark.parametrize("how", ["denied", "kept out"])
async def test_a_stop_of_somebody_who_is_not_let_in_ends_nothing(
    world: World, bot: Bot, how: str, words: str
) -> None:
    await keep_out(world, bot, how)
    world.server.hold()
    question = await say(bot, "why?")
    await bot.run_of(question)
    stop = await say(bot, words, BOB)
    world.server.release()
    await bot.idle()
    assert world.platform.replies([question, stop]) == [["You said: Ada: why?"], []]
    assert [who for who, _ in world.platform.turned_away] == [BOB.id]


@pytest.mark.parametrize("how", ["denied", "kept out"])
@pytest.mark.parametrize("words", ["", "on", "1", "{key}", "delete", "question why?", "remove a"])
async def test_no_command_and_no_press_does_anything_for_who_is_not_let_in(
    world: World, bot: Bot, how: str, words: str
) -> None:
    question = await say(bot, "why?")
    await bot.idle()
    await keep_out(world, bot, how)
    before = await all_that_is_kept(bot)
    wished = [
        replace(said(words.format(key=question.unique_key), BOB), command=command)
        for command in sorted({*PURPOSES, *ON_PRESS, *ON_PUBLISH})
    ]
    for one in wished:
        await bot.intake.accept(one)
    await bot.idle()
    assert world.platform.replies(wished) == [[] for _ in wished]
    assert await all_that_is_kept(bot) == before
    assert len(world.server.runs) == 1


async def all_that_is_kept(bot: Bot) -> list[str]:
    """But for what was said, and where."""
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    tables = {row["name"] for row in await bot.database.fetch(query, {})}
    rows = [
        await bot.database.fetch(f"SELECT * FROM {table}", {})  # noqa: S608 - of the schema
        for table in sorted(tables - {"turns", "conversations"})
    ]
    return [str(dict(row)) for found in rows for row in found]


async def keep_out(world: World, bot: Bot, how: str) -> None:
    if how == "denied":
        await bot.set("fake:school", "deny", f"user:{BOB.id}")
    else:
        world.platform.standings[BOB.id] = Standing(refusal="Guests cannot ask me.")


async def test_who_is_not_let_in_is_told_once_and_asks_nothing(world: World, bot: Bot) -> None:
    world.platform.standings[BOB.id] = Standing(refusal="Guests cannot ask me.")
    questions = [await say(bot, text, BOB) for text in ("one", "two")]
    await bot.idle()
    assert world.platform.turned_away == [(BOB.id, "Guests cannot ask me.")]
    assert world.platform.replies(questions) == [[], []]
    assert not world.server.runs


async def test_only_who_runs_the_place_sets_how_the_bot_behaves(bot: Bot) -> None:
    student = said("set", BOB)
    assert not await bot.intake.may_set(student)
    with pytest.raises(Exception, match="may not set"):
        await bot.intake.set("fake:school", "answers", "off", by=student)
    with pytest.raises(Exception, match="may not export"):
        await bot.intake.export("fake:school", 1000, by=student)
    assert not await bot.storage.choices.of(["fake:school"])


async def test_alone_with_the_bot_anybody_chooses_who_answers(bot: Bot) -> None:
    alone = replace(message("set", "dm"), author=BOB)
    await bot.intake.set("fake:school:dm", "assistant", "Homeroom", by=alone)
    with pytest.raises(Exception, match="may not set"):
        await bot.intake.set("fake:school", "assistant", "Homeroom", by=alone)
    with pytest.raises(Exception, match="may not set"):
        await bot.intake.set("fake:school:dm", "limit", "0", by=alone)
