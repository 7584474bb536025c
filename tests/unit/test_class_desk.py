"""The teacher's desk, line by line, and who may sit at it."""

from dataclasses import replace

import pytest

from bot.core.messages import Author, Message
from tests.fakes.platform import STAFF
from tests.fakes.tap import A_STUDENT, A_TUTOR
from tests.unit.world import Bot, World, message

BOSS = Author(STAFF, "Boss")
TOM, EVE = (Author(one.id, one.name) for one in (A_TUTOR, A_STUDENT))
SET_UP = (
    "/class new CS 101",
    f"/class teachers user:{TOM.id}",
    f"/class alerts user:{TOM.id} user:ada",
    "/class staff",
    "/class keep 180d",
    "/class zone Europe/Berlin",
)


async def said(bot: Bot, words: str, author: Author = BOSS, channel: str = "general") -> list[str]:
    return await told(bot, replace(message(words, channel), author=author))


async def told(bot: Bot, wish: Message) -> list[str]:
    await bot.intake.accept(wish)
    await bot.idle()
    return bot.adapter.service.reply(wish)


async def opened(bot: Bot) -> None:
    for line in (*SET_UP, "/class open"):
        [words] = await said(bot, line)
    assert words == "“CS 101” is open."


async def test_a_course_is_opened_in_at_most_eleven_lines(bot: Bot) -> None:
    assert len(SET_UP) + 1 <= 11
    await opened(bot)
    [course] = await bot.storage.courses.all()
    assert course.plan.alerts == (f"fake:user:{TOM.id}", "fake:user:ada")
    assert (course.plan.staff, course.scopes) == ("fake:school:general", ("fake:school:general",))


@pytest.mark.parametrize(
    ("left_out", "missing"),
    [(1, "a teacher"), (2, "two people"), (3, "a channel"), (4, "how long")],
)
async def test_it_is_not_opened_while_something_is_missing(
    bot: Bot, left_out: int, missing: str
) -> None:
    for number, line in enumerate(SET_UP):
        if number != left_out:
            await said(bot, line)
    [words] = await said(bot, "/class open")
    assert missing in words
    assert not any(course.is_open for course in await bot.storage.courses.all())


@pytest.mark.parametrize("verb", ["staff", "channels", "leave"])
async def test_a_channel_that_nobody_knows_is_not_taken_for_this_one(bot: Bot, verb: str) -> None:
    await opened(bot)
    [before] = await bot.storage.courses.all()
    [words] = await said(bot, f"/class {verb} <#1|hall> #homework")
    assert words.startswith("I cannot tell which channel “#homework” is.")
    assert await bot.storage.courses.all() == [before]


async def test_only_who_runs_the_place_begins_a_course(world: World, bot: Bot) -> None:
    assert await said(bot, "/class new CS 101", EVE) == []
    assert [who for who, _ in world.platform.turned_away] == [EVE.id]
    assert await bot.storage.courses.all() == []


async def test_a_teacher_runs_it_and_a_student_does_not(world: World, bot: Bot) -> None:
    await opened(bot)
    assert await said(bot, "/class mode hint", TOM) == ["Mode: hint."]
    assert await said(bot, "/class mode answer", EVE) == []
    assert [who for who, _ in world.platform.turned_away] == [EVE.id]


async def test_a_role_that_is_taken_away_counts_at_the_next_word(world: World, bot: Bot) -> None:
    await opened(bot)
    await said(bot, "/class teachers role:profs")
    assert await said(bot, "/class mode hint", TOM) == []
    world.platform.roles[TOM.id] = {"role:profs"}
    assert await said(bot, "/class mode hint", TOM) == ["Mode: hint."]
    world.platform.roles.clear()
    assert await said(bot, "/class mode answer", TOM) == []


async def test_a_role_is_given_by_hand_and_taken_back(bot: Bot) -> None:
    await opened(bot)
    assert await said(bot, f"/class role user:{EVE.id} teacher") == ["Role: teacher."]
    assert await said(bot, "/class hours Mo 9-11", EVE) == ["Office hours: Mo 9-11."]
    await said(bot, f"/class role user:{EVE.id} none")
    assert await said(bot, "/class hours", EVE) == []


async def test_a_teacher_finds_the_desk_away_from_the_course(bot: Bot) -> None:
    await opened(bot)
    [words] = await said(bot, "/class", TOM, "elsewhere")
    assert words.startswith("**CS 101**")
    [words] = await said(bot, "/class", BOSS, "elsewhere")  # its owner
    assert words.startswith("**CS 101**")


async def test_every_change_is_written_down_with_who_made_it(bot: Bot) -> None:
    await opened(bot)
    await said(bot, "/class hearts 5 every 2 min", TOM)
    [course] = await bot.storage.courses.all()
    assert (course.plan.hearts, course.plan.heart_every) == (5, 120.0)
    lines = await bot.storage.courses.audit(course.id, 20)
    assert [one.verb for one in lines] == [
        *("hearts", "open", "zone", "keep", "staff", "alerts", "teachers", "new")
    ]
    assert (lines[0].who, lines[0].became) == (f"fake:school:{TOM.id}", "5 every 2 min")


@pytest.mark.parametrize(
    "words",
    [
        *("teachers Tom", "keep", "keep 0", "keep 99999999999d", "zone Berlin", "mode shout"),
        *("hearts many", "hearts 0", "budget much", "consent perhaps", f"role user:{EVE.id} king"),
        *("what", "role eve", "new CS 102", "hearts 10 every 0 min"),
    ],
)
async def test_what_cannot_be_read_changes_nothing_and_says_what_can(bot: Bot, words: str) -> None:
    await opened(bot)
    before = await bot.storage.courses.all()
    [answer] = await said(bot, f"/class {words}")
    assert answer
    assert await bot.storage.courses.all() == before


async def test_whoever_is_not_of_the_course_is_told_so_alone(world: World, bot: Bot) -> None:
    await opened(bot)
    await said(bot, "/class students role:enrolled")
    assert await said(bot, "why?", EVE) == []
    assert [words for _, words in world.platform.turned_away] == [
        "I answer the people of this course here. Its teachers can add you."
    ]
    world.platform.roles[EVE.id] = {"role:enrolled"}
    assert await said(bot, "why?", EVE)
    assert await said(bot, "why?", TOM)


async def test_without_a_course_the_desk_says_how_one_is_begun(bot: Bot) -> None:
    [words] = await said(bot, "/class")
    assert "/class new" in words


async def test_it_is_not_opened_where_staff_cannot_be_told(world: World, bot: Bot) -> None:
    world.platform.unreachable.add("general")
    for line in SET_UP:
        await said(bot, line)
    assert "I cannot write in the staff's channel." in (await said(bot, "/class open"))[0]
    world.platform.unreachable.clear()
    assert await said(bot, "/class open") == ["“CS 101” is open."]


async def test_staff_see_what_a_student_reads_first(bot: Bot) -> None:
    await opened(bot)
    [words] = await said(bot, "/class student", TOM)
    assert words.startswith("*Preview: nobody else sees this, and nothing is counted.*")
    assert "May I send your questions to the model?" in words
    [course] = await bot.storage.courses.all()
    assert await bot.storage.courses.member(course.id, f"fake:school:{TOM.id}") is None


async def test_how_a_course_is_taught_is_copied_by_who_is_in_charge_of_both(bot: Bot) -> None:
    await opened(bot)
    await said(bot, "/class mode hint")
    await said(bot, "/class new CS 102", channel="next")
    [words] = await said(bot, "/class copy CS 101", channel="next")
    assert words.startswith("**CS 102**")
    one, other = await bot.storage.courses.all()
    assert (other.plan.mode, other.plan.keep, other.zone) == ("hint", 180, one.zone)
    assert (other.plan.teachers, other.plan.staff, other.stage.value) == ((), "", "draft")
    [words] = await said(bot, "/class copy CS 102")
    assert words == "It is not being set up any more: nothing was copied."
    [words] = await said(bot, "/class copy CS 7", channel="next")
    assert words == "There is no course “CS 7” that you are in charge of."
    await said(bot, f"/class role user:{EVE.id} owner", channel="next")
    [words] = await said(bot, "/class copy CS 101", EVE, channel="next")
    assert words == "There is no course “CS 101” that you are in charge of."


async def test_a_code_that_is_an_hour_old_opens_nothing_and_none_is_said_before_others(
    bot: Bot,
) -> None:
    await opened(bot)
    public = replace(message("/class join"), author=BOSS, is_shared=True)
    assert (await told(bot, public))[0].startswith("Others read here")
    [words] = await said(bot, "/class join")
    code = words.split("/class join ")[1][:19]
    [course] = await bot.storage.courses.all()
    assert code not in course.plan.written()
    digest, ends_at = course.plan.join.split()
    past = f"{digest} {float(ends_at) - 7200}"
    await bot.storage.courses.save(course.planned(join=past))
    bot.ports.classroom.register.changed()
    [words] = await said(bot, f"/class join {code}", channel="elsewhere")
    assert words.startswith("No course has that code")


async def test_a_channel_of_staff_that_students_read_is_said_to_be_one(bot: Bot) -> None:
    await opened(bot)
    [words] = await said(bot, "/class staff")
    assert "students read their names" in words
    assert await said(bot, "/class staff", channel="desk") == ["Staff are told there."]


async def test_in_german_a_wait_ends_with_one_full_stop(bot: Bot) -> None:
    await opened(bot)
    await said(bot, "/agree", EVE)
    await said(bot, "/language deutsch", EVE)
    await said(bot, "Why?", EVE)
    assert ".." not in (await said(bot, "/hearts", EVE))[0]
