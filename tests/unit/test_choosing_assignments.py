"""Which assignment a question is about: by channel, by thread, by choice; and what it allows."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from bot.core.messages import Message
from tests.fakes.toolbox import FakeToolbox
from tests.unit.attending import attended
from tests.unit.test_class_desk import EVE, TOM, said, told
from tests.unit.test_material_turns import ASKED, LATE, give
from tests.unit.world import Bot, World, message


@pytest.fixture
async def course(world: World) -> AsyncIterator[Bot]:
    async with world.bot(toolbox=FakeToolbox()) as bot:
        await give(bot, name="Syllabus.pdf")
        await give(bot, replace(LATE, text="Late homework loses all points."), name="hw4.md")
        await attended(bot)
        for line in ("hw3 rules count", "hw4 rules sort", "hw9 opens 2999-01-01 09:00"):
            await said(bot, f"/staff assignment {line}", TOM)
        yield bot


async def ask(bot: Bot, channel: str = "general", thread: str = "", words: str = "why?") -> None:
    asked: Message = replace(message(words, channel), author=EVE)
    assert await told(bot, replace(asked, key=replace(asked.key, thread=thread)))


def request(world: World) -> dict[str, Any]:
    return world.server.runs[-1].request


def about(world: World) -> str:
    return str(request(world)).partition("about the assignment “")[2].partition("”")[0]


async def choose(bot: Bot, name: str) -> str:
    [answer] = await said(bot, f"/assignment {name}".strip(), EVE)
    return answer


async def test_a_student_chooses_among_those_that_are_open(world: World, course: Bot) -> None:
    listed = await choose(course, "")
    assert "- hw3\n- hw4\n" in listed
    assert "hw9" not in listed
    assert "There is no such assignment" in await choose(course, "hw9")
    assert "You ask about hw4" in await choose(course, "HW4")
    for channel in ("general", "elsewhere"):
        await ask(course, channel)
        assert about(world) == "hw4"
    assert "no assignment" in await choose(course, "none")
    await ask(course)
    assert about(world) == ""


async def test_what_staff_hold_somewhere_goes_before_a_choice(world: World, course: Bot) -> None:
    await choose(course, "hw4")
    await said(course, "/staff assignment hw3 here", TOM)
    await ask(course)
    assert about(world) == "hw3"
    assert "your teachers have settled that" in await choose(course, "")
    await said(course, "/staff assignment hw4 here", TOM)
    await ask(course)
    assert about(world) == "hw4"  # of both she has chosen this one


async def test_a_thread_may_have_one_of_its_own(world: World, course: Bot) -> None:
    await said(course, "/staff assignment hw3 here", TOM)
    wish = replace(message("/staff assignment hw4 thread"), author=TOM)
    await told(course, replace(wish, key=replace(wish.key, thread="t1")))
    await ask(course, thread="t1")
    assert about(world) == "hw4"
    await ask(course, thread="t2")
    assert about(world) == "hw3"


async def test_a_choice_takes_no_guard_away(world: World, course: Bot) -> None:
    await said(course, "/staff mode hint", TOM)
    await said(course, "/staff assignment hw4 mode answer", TOM)
    await choose(course, "hw4")
    await ask(course)
    assert "Never give the solution" in str(request(world))
    await said(course, "/staff assignment hw4 here", TOM)
    await ask(course)
    assert "Never give the solution" not in str(request(world))


async def test_only_tools_that_it_names_may_be_used(world: World, course: Bot) -> None:
    def tools() -> list[str]:
        return [one["name"] for one in request(world).get("tools", [])]

    await ask(course)
    assert tools() == ["dice", "book"]
    await said(course, "/staff assignment hw4 tools dice", TOM)
    await choose(course, "hw4")
    world.server.wants = lambda _, outputs: [("book", "{}")] if not outputs else []
    await ask(course)
    assert tools() == ["dice"]
    rows = await course.database.fetch("SELECT output FROM calls", {})
    assert rows[0]["output"] != "book is done"
    await said(course, "/staff assignment hw4 tools none", TOM)
    await ask(course)
    assert tools() == []


async def test_it_is_answered_from_its_material_alone(world: World, course: Bot) -> None:
    await ask(course, words=ASKED)
    assert "Syllabus.pdf" in world.server.runs[-1].input_text
    await said(course, "/staff assignment hw4 material HW4*", TOM)
    await choose(course, "hw4")
    await ask(course, words=f"{ASKED} late homework?")
    assert "hw4.md" in world.server.runs[-1].input_text
    assert "Syllabus.pdf" not in world.server.runs[-1].input_text


async def test_a_choice_is_kept_exported_and_deleted_with_her(course: Bot) -> None:
    await choose(course, "hw4")
    [member] = await course.storage.courses.of_person(f"fake:school:{EVE.id}")
    assert (member.assignment, member.agrees) == ("hw4", True)
    [exported] = await said(course, "/privacy export", EVE)
    assert "assignment hw4" in exported
    await said(course, "/privacy delete everything", EVE)
    assert await course.storage.courses.of_person(f"fake:school:{EVE.id}") == []


async def test_outside_of_a_course_there_is_nothing_to_choose(bot: Bot) -> None:
    [answer] = await said(bot, "/assignment hw4", EVE)
    assert "no course here" in answer
