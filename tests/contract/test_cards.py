"""What every storage keeps its word on about cards, and about turns that are born answered."""

import asyncio
from dataclasses import replace

import pytest

from bot.core.answers import Answer, Kind
from bot.core.cards import Card, Matter, Stand
from bot.core.erasures import Erasure
from bot.core.errors import StaleTurn
from bot.core.messages import Author, Message
from bot.core.ports.storage import Storage
from bot.core.turns import State, Step
from tests.contract.talk import ADA, ELSEWHERE, KEY, NOW, add, claim, say

HERS = f"test:class:{ADA.id}"
CARD = Card(
    course=1,
    matter=Matter.HUMAN,
    nonce="press 1",
    about="test:m1",
    place=str(KEY),
    person=HERS,
    name="Ada",
    words="Please help",
    due_at=NOW + 60,
    created_at=NOW,
)


async def test_a_card_is_written_down_once(storage: Storage) -> None:
    first, again = [await storage.cards.add(CARD) for _ in range(2)]
    assert first == again == await storage.cards.card(first.id)
    assert first.words == "Please help"
    assert list(await storage.cards.waiting(1)) == [first]
    assert await storage.cards.waiting(1, Matter.DRAFT) == await storage.cards.waiting(2) == []


async def test_a_step_is_taken_by_one_of_many(storage: Storage) -> None:
    card = await storage.cards.add(CARD)
    wishes = [replace(card, stand=Stand.CLAIMED, holder=f"t{number}") for number in range(12)]
    taken = [one for one in await asyncio.gather(*map(storage.cards.step, wishes)) if one]
    assert len(taken) == 1
    assert taken[0] == await storage.cards.card(card.id)
    assert await storage.cards.held_of(str(KEY), HERS) == taken[0]


async def test_whoever_held_a_card_before_can_do_nothing_to_it(storage: Storage) -> None:
    card = await storage.cards.add(CARD)
    held = await storage.cards.step(replace(card, stand=Stand.CLAIMED, holder="tom"))
    assert held is not None
    assert await storage.cards.step(replace(held, stand=Stand.OPEN, holder=""))
    assert await storage.cards.step(replace(held, stand=Stand.ANSWERED)) is None


async def test_what_is_open_comes_up_when_it_is_due(storage: Storage) -> None:
    card = await storage.cards.add(CARD)
    assert await storage.cards.due(NOW + 59) == []
    assert await storage.cards.due(NOW + 60) == [card]
    claimed = await storage.cards.step(replace(card, stand=Stand.CLAIMED, due_at=NOW + 90))
    assert await storage.cards.due(NOW + 60) == []
    assert await storage.cards.due(NOW + 90) == [claimed]
    assert claimed is not None
    await storage.cards.step(replace(claimed, stand=Stand.DONE))
    assert await storage.cards.due(NOW + 90) == []


async def test_of_whoever_wants_it_deleted_no_card_says_anything(storage: Storage) -> None:
    card = await storage.cards.add(CARD)
    shown = say(str(card.id), ELSEWHERE, "card")
    shown = replace(shown, author=Author("", ""))
    await storage.turns.give(shown, Answer("Ada: Please help", Kind.NOTICE), NOW)
    await storage.people.erase(Erasure("test:class", ADA.id, (), 10**9, NOW), "nobody", NOW)
    blank = await storage.cards.card(card.id)
    assert blank is not None
    assert (blank.person, blank.name, blank.words, blank.about) == ("nobody", "", "", "")
    assert blank.stand is Stand.DROPPED
    [turn] = await storage.looks.turns_in(str(ELSEWHERE), 5)
    assert turn.answer is not None
    assert turn.answer.text == ""


def given(question: Message) -> Message:
    return replace(question, id=f"{question.id}/given/1", client_id=None)


async def test_what_is_given_waits_for_the_platform_alone_and_is_given_once(
    storage: Storage,
) -> None:
    question = say("why?")
    conversation, _ = await add(storage, question)
    asked = await claim(storage, conversation)
    await storage.turns.save(asked.failed("Staff see it first.", "", NOW).delivered(NOW))
    receipts = [
        await storage.turns.give(given(question), Answer("So."), NOW + number) for number in (1, 2)
    ]
    assert [receipt.is_duplicate for receipt in receipts] == [False, True]
    turn = await claim(storage, conversation, NOW + 3)
    assert (turn.state, turn.answer) == (State.ANSWERED, Answer("So."))
    await storage.turns.save(turn.delivered(NOW + 3))
    _, _ = await add(storage, say("and then?"))
    following = await claim(storage, conversation, NOW + 4)
    [exchange] = await storage.turns.history(following, 5)
    assert (exchange.question, exchange.answer) == ("why?", "So.")


async def test_something_can_be_given_where_nobody_has_spoken(storage: Storage) -> None:
    receipt = await storage.turns.give(say("", ELSEWHERE, "card"), Answer("News."), NOW)
    assert (await claim(storage, receipt.conversation_id)).id == receipt.turn_id


async def test_what_was_delivered_can_come_to_say_something_else(storage: Storage) -> None:
    shown = say("1", ELSEWHERE, "card")
    receipt = await storage.turns.give(shown, Answer("Open."), NOW)
    held = await claim(storage, receipt.conversation_id)
    assert await storage.turns.show_anew(shown.unique_key, "Taken.") is not None
    with pytest.raises(StaleTurn):
        await storage.turns.save(held.delivered(NOW))
    anew = await claim(storage, receipt.conversation_id)
    assert (anew.id, anew.state, anew.step) == (held.id, State.ANSWERED, Step.ANSWER)
    assert anew.answer is not None
    assert anew.answer.text == "Taken."
    assert await storage.turns.show_anew("test:unheard of", "No.") is None


async def test_what_was_delivered_is_reworded_where_it_has_the_words(storage: Storage) -> None:
    said = say("1", ELSEWHERE, "card")
    receipt = await storage.turns.give(said, Answer("Open. May I?", remark="May I?"), NOW)
    key = said.unique_key
    assert await storage.turns.reword(key, "May I?", "Done.") is None  # not delivered yet
    held = await claim(storage, receipt.conversation_id)
    await storage.turns.save(held.delivered(NOW))
    assert await storage.turns.reword(key, "Will I?", "Done.") is None
    assert await storage.turns.reword(key, "May I?", "Done.") is not None
    assert await storage.turns.reword(key, "May I?", "Done.") is None
    anew = await claim(storage, receipt.conversation_id)
    assert anew.answer is not None
    assert anew.answer.text == "Open. Done."
    assert anew.is_reworded


async def test_what_is_old_and_waits_for_nobody_is_deleted(storage: Storage) -> None:
    waiting = await storage.cards.add(CARD)
    done = await storage.cards.add(replace(CARD, nonce="press 2"))
    await storage.cards.step(replace(done, stand=Stand.DONE))
    await storage.cards.purge(1, NOW + 1)
    assert await storage.cards.card(done.id) is None
    assert await storage.cards.card(waiting.id) == waiting


async def test_what_was_flagged_is_listed_whatever_became_of_it(storage: Storage) -> None:
    await storage.cards.add(CARD)
    alert = replace(CARD, matter=Matter.ALERT, nonce="m1", words="")
    card = await storage.cards.add(alert)
    opened = await storage.cards.step(replace(card, stand=Stand.DONE))
    assert await storage.cards.alarms(1) == [opened]
    assert await storage.cards.alarms(2) == []


async def test_what_was_opened_is_blanked_with_its_student(storage: Storage) -> None:
    alert = replace(CARD, matter=Matter.ALERT, nonce="m1", words="")
    card = await storage.cards.add(alert)
    for text in (f"open {card.id}.0", f"open {card.id}1"):
        shown = replace(say(text), author=Author("tom", "Tom"), command="staff", text=text)
        await storage.turns.give(shown, Answer("her words", Kind.NOTICE), NOW)
    await storage.people.erase(Erasure("test:class", ADA.id, (), 10**9, NOW), "nobody", NOW)
    turns = await storage.looks.turns_in("test", 9)
    assert [turn.answer and turn.answer.text for turn in turns] == ["", "her words"]
