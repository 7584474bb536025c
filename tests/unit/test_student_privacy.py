"""What `/privacy` tells a student of a course, and nobody else."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.core.messages import Author
from tests.unit.attending import attended
from tests.unit.test_class_desk import EVE, TOM, said, told
from tests.unit.world import Bot, World, message

ZOE = Author("zoe", "Zoe")


@pytest.fixture
async def course(world: World) -> AsyncIterator[Bot]:
    async with world.bot() as bot:
        await attended(bot)
        yield bot


async def privacy(bot: Bot, author: Author = EVE, words: str = "") -> str:
    [answer] = await said(bot, f"/privacy {words}", author)
    return answer


async def test_it_says_how_long_and_as_whom_the_model_knows_her(course: Bot) -> None:
    words = await privacy(course)
    assert "In CS 101 what you ask is kept for 180 days." in words
    assert "with aliases in place of names" in words
    assert "You have shared nothing with the staff" in words
    await said(course, "/class end 2099-02-01", TOM)
    assert "deleted on Sunday, 1 February 2099" in await privacy(course)


async def test_it_says_who_of_the_staff_has_seen_words_of_hers(course: Bot) -> None:
    await said(course, "/human own where is room 7?", EVE)
    assert "You shared something with the staff of CS 101 on " in await privacy(course)
    await said(course, "/staff claim 1", TOM)
    assert f"; {TOM.name} has taken it." in await privacy(course)
    assert "shared nothing" in await privacy(course, ZOE)


async def test_an_answer_that_staff_saw_first_is_told(course: Bot) -> None:
    await said(course, "/staff drafts on", TOM)
    await said(course, "why?", EVE)
    assert "could read an answer to you before you did" in await privacy(course)


async def test_among_others_it_says_nothing_of_that(course: Bot) -> None:
    await said(course, "/human own where is room 7?", EVE)
    asked = replace(message("/privacy"), author=EVE, is_shared=True)
    [words] = await told(course, asked)
    assert "You shared" not in words
    assert "I tell you in a direct message" in words


async def test_an_export_has_what_courses_keep_and_a_deletion_leaves_nothing(course: Bot) -> None:
    await said(course, "/staff mode hint", TOM)
    await said(course, "how do I begin?", EVE)
    await said(course, "/human own where is room 7?", EVE)
    words = await privacy(course, words="export")
    record = words.partition("Kept about you in courses:")[2]
    assert "CS 101: told" in record
    assert "agrees True" in record
    assert "1, begun" in record
    assert "#1 human, open: where is room 7?" in record
    await privacy(course, words="delete everything")
    assert "Kept about you" not in await privacy(course, words="export")


async def test_outside_of_a_course_nothing_of_courses_is_told(bot: Bot) -> None:
    words = await privacy(bot)
    assert "the name you go by" in words
    assert "shared" not in words


async def test_who_looked_at_her_words_on_the_page_is_told_to_her_alone(course: Bot) -> None:
    await said(course, "why?", EVE)
    sightings = course.storage.sightings
    await sightings.note("web:local:Ada", "Ada", range(1, 99), 86_400.0)
    line = "Ada looked at words of yours on my page on 1970-01-02 00:00 UTC."
    assert line in await privacy(course)
    assert line in await privacy(course, words="export")
    assert line not in await privacy(course, ZOE)
    asked = replace(message("/privacy"), author=EVE, is_shared=True)
    assert line not in (await told(course, asked))[0]
