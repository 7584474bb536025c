"""Office hours: several a day, the breaks between them, and the line of those who wait."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.classroom.office_hours import OfficeHours, told_of
from bot.core.messages import Author
from bot.rules.hours import Sitting, moment, read_hours
from tests.unit.test_class_desk import EVE, TOM, said, told
from tests.unit.test_humans import course
from tests.unit.world import Bot, World, message

__all__ = ["course"]

MONDAY = datetime(2026, 11, 30, tzinfo=UTC)
HOURS = "Mon-Thu 10-12, 13:00-15:30; Fri 9-11"


def test_several_a_day_are_read() -> None:
    read = read_hours(HOURS)
    assert len(read) == 9
    assert read[:2] == [Sitting(0, 600, 720), Sitting(0, 780, 930)]
    assert {one.day for one in read_hours("Sat-Mon 10-11")} == {5, 6, 0}


@pytest.mark.parametrize(
    "words",
    ["", "by appointment", "Mon 12-10", "Mon 10-12, 11-13", "Mon 10-25", "Mon", "Mon 9.5-10"],
)
def test_other_words_are_words(words: str) -> None:
    assert read_hours(words) == ()


@pytest.mark.parametrize(
    ("day", "at", "expected"),
    [
        (0, (10, 0), ("open", "0 12:00")),
        (0, (12, 0), ("break", "0 13:00")),
        (0, (9, 59), ("closed", "0 10:00")),
        (0, (15, 30), ("closed", "1 10:00")),
        (4, (11, 0), ("closed", "0 10:00")),
    ],
)
def test_it_is_known_when_they_are_there(
    day: int, at: tuple[int, int], expected: tuple[str, str]
) -> None:
    found = moment(read_hours(HOURS), MONDAY.replace(day=30 - 7 + day, hour=at[0], minute=at[1]))
    assert found
    state = "open" if found.is_open else "break" if found.is_break else "closed"
    assert (state, f"{found.until.weekday()} {found.until:%H:%M}") == expected


async def test_at_a_break_all_who_wait_are_told_their_places_once(
    world: World, course: Bot
) -> None:
    await said(course, "/class zone UTC", TOM)
    await said(course, f"/class hours {HOURS}", TOM)
    zoe = Author("zoe", "Zoe")
    asked = [replace(message("/human own please help"), author=one) for one in (EVE, zoe)]
    for one in asked:
        assert "They answer Mon-Thu" in (await told(course, one))[0]
    classroom = course.ports.classroom
    at = MONDAY.replace(hour=11, minute=59).timestamp()
    board, storage = classroom.board, course.storage
    hours = OfficeHours(storage, classroom.register, board, lambda: at)
    await hours.look()
    await course.idle()
    assert breaks(world) == []
    at += 120
    for again in (hours, hours, OfficeHours(storage, classroom.register, board, lambda: at)):
        await again.look()
    await course.idle()
    assert sorted(breaks(world), reverse=True) == [
        "The staff have a break until 13:00. You keep your place: 2.",
        "The staff have a break until 13:00. You keep your place: 1.",
        "A break until 13:00: 2 questions in line, and all of them are told.",
    ]
    [held] = await storage.courses.all()
    assert told_of(held, lambda: at).endswith(" They have a break until 13:00.")


def breaks(world: World) -> list[str]:
    return [post.text for post in world.platform.posts if post.question.id.startswith("break/")]
