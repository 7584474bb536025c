"""What an exam keeps back, what becomes of it, and which times it covers."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.core.cards import Matter
from bot.core.courses import Then
from bot.core.errors import InvalidSetting, Withheld
from bot.core.messages import Author, Message
from bot.core.posts import Way
from bot.rules.exams import instants, read_span, span
from tests.fakes.platform import PLATFORM
from tests.patience import PATIENCE
from tests.unit.exam_house import (
    ADA,
    AFTER,
    BEFORE,
    INSIDE,
    OPEN,
    Hands,
    announce,
    asked,
    open_course,
)
from tests.unit.test_class_desk import TOM
from tests.unit.world import Bot, World, message

NOTICE = "An exam is on until 2026-12-04 11:00"


def utc(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%d %H:%M")


@pytest.mark.parametrize(
    ("zone", "start", "end", "expected"),
    [
        ("Europe/Berlin", "2026-10-25 02:30", "2026-10-25 02:45", ("25 00:30", "25 01:45")),
        ("Europe/Berlin", "2026-03-29 01:30", "2026-03-29 02:30", ("29 00:30", "29 01:30")),
        ("Australia/Lord_Howe", "2026-04-05 01:45", "2026-04-05 02:30", ("04 14:45", "04 16:00")),
        ("Pacific/Apia", "2011-12-30 12:00", "2011-12-31 12:00", ("29 22:00", "30 22:00")),
        ("UTC", "2026-12-04 09:00", "2026-12-04 11:00", ("04 09:00", "04 11:00")),
    ],
)
def test_a_local_time_covers_all_it_may_mean(
    zone: str, start: str, end: str, expected: tuple[str, str]
) -> None:
    begins, ends = span(start, end, zone)
    assert (utc(begins), utc(ends)) == expected


def test_a_time_that_nobody_can_tell_is_refused() -> None:
    with pytest.raises(InvalidSetting):
        instants(datetime(2026, 1, 1), "Mars/Olympus")  # noqa: DTZ001
    with pytest.raises(InvalidSetting):
        span("2026-12-04 11:00", "2026-12-04 09:00", "UTC")
    for words in ("", "tomorrow", "09:00 to 11:00", "2026-13-04 09:00 to 11:00", "9 to 11"):
        with pytest.raises(InvalidSetting):
            read_span(words)
    assert read_span("2026-12-04 9:00 to 2026-12-05 01:00 off Mid  term") == (
        *("2026-12-04 09:00", "2026-12-05 01:00", "off Mid term"),
    )


async def said(bot: Bot, at: float, words: str, *, by: Author = TOM) -> str:
    wish = replace(asked(at, words), author=by)
    await bot.intake.accept(wish)
    await bot.idle()
    return "\n".join(bot.adapter.service.reply(wish))


async def kept_back(world: World, bot: Bot, hands: Hands) -> Message:
    """A question from before an exam, whose answer came in it."""
    world.server.hold()
    hands.now = BEFORE
    question = await bot.say("why?")
    question = replace(question, sent_at=None)
    await bot.run_of(question)
    hands.now = INSIDE
    world.server.release()
    await bot.idle()
    return question


async def test_an_exam_that_is_announced_while_an_answer_is_on_its_way_keeps_it_back(
    world: World,
) -> None:
    """The platform asked for patience, and would have taken it a moment after the bell."""
    hands = Hands()
    async with world.bot(timepiece=hands.piece()) as bot:
        course = await open_course(bot)
        bot.adapter.hold("post")
        question = await bot.say("why?")
        await bot.row_when(question, lambda row: row["state"] == "answered")
        await announce(bot, course)
        hands.now = INSIDE
        async with asyncio.timeout(PATIENCE):
            while not await bot.storage.cards.waiting(course.id, Matter.EXAM):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        bot.adapter.release("post")
        await bot.idle()
        assert all(NOTICE in text for text in world.platform.reply(question))


async def test_an_answer_of_the_bell_is_given_by_staff_once_and_is_history(world: World) -> None:
    hands = Hands()
    async with world.bot(timepiece=hands.piece()) as bot:
        course = await open_course(bot)
        window = await announce(bot, course)
        question = await kept_back(world, bot, hands)
        assert [NOTICE in text for text in world.platform.reply(question)] == [True]
        [card] = await bot.storage.cards.waiting(course.id, Matter.EXAM)
        assert "why?" in card.words
        assert await said(bot, INSIDE, f"/class give {window.id}") == "That exam is still on."
        hands.now = AFTER
        for _ in range(2):
            await said(bot, AFTER, f"/class give {window.id}")
    async with world.bot("chat", timepiece=hands.piece()) as bot:
        await bot.idle()
        given = [one for one in world.platform.posts if one.question.id.startswith("given/")]
        assert [post.text for post in given] == [card.words]
        await bot.intake.accept(asked(AFTER, "and then?"))
        await bot.idle()
        told = str(world.server.requests[-1].body)
        assert card.words in told
        assert NOTICE not in told


async def test_what_staff_approve_in_an_exam_is_of_the_exam_however_late_it_is_done(
    world: World,
) -> None:
    hands = Hands()
    async with world.bot(timepiece=hands.piece()) as bot:
        course = await open_course(bot, replace(OPEN, drafts=(f"{PLATFORM}:school",)))
        await announce(bot, course)
        await bot.ask("why?")
        hands.now = AFTER
        assert await said(bot, INSIDE, "/staff approve 1") == "#1 is given."
        [given] = [one for one in world.platform.posts if one.question.id.startswith("given/")]
        assert given.text.startswith(NOTICE)


async def test_what_is_dropped_is_given_to_nobody(world: World) -> None:
    hands = Hands()
    async with world.bot(timepiece=hands.piece()) as bot:
        course = await open_course(bot)
        window = await announce(bot, course)
        await kept_back(world, bot, hands)
        hands.now = AFTER
        assert await said(bot, AFTER, f"/class drop {window.id}") == "Dropped: 1 answer."
        assert await said(bot, AFTER, f"/class give {window.id}") == "Given: 0 answers."
        assert await bot.storage.cards.waiting(course.id) == []


async def test_the_servers_session_that_knows_a_kept_answer_is_left(world: World) -> None:
    hands = Hands()
    async with world.bot(timepiece=hands.piece()) as bot:
        await announce(bot, await open_course(bot), Then.HINTS)
        question = await kept_back(world, bot, hands)
        session = (await bot.row(question))["session"]
        again = asked(INSIDE, "repeat your last message")
        await bot.intake.accept(again)
        await bot.idle()
        assert (await bot.row(again))["session"] != session


async def test_in_an_exam_with_hints_the_model_is_told_so_and_may_answer(world: World) -> None:
    hands = Hands(INSIDE)
    async with world.bot("chat", timepiece=hands.piece()) as bot:
        await announce(bot, await open_course(bot), Then.HINTS)
        question = asked(INSIDE)
        await bot.intake.accept(question)
        await bot.idle()
        assert "Give hints only" in str(world.server.requests[-1].body)
        [shown] = world.platform.reply(question)
        assert NOTICE not in shown


async def test_what_was_asked_without_rules_is_kept_back_where_they_come_late(
    world: World,
) -> None:
    """An exam with hints is announced while an answer, asked for inside of it, is on its way."""
    hands = Hands(INSIDE)
    async with world.bot(timepiece=hands.piece()) as bot:
        course = await open_course(bot)
        world.server.hold()
        question = asked(INSIDE)
        await bot.intake.accept(question)
        await bot.run_of(question)
        await announce(bot, course, Then.HINTS)
        world.server.release()
        await bot.idle()
        assert NOTICE in world.platform.reply(question)[0]


async def test_staff_are_answered_in_an_exam(world: World) -> None:
    async with world.bot(timepiece=Hands(INSIDE).piece()) as bot:
        await announce(bot, await open_course(bot))
        assert NOTICE not in await said(bot, INSIDE, "why?")
        assert NOTICE in await said(bot, INSIDE, "why?", by=ADA)


async def test_who_is_certainly_not_in_the_course_is_answered(world: World) -> None:
    world.platform.absent.add(ADA.id)
    async with world.bot(timepiece=Hands(INSIDE).piece()) as bot:
        await announce(bot, await open_course(bot))
        elsewhere = replace(asked(INSIDE), key=replace(message("").key, space="foreign"))
        await bot.intake.accept(elsewhere)
        await bot.idle()
        assert NOTICE not in world.platform.reply(elsewhere)[0]


async def test_what_cannot_be_read_is_closed(world: World) -> None:
    async with world.bot(timepiece=Hands(INSIDE).piece()) as bot:
        await announce(bot, await open_course(bot))
        for statement in (
            "UPDATE courses SET plan = '{', stage = 'what', version = version + 1",
            "UPDATE windows SET \"then\" = 'party', zone = 'Mars'",
        ):
            await bot.database.fetch(statement, {})
        bot.ports.classroom.register.changed()
        assert NOTICE in await said(bot, INSIDE, "why?", by=TOM)


async def test_earlier_answers_are_told_and_exported_in_no_exam(world: World) -> None:
    hands = Hands(BEFORE)
    async with world.bot(timepiece=hands.piece()) as bot:
        await announce(bot, await open_course(bot))
        bot.adapter.open_ways = ()
        lost = await bot.say("lost?")
        await bot.idle()
        assert (await bot.row(lost))["step"] == "undeliverable"
        bot.adapter.open_ways = (Way("here"),)
        hands.now = INSIDE
        assert "lost?" not in await said(bot, INSIDE, "/help", by=ADA)
        assert NOTICE in await said(bot, INSIDE, "/privacy export", by=ADA)
        hands.now = AFTER
        assert "lost?" in await said(bot, AFTER, "/help", by=ADA)


async def test_an_exam_is_announced_confirmed_and_taken_back(world: World, bot: Bot) -> None:
    course = await open_course(bot)
    words = await said(bot, BEFORE, "/class exam 2026-12-04 09:00 to 11:00 hints Homework 3")
    assert "2026-12-04 09:00 to 2026-12-04 11:00 Europe/Berlin" in words
    assert "(04 Dec 08:00 to 04 Dec 10:00 UTC)" in words
    [window] = await bot.storage.courses.windows(course.id)
    assert (window.label, window.then, window.is_on) == ("Homework 3", Then.HINTS, False)
    await said(bot, BEFORE, f"/class exam on {window.id}")
    assert [one.is_on for one in await bot.storage.courses.windows(course.id)] == [True]
    await said(bot, BEFORE, f"/class exam off {window.id}")
    assert "taken back" in await said(bot, BEFORE, f"/class exam on {window.id}")
    assert "taken back" in await said(bot, BEFORE, "/class exam")
    assert await said(bot, BEFORE, "/class exam on 99") != ""
    lines = await bot.storage.courses.audit(course.id, 9)
    assert [one.verb for one in lines] == ["exam off", "exam on", "exam"]


async def test_without_a_stamp_and_with_nobody_to_ask_a_wrong_clock_opens_it(world: World) -> None:
    """As in a terminal on a machine whose clock is an hour fast in the exam's last hour."""
    hands = Hands(AFTER - 200, wrong_by=3600.0)
    async with world.bot(timepiece=hands.piece()) as bot:
        await announce(bot, await open_course(bot))
        question = asked(None)
        await bot.intake.accept(question)
        await bot.idle()
        assert NOTICE not in world.platform.reply(question)[0]


async def test_what_was_kept_back_by_a_process_that_ended_stays_the_staffs_without_the_exam(
    world: World,
) -> None:
    hands = Hands(BEFORE)
    async with world.bot(timepiece=hands.piece()) as bot:
        window = await announce(bot, await open_course(bot))
        receipt = await bot.storage.turns.add(asked(BEFORE), 0.0)
        turn = await bot.storage.turns.claim(receipt.conversation_id, 0.0)
        assert turn
        exams = bot.ports.classroom.exams
        hands.now = INSIDE
        assert await exams.withhold(turn)
        assert await exams.windows.save(replace(window, off_at=INSIDE))
        assert await exams.require_open(replace(turn, id=turn.id + 1, epoch=2)) is None
        with pytest.raises(Withheld):
            await exams.require_open(replace(turn, epoch=2))
        assert await exams.withhold(replace(turn, epoch=2))
