"""The digest of a course: made once, told once, and unchanged by whatever is deleted later."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.classroom.digests import Digests
from bot.core.courses import Course
from bot.core.materials import Draft, Passage
from bot.core.messages import Author
from tests.fakes.platform import PLATFORM
from tests.unit.test_class_desk import TOM, opened, said
from tests.unit.world import Bot, World, message

DAY = 86_400.0
# Long after what the machine's clock says.
MONDAY = datetime(2040, 12, 3, tzinfo=ZoneInfo("Europe/Berlin")).timestamp()
PEOPLE = 20


@pytest.fixture
async def asked(bot: Bot) -> Bot:
    """Twenty have asked on the Wednesday before; six about recursion, one of them about zebras."""
    await opened(bot)
    await said(bot, "/class consent off")
    for number in range(PEOPLE):
        words = "why does recursion loop" if number < 6 else "when is the exam"
        await ask(bot, number, words)
    await ask(bot, 1, "recursion of zebras")
    return bot


async def ask(bot: Bot, number: int, words: str, at: float = MONDAY - 4 * DAY) -> None:
    author = Author(f"s{number}", f"Student {number}")
    await bot.intake.accept(replace(message(words), author=author))
    await bot.idle()
    query = "UPDATE turns SET accepted_at = :at WHERE author_id = :author"
    await bot.database.fetch(query, {"at": at, "author": author.id})


def at(bot: Bot, now: float) -> Digests:
    """As a process sees it that was begun then."""
    classroom = bot.ports.classroom
    return Digests(bot.storage, classroom.register, classroom.board, lambda: now)


def told(world: World) -> list[str]:
    return [post.text for post in world.platform.posts if "asked by" in post.text]


async def test_staff_are_told_once_of_a_week_that_is_over(world: World, asked: Bot) -> None:
    await at(asked, MONDAY - 1).tell_due()
    assert told(world) == []
    for _ in range(2):
        await at(asked, MONDAY + 60).tell_due()
        await asked.idle()
    [words] = told(world)
    assert "2040-11-26 to 2040-12-03: asked by 20–29 people, 20–29 questions" in words
    assert "- exam: 10–19 people" in words
    assert "- loop, recursion: 5–9 people" in words or "- recursion, loop: 5–9 people" in words
    assert "zebra" not in words
    assert "Student" not in words


async def test_no_two_of_them_tell_of_the_same_question(asked: Bot) -> None:
    """Else what is not in one is known by the other."""
    course = await only_course(asked)
    daily = replace(course, plan=replace(course.plan, digest_days=1))
    await at(asked, MONDAY - 3 * DAY).report(daily, "")
    table = await at(asked, MONDAY + 60).report(course, "csv")
    assert table.count(",all,") == 1


async def test_what_is_deleted_later_changes_no_number(world: World, asked: Bot) -> None:
    course = await only_course(asked)
    before = await at(asked, MONDAY + 60).report(course, "")
    await said(asked, "/privacy delete everything", Author("s1", "Student 1"))
    await asked.forgetting.finish()
    rows = await asked.database.fetch("SELECT text FROM turns WHERE text LIKE '%zebra%'", {})
    assert rows == []
    assert await at(asked, MONDAY + DAY).report(course, "") == before


async def test_what_staff_ask_is_not_counted(asked: Bot) -> None:
    for _ in range(3):
        await said(asked, "is the midterm hard", TOM)
    course = await only_course(asked)
    askings = await asked.storage.looks.asked_in(course.id, 0.0, MONDAY * 2)
    assert len(askings) == PEOPLE + 1
    assert all("midterm" not in one.text for one in askings)


async def test_words_that_others_are_quoted_with_are_nobodys(asked: Bot) -> None:
    quoted = "> Bob: zebras\n\n"
    for number in range(6):
        question = replace(message(f"{quoted}and the exam"), quoted=quoted)
        author = Author(f"s{number}", f"Student {number}")
        await asked.intake.accept(replace(question, author=author, quoted_of=(author.id,)))
        await asked.idle()
    course = await only_course(asked)
    askings = await asked.storage.looks.asked_in(course.id, 0.0, MONDAY * 2)
    assert sum("and the exam" in one.text for one in askings) == 6
    assert sum("Bob" in one.text for one in askings) == 0


async def test_a_bad_answer_and_none_are_counted_by_people(asked: Bot) -> None:
    await asked.database.fetch("UPDATE turns SET kind = 'notice' WHERE text LIKE 'why%'", {})
    await asked.database.fetch(
        "INSERT INTO votes (turn_id, person, vote, reason, voted_at) "
        "SELECT id, 'x', 'down', '', 1 FROM turns WHERE text = 'when is the exam'", {}
    )  # fmt: skip
    words = await at(asked, MONDAY + 60).report(await only_course(asked), "")
    assert "Without an answer: 5–9; 👎: 10–19 (people)" in words


async def test_the_teacher_has_them_as_a_table_and_nobody_else(world: World, asked: Bot) -> None:
    await said(asked, "/class digest daily", TOM)
    course = await only_course(asked)
    table = await at(asked, MONDAY - 3 * DAY).report(course, "csv")
    lines = table.splitlines()
    assert lines[1] == "from,to,what,people,without an answer,thumbs down"
    assert lines[2] == "2040-11-29,2040-11-30,all,20–29,none,none"
    assert len(lines) == 6  # two themes, and the fences
    assert (await said(asked, "/class report", TOM))[0].startswith("**CS 101**, 2040-11-29 to")
    assert await said(asked, "/class report", Author("s1", "Student 1")) == []
    assert [who for who, _ in world.platform.turned_away] == ["s1"]
    await said(asked, "/class digest off", TOM)
    assert (await said(asked, "/class report", TOM))[0].startswith("Reports are off")


async def test_a_digest_is_kept_as_long_as_the_course_says(asked: Bot) -> None:
    course = await only_course(asked)
    await at(asked, MONDAY + 60).report(course, "")
    for days, is_kept in ((100, True), (200, False)):
        await at(asked, MONDAY).purge(course, MONDAY + (days - 180) * DAY)
        known = await asked.storage.memos.recall(f"digests:{course.id}")
        assert (known != "[]") is is_kept


async def test_with_the_course_its_digests_end(asked: Bot) -> None:
    course = await only_course(asked)
    await at(asked, MONDAY + 60).report(course, "")
    ended = replace(course, plan=replace(course.plan, ends_at=MONDAY * 2))
    while not await asked.storage.courses.end(ended, ()):
        pass
    assert await asked.storage.memos.recall(f"digests:{course.id}") is None


async def test_material_lets_words_be_said_but_no_names(asked: Bot) -> None:
    text = "Zebras are striped; so says Quagga. Some zebras sleep."
    draft = Draft(scope=f"{PLATFORM}:school", name="notes", digest="d")
    await asked.storage.materials.add(draft, [Passage(text=text)], 1.0)
    for number in range(6):
        await ask(asked, number, "are zebras like quagga")
    words = await at(asked, MONDAY + 60).report(await only_course(asked), "")
    assert "zebras" in words
    assert "quagga" not in words


async def only_course(bot: Bot) -> Course:
    [course] = await bot.storage.courses.all()
    return course
