"""A course's budget: put aside before, settled after, and never beyond."""

import asyncio
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from bot.classroom.treasury import CourseSpent, Expected
from bot.core.courses import Course
from tests.unit.test_class_desk import TOM, said
from tests.unit.test_humans import ask, course
from tests.unit.world import Bot, World

__all__ = ["course"]

CENT = Expected(100, Decimal("0.01"))


async def budgeted(bot: Bot, words: str) -> Course:
    assert (await said(bot, f"/class budget {words}", TOM))[0].startswith("Budget:")
    [course_] = await bot.storage.courses.all()
    return course_


def notices(world: World) -> list[str]:
    return [post.text for post in world.platform.posts if post.question.command == "told"]


async def test_what_was_not_used_is_there_again_for_the_next_question(
    world: World, course: Bot
) -> None:
    await budgeted(course, "8000 tokens a day")
    for words in ("one", "two", "three"):
        assert world.platform.reply(await ask(course, words))[0].startswith("You said")
    [told] = await said(course, "/staff budget", TOM)
    assert told.endswith("% of 8,000 tokens a day")
    assert int(told.split()[1]) < 10


async def test_what_is_used_up_stops_hard_and_staff_are_told_once(
    world: World, course: Bot
) -> None:
    await budgeted(course, "2000 tokens a day")
    runs = len(world.server.runs)
    for words in ("one", "two"):
        assert "is used up" in world.platform.reply(await ask(course, words))[0]
    assert len(world.server.runs) == runs
    assert len(notices(world)) == 1
    assert "has used its 2,000 tokens a day" in notices(world)[0]


async def test_of_many_at_once_no_more_are_let_through_than_there_is_money_for(
    course: Bot,
) -> None:
    plan = await budgeted(course, "0.10 USD a day, 5 USD a month")
    treasury = course.ports.classroom.treasury
    found = await asyncio.gather(*(treasury.reserve(plan, 1000 + n, CENT) for n in range(30)))
    assert sum(refusal is None for refusal in found) == 10
    assert all(isinstance(one, CourseSpent) for one in found if one)


async def test_a_budget_is_written_in_the_courses_own_currency_at_its_own_rate(
    world: World, course: Bot
) -> None:
    plan = await budgeted(course, "0.20 EUR a day, 2 EUR a USD")
    treasury = course.ports.classroom.treasury
    for turn in range(5):
        assert await treasury.reserve(plan, 1000 + turn, CENT) is None
    [told] = await said(course, "/staff budget", TOM)
    assert told == "- 50 % of 0.20 EUR a day"
    assert "has used 50 % of its 0.20 EUR a day" in notices(world)[0]
    # What was used is used, in whatever it is written from now on.
    plan = await budgeted(course, "12 points a day, 200 points a USD")
    assert await treasury.reserve(plan, 2000, CENT) is None
    assert isinstance(await treasury.reserve(plan, 2001, CENT), CourseSpent)


@pytest.mark.parametrize(
    "written",
    [
        "2 EUR a day",
        "2 EUR a day, 0 EUR a USD",
        "0.9 EUR a USD",
        "1 USD a day, 2 USD a day",
        "1 EUR a day, 1 USD a day, 0.9 EUR a USD",
    ],
)
async def test_a_budget_without_its_rate_or_twice_is_refused(course: Bot, written: str) -> None:
    [words] = await said(course, f"/class budget {written}", TOM)
    assert words.startswith("It is written like this")


async def test_staff_are_told_at_half_at_four_fifths_and_at_the_end_each_once(
    world: World, course: Bot
) -> None:
    plan = await budgeted(course, "0.10 USD a month")
    for turn in range(14):
        await course.ports.classroom.treasury.reserve(plan, 1000 + turn, CENT)
    await course.idle()
    assert ["50 %" in text for text in notices(world)] == [True, False, False]
    assert "80 %" in notices(world)[1]
    assert "no question is asked" in notices(world)[2]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Pacific/Auckland"])
async def test_its_day_is_that_of_its_zone(course: Bot, zone: str) -> None:
    await said(course, f"/class zone {zone}", TOM)
    plan = await budgeted(course, "1 USD a day")
    await course.ports.classroom.treasury.reserve(plan, 1, CENT)
    [row] = await course.database.fetch("SELECT person FROM shares WHERE turn_id = 1", {})
    assert row["person"] == f"day:{datetime.now(ZoneInfo(zone)):%Y-%m-%d}:USD"
