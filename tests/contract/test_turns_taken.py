"""What every storage keeps its word on about turns: taking messages, and claiming them."""

import asyncio
from dataclasses import replace

import pytest

from bot.core.answers import Answer
from bot.core.catalogue import Binding
from bot.core.errors import StaleTurn
from bot.core.messages import Author, ConversationKey
from bot.core.ports.storage import Storage
from bot.core.turns import State, Turn
from tests.contract.talk import BOB, ELSEWHERE, KEY, NOW, add, claim, say


async def test_a_message_becomes_a_turn_that_waits_for_the_backend(storage: Storage) -> None:
    message = say()
    conversation, number = await add(storage, message)
    assert await claim(storage, conversation) == Turn(
        id=number,
        conversation_id=conversation,
        message=message,
        epoch=1,
        attempts=1,
        accepted_at=NOW,
    )


async def test_a_message_that_comes_twice_is_one_turn(storage: Storage) -> None:
    message = say()
    conversation, _ = await add(storage, message)
    assert (await storage.turns.add(message, NOW + 5)).is_duplicate
    await storage.turns.save((await claim(storage, conversation)).cancelled(NOW))
    assert (await storage.turns.add(message, NOW + 9)).is_duplicate
    assert await storage.turns.due_at(conversation) is None


async def test_the_second_id_of_a_message_decides_as_well(storage: Storage) -> None:
    conversation, _ = await add(storage, replace(say(), client_id="c1"))
    assert (await storage.turns.add(replace(say(), client_id="c1"), NOW)).is_duplicate
    assert (await storage.turns.add(replace(say(), client_id="c2"), NOW)).ahead == 1
    assert (await claim(storage, conversation)).message.client_id == "c1"


async def test_messages_without_a_second_id_are_different(storage: Storage) -> None:
    assert not (await storage.turns.add(say(), NOW)).is_duplicate
    assert not (await storage.turns.add(say(), NOW)).is_duplicate


async def test_the_same_id_on_another_platform_is_another_message(storage: Storage) -> None:
    message = replace(say(), client_id="c1")
    await add(storage, message)
    elsewhere = replace(message, key=ConversationKey("other", "class", "general"))
    assert not (await storage.turns.add(elsewhere, NOW)).is_duplicate


async def test_a_receipt_counts_what_is_answered_before(storage: Storage) -> None:
    receipts = [await storage.turns.add(say(), NOW) for _ in range(3)]
    assert [receipt.ahead for receipt in receipts] == [0, 1, 2]
    assert (await storage.turns.add(say(key=ELSEWHERE), NOW)).ahead == 0
    turn = await claim(storage, receipts[0].conversation_id)
    await storage.turns.save(turn.cancelled(NOW))
    assert (await storage.turns.add(say(), NOW)).ahead == 2


MEGABYTE = 1 << 20
TEXTS = {
    "empty": "",
    "emoji": "👩‍👩‍👧 🙂 \U0010ffff",
    "right to left": "\u202eשלום\u200f عليكم\u2067",
    "quotes and wildcards": "'; DROP TABLE turns; -- \" % _ \\ :name ?1 $$",
    "lines": "one\r\ntwo\n\n\tthree\u2028four",
    "a megabyte": "漢é🙂x" * (MEGABYTE // 10),
    "composed and not": "é e\u0301",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
async def test_any_text_comes_back_as_it_was(storage: Storage, text: str) -> None:
    message = replace(say(text, ConversationKey("test", text[:99], text[-99:], text[:9])))
    message = replace(message, author=Author(text[:99], text[:99]), id=text[:99])
    conversation, _ = await add(storage, message)
    turn = await claim(storage, conversation)
    assert turn.message == message
    turn = turn.answered(Answer(text, model=text[:99]), NOW)
    await storage.turns.save(turn)
    again = await claim(storage, conversation)
    assert again.answer == turn.answer
    await storage.memos.remember(f"name {text[:99]}", text)
    assert await storage.memos.recall(f"name {text[:99]}") == text


async def test_a_key_may_hold_half_a_character(storage: Storage) -> None:
    key = ConversationKey("test", "\ud83d", "\ud800:\udfff", "%:\udc00")
    conversation, _ = await add(storage, say(key=key))
    assert (await claim(storage, conversation)).message.key == key
    assert await storage.turns.open_conversations() == [(conversation, key)]
    await storage.choices.save(str(key), "assistant", "poet", NOW)
    assert await storage.choices.of(key.scopes()) == [Binding(str(key), "assistant", "poet", NOW)]


async def test_half_a_character_anywhere_else_is_kept_in_writing(storage: Storage) -> None:
    half = "half \ud83d of a pair"
    message = replace(say(half), id=half, client_id=half)
    conversation, _ = await add(storage, message)
    assert (await storage.turns.add(message, NOW)).is_duplicate
    assert (
        await storage.turns.add(replace(message, id="half \ud83e", client_id=None), NOW)
    ).turn_id
    turn = await claim(storage, conversation)
    await storage.turns.save(turn.answered(Answer(half), NOW))
    answered = await claim(storage, conversation)
    assert answered.answer == Answer("half \\ud83d of a pair")


async def test_turns_are_claimed_in_the_order_of_their_acceptance(storage: Storage) -> None:
    for text in "abc":
        conversation, _ = await add(storage, say(text))
    claimed = []
    for _ in range(3):
        turn = await claim(storage, conversation)
        claimed.append(turn.message.text)
        await storage.turns.save(turn.cancelled(NOW))
    assert claimed == ["a", "b", "c"]
    assert await storage.turns.claim(conversation, NOW) is None


async def test_a_later_turn_waits_while_the_first_one_is_open(storage: Storage) -> None:
    conversation, first = await add(storage, say())
    await add(storage, say())
    turn = await claim(storage, conversation)
    assert turn.id == first
    await storage.turns.save(turn.again(60, "busy", NOW))
    assert await storage.turns.claim(conversation, NOW) is None


async def test_a_conversation_does_not_wait_for_another(storage: Storage) -> None:
    conversation, _ = await add(storage, say())
    other, number = await add(storage, say(key=ELSEWHERE))
    await storage.turns.save((await claim(storage, conversation)).again(60, "busy", NOW))
    assert (await claim(storage, other)).id == number


async def test_a_postponed_turn_is_claimed_when_it_is_due(storage: Storage) -> None:
    conversation, _ = await add(storage, say())
    await storage.turns.save((await claim(storage, conversation)).again(60, "busy", NOW))
    assert await storage.turns.due_at(conversation) == NOW + 60
    assert await storage.turns.claim(conversation, NOW + 59.9) is None
    turn = await claim(storage, conversation, NOW + 60)
    assert (turn.failures, turn.failing_since, turn.error) == (1, NOW, "busy")


async def test_each_claim_counts_an_attempt_under_a_new_epoch(storage: Storage) -> None:
    conversation, _ = await add(storage, say())
    turns = [await claim(storage, conversation) for _ in range(3)]
    assert [(turn.epoch, turn.attempts) for turn in turns] == [(1, 1), (2, 2), (3, 3)]
    await storage.turns.save(turns[-1].released())
    assert (await claim(storage, conversation)).attempts == 1


async def test_one_of_two_claims_at_once_is_stale(storage: Storage) -> None:
    conversation, _ = await add(storage, say())
    turns = await asyncio.gather(claim(storage, conversation), claim(storage, conversation))
    old, new = sorted(turns, key=lambda turn: turn.epoch)
    with pytest.raises(StaleTurn):
        await storage.turns.save(old.cancelled(NOW))
    await storage.turns.save(new.cancelled(NOW))


async def test_nothing_is_due_where_nothing_is_open(storage: Storage) -> None:
    assert await storage.turns.claim(12345, NOW) is None
    assert await storage.turns.due_at(12345) is None
    assert await storage.turns.open_conversations() == []


async def test_a_new_turn_is_due_at_once(storage: Storage) -> None:
    conversation, _ = await add(storage, say())
    due = await storage.turns.due_at(conversation)
    assert due is not None
    assert due <= NOW


async def test_open_conversations_are_those_with_work_left(storage: Storage) -> None:
    conversation, _ = await add(storage, say())
    other, _ = await add(storage, say(key=ELSEWHERE))
    await add(storage, say(key=ELSEWHERE))
    assert sorted(await storage.turns.open_conversations()) == [
        (conversation, KEY),
        (other, ELSEWHERE),
    ]
    await storage.turns.save((await claim(storage, conversation)).answered(Answer("Hi"), NOW))
    assert len(await storage.turns.open_conversations()) == 2
    await storage.turns.save((await claim(storage, conversation)).delivered(NOW))
    assert await storage.turns.open_conversations() == [(other, ELSEWHERE)]


async def test_a_stop_command_stops_the_turns_before_it_and_no_others(storage: Storage) -> None:
    conversation, _ = await add(storage, say())
    assert not (await claim(storage, conversation)).is_stopped
    await add(storage, say())
    await add(storage, say(key=ELSEWHERE, command="stop"))
    assert not (await claim(storage, conversation)).is_stopped
    await add(storage, say(command="stop"))
    await add(storage, say())
    stopped = []
    for _ in range(4):
        turn = await claim(storage, conversation)
        stopped.append(turn.is_stopped)
        await storage.turns.save(turn.cancelled(NOW))
    assert stopped == [True, True, False, False]


async def test_nobody_is_stopped_by_another_person(storage: Storage) -> None:
    conversation, _ = await add(storage, say())
    await add(storage, replace(say(), author=BOB))
    await add(storage, replace(say(command="stop"), author=BOB))
    stopped = []
    for _ in range(3):
        turn = await claim(storage, conversation)
        stopped.append(turn.is_stopped)
        await storage.turns.save(turn.cancelled(NOW))
    assert stopped == [False, True, False]


async def test_a_stop_for_everybody_stops_everybody(storage: Storage) -> None:
    conversation, _ = await add(storage, say())
    await add(storage, replace(say("all", command="stop"), author=BOB))
    assert (await claim(storage, conversation)).is_stopped


async def test_a_postponed_turn_that_is_stopped_is_claimed_at_once(storage: Storage) -> None:
    conversation, number = await add(storage, say())
    await storage.turns.save((await claim(storage, conversation)).again(60, "busy", NOW))
    assert await storage.turns.claim(conversation, NOW) is None
    await add(storage, say(command="help"))
    assert await storage.turns.claim(conversation, NOW) is None
    await add(storage, say(command="stop"))
    turn = await claim(storage, conversation)
    assert (turn.id, turn.is_stopped) == (number, True)


async def test_an_answer_that_waits_for_its_platform_is_not_hurried_by_a_stop(
    storage: Storage,
) -> None:
    conversation, _ = await add(storage, say())
    answered = (await claim(storage, conversation)).answered(Answer("Hi"), NOW)
    await storage.turns.save(answered.again(60, "too many requests", NOW))
    await add(storage, say(command="stop"))
    assert await storage.turns.claim(conversation, NOW) is None
    assert (await claim(storage, conversation, NOW + 60)).state is State.ANSWERED
