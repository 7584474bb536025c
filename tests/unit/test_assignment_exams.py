"""An exam about one assignment closes that one, and leaves open where staff hold another."""

from dataclasses import replace

import pytest

from bot.core.assignments import Assignment
from bot.core.messages import Message
from bot.work.removing import KEPT_BACK
from tests.fakes.platform import PLATFORM
from tests.unit.exam_house import INSIDE, OPEN, Hands, announce, open_course
from tests.unit.solutions import KEPT, LEAKS
from tests.unit.test_class_desk import TOM, told
from tests.unit.test_exams import NOTICE
from tests.unit.world import Bot, World, message

PLAN = replace(
    OPEN,
    assignments=(
        Assignment(name="hw3", scope=f"{PLATFORM}:school:hw3", kept=KEPT),
        Assignment(name="hw4", scope=f"{PLATFORM}:school:hw4"),
        Assignment(name="hw5", scope=f"{PLATFORM}:school:hw5", opens_at=9e9),
    ),
)


async def examined(bot: Bot, label: str = "hw3") -> None:
    course = await open_course(bot, PLAN)
    window = await announce(bot, course)
    assert await bot.ports.classroom.exams.windows.save(replace(window, label=label))


async def ask(bot: Bot, channel: str, *, is_shared: bool = True) -> list[str]:
    asked: Message = replace(message("why?", channel), sent_at=INSIDE, is_shared=is_shared)
    await bot.intake.accept(asked)
    await bot.idle()
    return bot.adapter.service.reply(asked)


@pytest.mark.parametrize("channel", ["hw3", "general", "hw5"])
async def test_it_closes_its_own_place_and_all_that_is_nobodys(world: World, channel: str) -> None:
    async with world.bot(timepiece=Hands(INSIDE).piece()) as bot:
        await examined(bot)
        assert NOTICE in (await ask(bot, channel))[0]


async def test_where_another_assignment_is_held_it_is_open_among_others(world: World) -> None:
    async with world.bot(timepiece=Hands(INSIDE).piece()) as bot:
        await examined(bot)
        assert NOTICE not in (await ask(bot, "hw4"))[0]
        assert NOTICE in (await ask(bot, "hw4", is_shared=False))[0]


async def test_there_no_answer_shows_a_solution_of_what_is_examined(world: World) -> None:
    world.server.answer = lambda _asked: LEAKS["a bare one-liner"]
    async with world.bot(timepiece=Hands(INSIDE).piece()) as bot:
        await examined(bot)
        assert (await ask(bot, "hw4"))[0].startswith(KEPT_BACK)


async def test_about_what_is_no_assignment_it_is_the_whole_courses(world: World) -> None:
    async with world.bot(timepiece=Hands(INSIDE).piece()) as bot:
        await examined(bot, "Midterm")
        assert NOTICE in (await ask(bot, "hw4"))[0]


async def test_when_it_is_announced_it_says_what_stays_open(bot: Bot) -> None:
    await open_course(bot, PLAN)
    for label, is_named in (("hw3", True), ("Midterm", False)):
        words = f"/class exam 2026-12-04 09:00 to 11:00 off {label}"
        [said] = await told(bot, replace(message(words), author=TOM))
        assert ("another assignment than hw3" in said) is is_named
