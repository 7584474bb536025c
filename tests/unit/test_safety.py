"""A question that shows danger: what the student is told, whom it reaches, without its words."""

import time
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.backends.moderation import OpenAIModerator
from bot.config import Settings
from bot.core.cards import Card, Matter
from bot.core.checks import Level
from bot.core.controls import Button
from bot.core.messages import Attachment, Author, Message
from bot.rules.danger import matter_of
from bot.trial import check_moderation
from tests.fakes.openai_server import Fault
from tests.fakes.platform import FakePlatform, Shown
from tests.unit.attending import attended
from tests.unit.exam_house import announce
from tests.unit.test_class_desk import EVE, TOM, said, told
from tests.unit.world import Bot, World, message

ADA = Author("ada", "Ada")
NEED = "I do not want to live any more"
PLACES = "Student counselling, room 7"


@pytest.fixture
async def course(world: World) -> AsyncIterator[Bot]:
    world.moderator = OpenAIModerator(world.client(), "eye")
    world.server.dangers = {"want to live": "self-harm/intent", "kill": "violence"}
    async with world.bot() as bot:
        await attended(bot)
        await said(bot, f"/class places {PLACES}")
        yield bot
    await world.moderator.close()


async def ask(bot: Bot, words: str) -> tuple[Message, str]:
    question = replace(message(words), author=EVE)
    return question, "\n".join(await told(bot, question))


def cards(platform: FakePlatform) -> list[Shown]:
    return [post for post in platform.posts if post.question.command == "card"]


async def press(bot: Bot, button: Button, author: Author) -> str:
    wish = replace(message(""), author=author, command=button.command, text=button.words)
    return "\n".join(await told(bot, wish))


async def only_card(bot: Bot) -> Card:
    [known] = await bot.storage.courses.all()
    [card] = await bot.storage.cards.alarms(known.id)
    return card


async def test_a_question_in_danger_is_met_with_people_and_no_model(
    world: World, course: Bot
) -> None:
    _, reply = await ask(course, NEED)
    assert reply.startswith("I am a program and cannot help with this as a person can.")
    assert PLACES in reply
    assert world.server.runs == []
    assert "10 of 10" in "".join(await said(course, "/hearts", EVE))


async def test_two_people_and_the_staff_have_a_card_without_words_or_name(
    world: World, course: Bot
) -> None:
    await ask(course, NEED)
    shown = cards(world.platform)
    assert {post.question.origin.get("to") for post in shown} == {None, TOM.id, "ada"}
    for card in shown:
        assert "urgent" in card.text
        assert "CS 101" in card.text
        assert "live" not in card.text
        assert EVE.name not in card.text
        assert [button.label for button in card.controls] == ["Open"]


async def test_one_opens_it_alone_and_the_student_finds_who_it_was(
    world: World, course: Bot
) -> None:
    await ask(course, NEED)
    [open_it] = cards(world.platform)[0].controls
    assert NEED in await press(course, open_it, TOM)
    assert NEED not in await press(course, open_it, ADA)
    [other] = await said(course, "/staff open 1", ADA)
    assert other == f"{TOM.name} has opened #1."
    assert all(f"opened by {TOM.name}" in card.text for card in cards(world.platform))
    [line] = await course.storage.courses.audit_of((await only_card(course)).person, "opened")
    assert line.who.endswith(f":{TOM.id}")
    assert f"{TOM.name} read a question of yours" in "".join(await said(course, "/privacy", EVE))
    assert "read a question" not in "".join(await said(course, "/privacy", ADA))


async def test_only_those_whom_alerts_reach_open_it_and_only_alone(
    world: World, course: Bot
) -> None:
    await said(course, "/class assistants user:ann")
    await ask(course, NEED)
    for who in (Author("ann", "Ann"), EVE):
        await said(course, "/staff open 1", who)
    assert "reached by" not in str(world.platform.turned_away)
    assert {who for who, _ in world.platform.turned_away} == {"ann", EVE.id}
    aloud = replace(message("/staff open 1"), author=TOM, is_shared=True)
    assert "Others read here" in "".join(await told(course, aloud))
    assert (await only_card(course)).is_open


async def test_what_nobody_opens_is_told_again(world: World, course: Bot) -> None:
    await ask(course, NEED)
    card = await only_card(course)
    assert card.due_at is not None
    assert 595 <= card.due_at - card.created_at <= 605
    await course.storage.cards.step(replace(card, due_at=time.time() - 1))
    await course.ports.classroom.reminders.raise_due()
    await course.idle()
    again = [post for post in cards(world.platform) if post.question.id.startswith("card/1/1/")]
    assert len(again) == 3
    assert NEED in await press(course, again[0].controls[0], ADA)
    assert (await only_card(course)).due_at is None


async def test_no_alarm_is_counted(world: World, course: Bot) -> None:
    await ask(course, NEED)
    await said(course, "/staff open 1", TOM)
    assert await said(course, "/staff noalarm 1", TOM) == ["#1 was not an alarm."]
    [listed] = await said(course, "/staff alerts", TOM)
    assert listed == "1 urgent, 0 noted; 1 were not an alarm."


async def test_what_is_not_urgent_is_answered_and_stands_on_the_list(
    world: World, course: Bot
) -> None:
    await ask(course, "How do I kill a process?")
    await ask(course, "How do I kill another one?")
    assert len(world.server.runs) == 2
    assert cards(world.platform) == []
    [listed] = await said(course, "/staff alerts", TOM)
    assert "0 urgent, 2 noted" in listed
    tellings = [post for post in world.platform.posts if "nothing urgent" in post.text]
    assert len(tellings) == 1


async def test_when_the_moderator_is_down_it_is_answered_and_counted(
    world: World, course: Bot
) -> None:
    world.server.fail("POST", r"/moderations$", Fault(status=503), times=1)
    await ask(course, NEED)
    assert (len(world.server.runs), world.unasked) == (1, [1])


@pytest.mark.parametrize(
    "body",
    [
        "{}",
        '{"results": 5}',
        '{"results": [null]}',
        '{"results": [{"flagged": true, "categories": "all"}]}',
        '{"results": []}',
    ],
)
async def test_what_no_moderator_would_say_counts_as_down(
    world: World, course: Bot, body: str
) -> None:
    world.server.fail("POST", r"/moderations$", Fault(status=200, body=body), times=1)
    await ask(course, NEED)
    assert (len(world.server.runs), world.unasked) == (1, [1])


async def test_where_the_course_says_so_nothing_is_answered_unchecked(
    world: World, course: Bot
) -> None:
    await said(course, "/class checked on")
    world.server.fail("POST", r"/moderations$", Fault.html(), times=1)
    _, reply = await ask(course, "why?")
    assert "I cannot look at questions as this course wants it" in reply
    assert world.server.runs == []
    await ask(course, "why?")
    assert len(world.server.runs) == 1


async def test_outside_of_a_course_nothing_is_looked_at(world: World, course: Bot) -> None:
    await said(course, "/class close")
    await ask(course, NEED)
    assert world.server.looked_at == []
    assert len(world.server.runs) == 1


async def test_staff_are_not_looked_at_and_long_questions_whole(world: World, course: Bot) -> None:
    await told(course, replace(message(NEED), author=TOM))
    assert world.server.looked_at == []
    _, reply = await ask(course, "x" * 25_000 + NEED)
    assert PLACES in reply


async def test_what_was_opened_goes_with_its_student(course: Bot) -> None:
    await ask(course, NEED)
    opened = replace(message("/staff open 1"), author=TOM)
    await told(course, opened)
    await said(course, "/privacy delete everything", EVE)
    assert NEED not in str(await course.row(opened))
    assert "deleted" in "".join(await said(course, "/staff open 1", TOM))


@pytest.mark.parametrize(("word", "is_agreed"), [("/agree", True), ("/disagree", False)])
async def test_what_is_asked_inside_an_exam_is_looked_at(
    world: World, course: Bot, word: str, *, is_agreed: bool
) -> None:
    await said(course, word, EVE)
    [known] = await course.storage.courses.all()
    exam = await announce(course, known)
    question = replace(message(NEED), author=EVE, sent_at=exam.starts_at + 1)
    reply = "".join(await told(course, question))
    assert (PLACES in reply, len(cards(world.platform))) == ((True, 3) if is_agreed else (False, 0))
    assert world.server.looked_at == [NEED] * is_agreed
    calm = replace(message("why?"), author=EVE, sent_at=exam.starts_at + 2)
    assert "An exam is on" in "".join(await told(course, calm))
    assert world.server.runs == []


async def test_what_is_said_to_a_human_is_looked_at_and_reaches_her(
    world: World, course: Bot
) -> None:
    await said(course, "/human own I am stuck", EVE)
    await said(course, "/staff claim 1", TOM)
    _, reply = await ask(course, NEED)
    assert PLACES in reply
    alerts = [one for one in cards(world.platform) if "urgent" in one.text]
    assert len(alerts) == 3
    card = await course.storage.cards.card(1)
    assert card is not None
    assert NEED in card.words
    world.server.fail("POST", r"/moderations$", Fault(status=503), times=1)
    await said(course, "/class checked on")
    _, reply = await ask(course, "and now?")
    assert f"{TOM.name} has your question" in reply  # a person needs no moderator


@pytest.mark.parametrize(
    ("name", "data"), [("I do not want to live.txt", b"hi"), ("a.txt", NEED.encode())]
)
async def test_names_and_texts_of_files_are_looked_at(
    world: World, course: Bot, name: str, data: bytes
) -> None:
    world.platform.files["f1"] = data
    file = Attachment("f1", name, "text/plain", len(data), "")
    question = replace(message(""), author=EVE, attachments=(file,))
    assert PLACES in "".join(await told(course, question))
    assert world.server.runs == []
    assert f"(file: {name})" in "".join(await said(course, "/staff open 1", TOM))


async def test_a_file_that_is_not_to_be_had_keeps_no_words_from_being_looked_at(
    world: World, course: Bot
) -> None:
    file = Attachment("gone", "a.txt", "text/plain", 1, "")
    question = replace(message(NEED), author=EVE, attachments=(file,))
    assert PLACES in "".join(await told(course, question))


async def test_an_alert_reaches_people_and_no_role(course: Bot) -> None:
    [reply] = await said(course, f"/class alerts user:{TOM.id} role:4")
    assert reply.startswith("An alert reaches people")


@pytest.mark.parametrize(
    ("flags", "matter"),
    [
        ((), None),
        (("violence", "hate"), Matter.NOTE),
        (("flagged",), Matter.NOTE),
        (("self-harm/intent",), Matter.ALERT),
        (("hate/threatening", "hate"), Matter.ALERT),
        (("Suicide",), Matter.ALERT),
    ],
)
def test_how_urgent_it_is(flags: tuple[str, ...], matter: Matter | None) -> None:
    assert matter_of(flags) is matter


@pytest.mark.parametrize(("fault", "level"), [(None, Level.OK), (Fault(status=404), Level.FAILURE)])
async def test_the_doctor_asks_the_moderator(
    world: World, fault: Fault | None, level: Level
) -> None:
    assert await check_moderation(Settings()) is None
    if fault:
        world.server.fail("POST", r"/moderations$", fault, times=1)
    found = await check_moderation(Settings(moderation_url=world.server.base_url))
    assert found is not None
    assert found.level is level


async def test_an_alert_is_raised_once_however_often_it_is_looked_at(
    world: World, course: Bot
) -> None:
    question, _ = await ask(course, NEED)
    asker = await course.ports.classroom.roll.attending(question)
    assert asker is not None

    async def words() -> str:
        return NEED

    assert await course.ports.classroom.safety.refusal(question, asker, words)
    await course.idle()
    assert len(cards(world.platform)) == 3


async def test_who_writes_on_raises_no_other_alert_and_is_read_whole(
    world: World, course: Bot
) -> None:
    await ask(course, NEED)
    _, reply = await ask(course, "Again: I do not want to live, today")
    assert PLACES in reply
    assert len(cards(world.platform)) == 3
    [words] = await said(course, "/staff open 1", TOM)
    assert NEED in words
    assert "today" in words
    await ask(course, NEED)
    assert len(cards(world.platform)) == 6
