"""Asking a person instead of the model, from the button to the answer in the student's place."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.classroom.steps import SomebodyWasFaster, Steps
from bot.core.cards import Matter, Stand
from bot.core.controls import Button
from bot.core.errors import TransientError
from bot.core.forms import filled
from bot.core.messages import Author, Message
from tests.fakes.platform import FakePlatform, Shown
from tests.unit.attending import attended
from tests.unit.test_class_desk import EVE, TOM, said, told
from tests.unit.world import Bot, World, message

ANN = Author("ann", "Ann")


@pytest.fixture
async def course(world: World, bot: Bot) -> Bot:
    await attended(bot)
    await said(bot, "/class assistants user:ann")
    return bot


async def ask(bot: Bot, words: str = "why?") -> Message:
    question = replace(message(words), author=EVE)
    await told(bot, question)
    return question


async def press(bot: Bot, button: Button, author: Author, text: str = "") -> str:
    words = filled(button.words, {"text": text}) if text else button.words
    command = "staff" if button.command == "reply" else button.command
    command = "human" if command == "write" else command
    wish = replace(message(""), author=author, command=command, text=words)
    return "\n".join(await told(bot, wish))


def below(platform: FakePlatform, question: Message) -> Sequence[Button]:
    return platform.posts_to(question)[-1].controls


def labelled(buttons: Sequence[Button], label: str) -> Button:
    return next(button for button in buttons if button.label == label)


def card(platform: FakePlatform) -> Shown:
    return [post for post in platform.posts if post.question.command == "card"][-1]


def given(platform: FakePlatform, question: Message, what: str) -> list[str]:
    posts = [post for post in platform.posts if post.question.id.endswith(f"/{question.id}")]
    return [post.text for post in posts if post.question.id.startswith(what)]


async def asked_for_human(bot: Bot, question: Message, label: str = "Show my question") -> str:
    platform = bot.adapter.service
    choose = replace(
        message(""), author=EVE, command="human", text=below(platform, question)[-1].words
    )
    await told(bot, choose)
    button = labelled(below(platform, choose), label)
    return await press(bot, button, EVE, "my own words" if button.command == "write" else "")


async def test_a_question_goes_to_staff_and_their_answer_comes_back(
    world: World, course: Bot
) -> None:
    platform, question = world.platform, await ask(course)
    assert labelled(below(platform, question), "Ask a human")
    sent = await asked_for_human(course, question)
    assert sent.startswith("Sent to the staff of CS 101; yours is the next.")
    shown = card(platform)
    assert EVE.name in shown.text
    assert "> why?" in shown.text
    assert "#1 is yours" in await press(course, labelled(shown.controls, "Claim"), ANN)
    assert "Ann has it" in shown.text
    done = await press(course, labelled(shown.controls, "Answer"), ANN, "Because of rain.")
    assert done == "#1 is answered."
    assert given(platform, question, "given") == ["Because of rain.\n\n— Ann, of the staff"]
    assert given(platform, question, "told") == ["Ann has taken your question to the staff."]
    assert not shown.controls
    assert len([post for post in platform.posts if post.question.command == "card"]) == 1


async def test_the_answer_of_staff_stands_in_the_history(world: World, course: Bot) -> None:
    question = await ask(course)
    await asked_for_human(course, question)
    await said(course, "/staff claim 1", ANN)
    await said(course, "/staff answer 1 Because of rain.", ANN)
    await said(course, "/human done", EVE)
    await ask(course, "and then?")
    [*_, newest] = await course.storage.looks.turns_in(str(question.key), 50)
    [*_, exchange] = await course.storage.turns.history(newest, 10)
    assert (exchange.question, exchange.answer[:16]) == ("why?", "Because of rain.")


async def test_she_decides_what_staff_see_and_whether_by_name(world: World, course: Bot) -> None:
    question = await ask(course, "my secret question")
    hide = replace(message(""), author=EVE, command="human", text=f"hidden {question.unique_key}")
    await told(course, hide)
    button = labelled(below(world.platform, hide), "Only what I write")
    await press(course, button, EVE, "my own words")
    text = card(world.platform).text
    assert "my own words" in text
    assert EVE.name not in text
    assert "secret" not in text


async def test_of_two_who_claim_one_wins_and_a_late_answer_is_refused(
    world: World, course: Bot
) -> None:
    question = await ask(course)
    await asked_for_human(course, question)
    claim = labelled(card(world.platform).controls, "Claim")
    said_ = await asyncio.gather(press(course, claim, ANN), press(course, claim, TOM))
    assert sum("is yours" in words for words in said_) == 1
    late = labelled(card(world.platform).controls, "Answer")
    await said(course, "/staff back 1", TOM)
    assert "nothing was done" in await press(course, late, ANN, "Too late.")
    assert given(world.platform, question, "given") == []


async def test_what_she_writes_meanwhile_goes_to_whoever_has_it(world: World, course: Bot) -> None:
    question = await ask(course)
    await asked_for_human(course, question)
    await said(course, "/staff claim 1", ANN)
    runs = len(world.server.runs)
    more = await ask(course, "I mean the second one")
    assert "Ann has your question" in world.platform.reply(more)[0]
    assert "I mean the second one" in card(world.platform).text
    assert len(world.server.runs) == runs
    await said(course, "/human done", EVE)
    await ask(course, "and you?")
    assert len(world.server.runs) == runs + 1


async def left_by_ann(world: World, course: Bot) -> Message:
    """A question that Ann has claimed, who is of the staff no longer."""
    question = await ask(course)
    await asked_for_human(course, question)
    await said(course, "/staff claim 1", ANN)
    await said(course, "/class assistants user:zoe")
    return question


async def test_what_somebody_has_who_leaves_the_staff_is_handed_back_at_the_next_look(
    world: World, course: Bot
) -> None:
    question = await left_by_ann(world, course)
    assert f"1. #1 (human) {EVE.name}, open\n" in (await said(course, "/staff", TOM))[0]
    await course.idle()
    assert "waiting" in card(world.platform).text
    assert "somebody else" in given(world.platform, question, "told")[-1]
    assert await said(course, "/staff claim 1", TOM) == ["#1 is yours."]


async def test_what_a_student_writes_to_who_left_the_staff_goes_to_nobody_who_left(
    world: World, course: Bot
) -> None:
    await left_by_ann(world, course)
    more = await ask(course, "are you there?")
    assert world.platform.reply(more)[0].startswith("You said: are you there?")
    assert "Ann" not in card(world.platform).text


async def test_while_nobody_can_tell_who_is_of_the_staff_nothing_is_handed_back(
    world: World, course: Bot
) -> None:
    await left_by_ann(world, course)
    held, wish = await course.storage.cards.card(1), replace(message(""), author=TOM)
    assert held is not None
    course.adapter.fail("traits_in", TransientError())
    claims = course.ports.classroom.claims
    assert await claims.held(held, wish) == held
    assert (await claims.held(held, wish)).stand is Stand.OPEN


async def test_what_nobody_takes_is_brought_up_again_and_then_to_the_teachers(
    world: World, course: Bot
) -> None:
    await asked_for_human(course, await ask(course))
    reminders = course.ports.classroom.reminders
    for _ in range(2):
        await course.database.fetch("UPDATE cards SET due_at = 1", {})
        await reminders.raise_due()
        await reminders.raise_due()
        await course.idle()
    cards = [post for post in world.platform.posts if post.question.command == "card"]
    assert ["moved below" in post.text for post in cards] == [True, True, False]
    [told_] = [post for post in world.platform.posts if post.question.command == "told"]
    assert (told_.question.author.id, told_.question.origin) == (TOM.id, {"to": TOM.id})
    assert "#1 in CS 101 waits" in told_.text


async def test_what_is_claimed_and_not_answered_is_brought_up_again_for_others(
    world: World, course: Bot
) -> None:
    question = await ask(course)
    await asked_for_human(course, question)
    await said(course, "/staff claim 1", ANN)
    await course.ports.classroom.reminders.raise_due()
    assert "by Ann" in (await said(course, "/staff", TOM))[0]
    await course.database.fetch("UPDATE cards SET due_at = 1", {})
    await course.ports.classroom.reminders.raise_due()
    await course.idle()
    assert await said(course, "/staff claim 1", TOM) == ["#1 is yours."]


async def test_it_survives_a_restart(world: World) -> None:
    async with world.bot() as bot:
        await attended(bot)
        question = await ask(bot)
        await asked_for_human(bot, question)
        await said(bot, "/staff claim 1", TOM)
    async with world.bot() as bot:
        await press(bot, labelled(card(world.platform).controls, "Answer"), TOM, "So it is.")
    assert len(given(world.platform, question, "given")) == 1


async def test_a_student_does_nothing_to_a_card(world: World, course: Bot) -> None:
    await asked_for_human(course, await ask(course))
    assert await press(course, labelled(card(world.platform).controls, "Claim"), EVE) == ""
    [one] = await course.storage.cards.due(time.time() + 10_000)
    assert one.stand is Stand.OPEN


async def test_who_asks_for_people_without_end_is_told_that_enough_waits(course: Bot) -> None:
    said_to_her = [await said(course, f"/human own matter {n}", EVE) for n in range(5)]
    assert [words[0].startswith("Sent") for words in said_to_her] == [True] * 3 + [False] * 2
    assert "`/human done`" in said_to_her[-1][0]
    assert len(await course.storage.cards.waiting(1, Matter.HUMAN)) == 3
    await said(course, "/human done", EVE)
    [words] = await said(course, "/human own once more", EVE)
    assert words.startswith("Sent")


async def test_without_a_course_there_is_nobody_to_ask(world: World, bot: Bot) -> None:
    question = await ask(bot)
    assert "Ask a human" not in [button.label for button in below(world.platform, question)]
    [words] = await said(bot, "/human question", EVE)
    assert words.startswith("There is no course here")


@pytest.mark.parametrize("number", ["", "99", "x", "1.9", "99999999999999999999999999"])
async def test_a_card_that_is_not_there_is_said_to_be_none(course: Bot, number: str) -> None:
    await asked_for_human(course, await ask(course))
    [words] = await said(course, f"/staff claim {number}", ANN)
    assert words.startswith(("There is no such card", "#1 has changed"))


async def test_an_answer_is_given_once_though_she_writes_meanwhile(
    world: World, course: Bot
) -> None:
    """What she adds changes the card under the hands of whoever answers."""
    question = await ask(course)
    await asked_for_human(course, question)
    await said(course, "/staff claim 1", TOM)
    classroom, seen = course.ports.classroom, replace(message("/staff answer 1"), author=TOM)
    by = await classroom.roll.attending(seen)
    assert by is not None
    steps = Steps(course.storage, classroom.board, time.time)
    before = await steps.hand(by, seen, "1")
    await ask(course, "and one thing more")
    assert await steps.answer(before, "Because of rain.") == "#1 is answered."
    with pytest.raises(SomebodyWasFaster):  # as after a crash between giving and noting it
        await steps.answer(before, "Because of rain.")
    await course.idle()
    assert len(given(world.platform, question, "given")) == 1
    kept = await classroom.board.cards.card(1)
    assert kept is not None
    assert kept.stand is Stand.ANSWERED
    assert kept.words.endswith("and one thing more")
