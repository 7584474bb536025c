"""Answers that staff stand by: told to the same question, and to no other one."""

from dataclasses import replace

import pytest

from bot.core.erasures import Erasure
from bot.core.forms import filled
from tests.unit.test_class_desk import EVE, TOM, said
from tests.unit.test_humans import ANN, ask, below, course, labelled, press
from tests.unit.world import Bot, World, message

__all__ = ["course"]

ENDORSE = "/staff endorse When is homework 3 due? | On Friday at noon."


async def test_the_same_question_is_answered_by_staff_and_costs_nothing(
    world: World, course: Bot
) -> None:
    assert (await said(course, ENDORSE, TOM))[0].startswith("Endorsed as 1")
    runs = len(world.server.runs)
    question = await ask(course, "hi, when's homework 3 due please??")
    [text] = world.platform.reply(question)
    assert text.startswith(f"*Answered by staff before: {TOM.name},")
    assert "“When is homework 3 due?”" in text
    assert text.endswith("On Friday at noon.")
    assert len(world.server.runs) == runs
    assert "10 of 10" in (await said(course, "/hearts", EVE))[0]


@pytest.mark.parametrize("words", ["When is homework 4 due?", "Where is homework 3?", "homework"])
async def test_another_question_is_not(world: World, course: Bot, words: str) -> None:
    await said(course, ENDORSE, TOM)
    [text] = world.platform.reply(await ask(course, words))
    assert text.startswith(f"You said: {words}")


async def test_that_is_not_it_asks_the_model(world: World, course: Bot) -> None:
    await said(course, ENDORSE, TOM)
    question = await ask(course, "When is homework 3 due?")
    await press(course, labelled(below(world.platform, question), "That is not it"), EVE)
    await course.idle()
    assert [run.input_text for run in world.server.runs] == ["When is homework 3 due?"]


async def test_the_model_may_name_what_is_near_and_staffs_words_are_shown(
    world: World, course: Bot
) -> None:
    await said(course, ENDORSE, TOM)
    world.server.answer = lambda _asked: "[staff 1]"
    question = await ask(course, "deadline of the third homework, homework 3?")
    assert "On Friday at noon." in world.platform.reply(question)[0]
    [body] = [one.body for one in world.server.requests if one.path.endswith("/responses")]
    assert "On Friday at noon." in str(body)
    world.server.answer = lambda _asked: "[staff 7]"
    assert "[staff 7]" in world.platform.reply(await ask(course, "what of homework 3 then"))[0]


async def test_staff_endorse_below_an_answer_and_revoke(world: World, course: Bot) -> None:
    asked = replace(message("When is homework 3 due?"), author=ANN)
    await course.intake.accept(asked)
    await course.idle()
    button = labelled(below(world.platform, asked), "Endorse")
    words = filled(button.words, {"question": "When is homework 3 due?", "text": "On Friday."})
    sent = replace(message(""), author=ANN, command="staff", text=words)
    await course.intake.accept(sent)
    await course.idle()
    assert "On Friday." in world.platform.reply(await ask(course, "when is homework 3 due"))[0]
    assert (await said(course, "/staff endorsed", ANN))[0] == "- 1: When is homework 3 due? (Ann)"
    assert (await said(course, "/staff revoke 1", ANN))[0].startswith("Revoked")
    await said(course, "/staff revoke 1", ANN)
    assert "You said" in world.platform.reply(await ask(course, "when is homework 3 due"))[0]


async def test_what_is_endorsed_anew_takes_the_place_of_the_old(course: Bot) -> None:
    await said(course, ENDORSE, TOM)
    await said(course, ENDORSE.replace("Friday", "Monday"), TOM)
    [one] = await course.storage.endorsements.of(1)
    assert one.answer == "On Monday at noon."


async def test_it_stays_without_the_name_of_who_has_left(course: Bot) -> None:
    await said(course, ENDORSE, TOM)
    wish = Erasure("fake:school", TOM.id, (), 10**9, 10**10)
    await course.storage.people.erase(wish, "nobody", 10**10)
    [one] = await course.storage.endorsements.of(1)
    assert (one.by, one.name) in {("nobody", ""), (f"fake:school:{TOM.id}", TOM.name)}


@pytest.mark.parametrize("words", ["endorse", "endorse what?", "endorse | yes", "revoke 9"])
async def test_what_is_missing_is_said(course: Bot, words: str) -> None:
    [text] = await said(course, f"/staff {words}", TOM)
    assert text.startswith(("Write /staff endorse", "There is no such"))
