"""A course ends on a day that was announced, and then nothing of it is left, its key last."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.core.courses import AuditLine, Course
from bot.core.messages import Author
from tests.unit.attending import attended
from tests.unit.test_class_desk import EVE, SET_UP, TOM, said, told
from tests.unit.world import Bot, World, message

DAY = 86_400.0
END = "2099-02-01"
AT = datetime(2099, 2, 1, tzinfo=ZoneInfo("Europe/Berlin")).timestamp()


@pytest.fixture
async def course(world: World) -> AsyncIterator[Bot]:
    async with world.bot() as bot:
        await attended(bot)
        yield bot


def announced(world: World) -> list[str]:
    return [one.text for one in world.platform.posts if one.question.command == "told"]


async def look(bot: Bot, now: float) -> None:
    """What the bot does by itself, at some moment."""
    closing = bot.ports.classroom.closing
    closing._clock = lambda: now
    await closing.look()
    await bot.idle()


async def its(bot: Bot) -> Course:
    [course] = await bot.storage.courses.all()
    return course


async def test_the_day_is_said_where_the_course_is_held(world: World, course: Bot) -> None:
    [words] = await said(course, f"/class end {END}", TOM)
    assert "ends on Sunday, 1 February 2099" in words
    assert "`/privacy export`" in words
    assert announced(world) == [words]
    [line] = [one for one in await course.storage.courses.audit(1, 9) if one.verb == "end"]
    assert (line.who, line.became) == (f"fake:school:{TOM.id}", END)
    await look(course, AT - 6 * DAY)
    await look(course, AT - 5 * DAY)
    assert announced(world) == [words, words]
    [words] = await said(course, "/class end never", TOM)
    assert "does not end" in words
    assert (await its(course)).plan.ends_at == 0.0


@pytest.mark.parametrize("words", ["", "soon", "2020-01-01", "2099-02-30"])
async def test_a_day_that_is_none_or_too_near_is_refused(course: Bot, words: str) -> None:
    [answer] = await said(course, f"/class end {words}", TOM)
    assert answer.startswith(("Write the day", "Everybody needs time"))
    assert (await its(course)).plan.ends_at == 0.0


async def test_then_nothing_of_it_is_left_wherever_it_was_said(world: World, course: Bot) -> None:
    for channel in ("general", "elsewhere"):
        assert await told(course, replace(message("why?", channel), author=EVE))
    await said(course, f"/class end {END}", TOM)
    await look(course, AT - 1)
    assert await course.storage.courses.all()
    for _ in range(2):  # it is closed first
        await look(course, AT)
    assert await course.storage.courses.all() == []
    for table in ("turns", "courses", "course_scopes", "members", "audit", "aliases", "shares"):
        rows = await course.database.fetch(f"SELECT * FROM {table}", {})  # noqa: S608
        assert rows == [], table
    await course.forgetting.finish()
    deleted = {one.path for one in world.server.requests if one.method == "DELETE"}
    assert len([path for path in deleted if "/conversations/" in path]) >= 2


async def test_what_is_open_is_waited_for_and_the_key_stays_till_then(
    world: World, course: Bot
) -> None:
    ended = (await its(course)).planned(ends_at=AT)
    assert await course.storage.courses.save(ended)
    course.ports.classroom.register.changed()
    world.server.polls = 10**9
    question = replace(message("why?"), author=EVE)
    await course.intake.accept(question)
    await course.run_of(question)
    closing = course.ports.classroom.closing
    closing._clock = lambda: AT
    for _ in range(3):
        await closing.look()
    assert (await its(course)).pseudonym_key
    await course.intake.accept(replace(message("/stop"), author=EVE))
    await course.idle()
    await closing.look()
    assert await course.storage.courses.all() == []


async def test_what_was_said_in_another_course_stays(course: Bot) -> None:
    for line in (*SET_UP, "/class open"):
        await said(course, line.replace("CS 101", "CS 102"), channel="other")
    await said(course, "/agree", Author("zoe", "Zoe"), "other")
    assert await told(course, replace(message("why?", "other"), author=Author("zoe", "Zoe")))
    first, second = await course.storage.courses.all()
    await course.storage.courses.note(AuditLine(course=first.id, at=1.0, who="x", verb="y"))
    ended = first.planned(ends_at=AT)
    assert await course.storage.courses.save(ended)
    course.ports.classroom.register.changed()
    for _ in range(2):
        await look(course, AT)
    assert [one.id for one in await course.storage.courses.all()] == [second.id]
    rows = await course.database.fetch("SELECT text FROM turns WHERE text = 'why?'", {})
    assert len(rows) == 1
