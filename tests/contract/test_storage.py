"""What every `Storage` keeps its word on."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from bot.core.answers import Answer, Kind, Status, Usage
from bot.core.errors import StaleTurn
from bot.core.messages import Attachment, Author, ConversationKey, Message, Receipt, Vote
from bot.core.ports.storage import Kept, Storage, Used
from bot.core.prompts import Exchange
from bot.core.turns import Session, State, Step, Turn
from tests.contract.conftest import Opener

NOW = 1000.0
KEY = ConversationKey("test", "class", "general")
ELSEWHERE = ConversationKey("test", "class", "elsewhere")
ADA, BOB = Author("u1", "Ada"), Author("u2", "Bob")
USAGE = Usage(100, 40, 20, 10, 5)

_ids = count(1)


def say(text: str = "Hello", key: ConversationKey = KEY, command: str | None = None) -> Message:
    return Message(key, f"m{next(_ids)}", ADA, text, command)


async def add(storage: Storage, message: Message) -> tuple[int, int]:
    """The ids of the conversation and of the turn."""
    receipt = await storage.turns.add(message, NOW)
    assert receipt.turn_id is not None
    return receipt.conversation_id, receipt.turn_id


async def claim(storage: Storage, conversation: int, now: float = NOW) -> Turn:
    turn = await storage.turns.claim(conversation, now)
    assert turn is not None
    return turn


async def converse(storage: Storage, *answers: Answer | None, key: ConversationKey = KEY) -> int:
    """Ask a question for each answer, and end it; None: cancelled."""
    conversation = 0
    for number, answer in enumerate(answers, 1):
        conversation, _ = await add(storage, say(f"question {number}", key))
        turn = await claim(storage, conversation)
        ended = turn.answered(answer, NOW).delivered(NOW) if answer else turn.cancelled(NOW)
        await storage.turns.save(ended)
    return conversation


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


async def test_messages_accepted_at_once_are_each_kept(storage: Storage) -> None:
    messages = [say() for _ in range(20)]
    receipts = await asyncio.gather(
        *(storage.turns.add(message, NOW) for message in [*messages, *messages])
    )
    assert len({receipt.turn_id for receipt in receipts} - {None}) == 20
    assert sum(receipt.is_duplicate for receipt in receipts) == 20


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
    assert await storage.choices.of(key.scopes(), "assistant") == {str(key): "poet"}


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


async def test_all_of_a_turn_is_kept(storage: Storage) -> None:
    conversation, _ = await add(storage, say())
    turn = (
        (await claim(storage, conversation))
        .asked("History Tutor", "responses")
        .in_session("conv_1")
        .changed(Status.QUEUED, NOW + 0.25)
        .lost_run()
        .submitting()
        .running("run_1", NOW + 0.5)
        .changed(Status.WRITING, NOW + 1)
        .again(0, "RunLost: 404", NOW + 2)
    )
    await storage.turns.save(turn)
    pending = await claim(storage, conversation, NOW + 2)
    assert pending == replace(turn, epoch=2, attempts=1)
    answered = pending.answered(Answer("Hi", Kind.ANSWER, "m-1", USAGE), NOW + 3)
    await storage.turns.save(answered)
    assert await claim(storage, conversation, NOW + 3) == replace(answered, epoch=3, attempts=1)


async def test_a_submitted_run_without_an_id_is_remembered(storage: Storage) -> None:
    conversation, _ = await add(storage, say())
    await storage.turns.save((await claim(storage, conversation)).submitting())
    turn = await claim(storage, conversation)
    assert (turn.is_submitted, turn.run) == (True, None)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(""),
        Answer("No.", Kind.NOTICE),
        Answer("Hi", usage=Usage()),
        Answer("Half", remark="Cut off.", thoughts="Hm."),
    ],
)
async def test_an_answer_comes_back_as_it_was(storage: Storage, answer: Answer) -> None:
    conversation, _ = await add(storage, say())
    await storage.turns.save((await claim(storage, conversation)).answered(answer, NOW))
    assert (await claim(storage, conversation)).answer == answer


STEPS: dict[Step, Callable[[Turn], Turn]] = {
    Step.ANSWER: lambda turn: turn.answered(Answer("Hi"), NOW),
    Step.FAIL: lambda turn: turn.failed("No.", "refused", NOW),
    Step.STOP: lambda turn: turn.stopped("Half", NOW),
    Step.CANCEL: lambda turn: turn.cancelled(NOW),
}


@pytest.mark.parametrize("step", STEPS)
async def test_a_turn_claimed_again_cannot_be_saved_by_who_held_it(
    storage: Storage, step: Step
) -> None:
    conversation, _ = await add(storage, say())
    old = await claim(storage, conversation)
    new = await claim(storage, conversation)
    with pytest.raises(StaleTurn):
        await storage.turns.save(STEPS[step](old))
    assert await claim(storage, conversation) == replace(new, epoch=3, attempts=3)


@pytest.mark.parametrize("step", STEPS)
async def test_a_turn_that_is_done_stays_as_it_is(storage: Storage, step: Step) -> None:
    conversation, _ = await add(storage, say())
    turn = await claim(storage, conversation)
    await storage.turns.save(turn.answered(Answer("Paid for"), NOW).delivered(NOW))
    for late in (turn, STEPS[step](turn), turn.again(1, "busy", NOW)):
        with pytest.raises(StaleTurn):
            await storage.turns.save(late)
    assert await storage.turns.due_at(conversation) is None


async def test_an_answered_turn_never_waits_for_the_backend_again(storage: Storage) -> None:
    conversation, _ = await add(storage, say())
    turn = await claim(storage, conversation)
    answered = turn.answered(Answer("Paid for"), NOW)
    await storage.turns.save(answered)
    with pytest.raises(StaleTurn):
        await storage.turns.save(turn.again(1, "busy", NOW))
    await storage.turns.save(answered.again(0, "platform busy", NOW))
    assert (await claim(storage, conversation)).answer == Answer("Paid for")


async def test_a_turn_that_never_was_cannot_be_saved(storage: Storage) -> None:
    with pytest.raises(StaleTurn):
        await storage.turns.save(Turn(id=99, conversation_id=1, message=say()))


async def test_a_withdrawn_message_is_not_answered(storage: Storage) -> None:
    message = say()
    conversation, _ = await add(storage, message)
    held = await claim(storage, conversation)
    receipt = await storage.turns.cancel(message.unique_key, NOW)
    assert receipt == Receipt(held.id, conversation)
    assert await storage.turns.due_at(conversation) is None
    with pytest.raises(StaleTurn):
        await storage.turns.save(held.answered(Answer("Too late"), NOW))
    assert (await storage.turns.add(message, NOW)).is_duplicate


async def test_a_withdrawn_turn_is_known_to_be_one(storage: Storage) -> None:
    message = say()
    conversation, number = await add(storage, message)
    await claim(storage, conversation)
    assert not await storage.turns.is_withdrawn(number)
    await storage.turns.cancel(message.unique_key, NOW)
    assert await storage.turns.is_withdrawn(number)


async def test_only_an_open_turn_can_be_cancelled(storage: Storage) -> None:
    message = say()
    conversation, _ = await add(storage, message)
    assert not await storage.turns.cancel("test:unheard of", NOW)
    turn = await claim(storage, conversation)
    await storage.turns.save(turn.answered(Answer("Hi"), NOW).delivered(NOW))
    assert not await storage.turns.cancel(message.unique_key, NOW)


async def test_the_turn_behind_a_cancelled_one_is_next(storage: Storage) -> None:
    message = say()
    conversation, _ = await add(storage, message)
    _, second = await add(storage, say())
    await storage.turns.cancel(message.unique_key, NOW)
    assert (await claim(storage, conversation)).id == second


async def test_only_a_message_that_nobody_has_begun_to_answer_can_be_replaced(
    storage: Storage,
) -> None:
    message = say("first words")
    conversation, _ = await add(storage, message)
    assert await storage.turns.replace(message.unique_key, "second words")
    turn = await claim(storage, conversation)
    assert turn.message == replace(message, text="second words")
    assert not await storage.turns.replace(message.unique_key, "third words")
    await storage.turns.save(turn.released())
    assert not await storage.turns.replace(message.unique_key, "third words")
    assert not await storage.turns.replace("test:unheard of", "words")
    assert (await claim(storage, conversation)).message.text == "second words"


async def test_a_message_comes_back_with_all_that_came_with_it(storage: Storage) -> None:
    file = Attachment("F1", "schéma 🙂.png", "image/png", 1 << 40, "https://example.org/F1?a=b")
    message = replace(
        say(), is_shared=True, attachments=(file, file), origin={"thread": "17.5", "é": "\n🙂"}
    )
    conversation, _ = await add(storage, message)
    assert await storage.turns.message(message.unique_key) == message
    assert (await claim(storage, conversation)).message == message
    assert await storage.turns.message("test:unheard of") is None


async def test_a_conversation_is_known_from_its_first_message_on(storage: Storage) -> None:
    assert not await storage.turns.knows(KEY)
    await add(storage, say())
    assert await storage.turns.knows(KEY)
    assert not await storage.turns.knows(ELSEWHERE)


async def test_a_vote_is_kept_for_a_message_that_is_there(storage: Storage) -> None:
    message = say()
    await add(storage, message)
    for vote in Vote:
        assert await storage.people.vote(message.unique_key, "u1", vote, "because", NOW)
    assert not await storage.people.vote("test:unheard of", "u1", Vote.UP, "", NOW)


async def test_history_has_the_words_the_model_was_sent(storage: Storage) -> None:
    conversation, _ = await add(storage, say("Hello"))
    turn = replace(await claim(storage, conversation), prompt="Ada: Hello")
    await storage.turns.save(turn.answered(Answer("Hi"), NOW).delivered(NOW))
    await add(storage, say())
    later = await claim(storage, conversation)
    assert await storage.turns.history(later, 10) == [Exchange("Ada: Hello", "Hi")]


async def test_history_is_the_newest_exchanges_the_oldest_first(storage: Storage) -> None:
    conversation = await converse(storage, *(Answer(f"answer {n}") for n in range(1, 6)))
    await converse(storage, Answer("elsewhere"), key=ELSEWHERE)
    await add(storage, say())
    turn = await claim(storage, conversation)
    assert await storage.turns.history(turn, 2) == [
        Exchange("question 4", "answer 4"),
        Exchange("question 5", "answer 5"),
    ]
    assert len(await storage.turns.history(turn, 100)) == 5
    assert await storage.turns.history(turn, 0) == []


async def test_history_has_nothing_of_the_turn_itself_nor_of_later_ones(storage: Storage) -> None:
    await add(storage, say())
    conversation, _ = await add(storage, say())
    first = (await claim(storage, conversation)).answered(Answer("Hi"), NOW)
    await storage.turns.save(first)
    assert await storage.turns.history(first, 10) == []


async def test_history_is_what_the_model_said_and_nothing_else(storage: Storage) -> None:
    conversation = await converse(
        storage,
        Answer("answer 1", remark="Cut off.", thoughts="Hm."),
        Answer("", remark="Nothing but thoughts."),
        Answer("I could not.", Kind.NOTICE),
        Answer("Half", Kind.STOPPED),
        None,
    )
    await add(storage, say(command="usage"))
    command = await claim(storage, conversation)
    await storage.turns.save(command.answered(Answer("1 answer"), NOW).delivered(NOW))
    await add(storage, say())
    turn = await claim(storage, conversation)
    assert await storage.turns.history(turn, 10) == [Exchange("question 1", "answer 1")]


async def test_a_conversation_begun_anew_remembers_nothing_before_it(storage: Storage) -> None:
    conversation = await converse(storage, Answer("answer 1"))
    elsewhere = await converse(storage, Answer("answer 1"), key=ELSEWHERE)
    await storage.sessions.save(conversation, "chat", Session("s1"), NOW)
    await storage.sessions.save(elsewhere, "chat", Session("s2"), NOW)
    _, number = await add(storage, say(command="new"))
    await storage.sessions.begin_anew(conversation, number, NOW)
    new = await claim(storage, conversation)
    await storage.turns.save(new.answered(Answer("Begun."), NOW).delivered(NOW))
    assert await storage.sessions.current(conversation, "chat") is None
    await converse(storage, Answer("answer 2"))
    await add(storage, say())
    turn = await claim(storage, conversation)
    assert [exchange.answer for exchange in await storage.turns.history(turn, 10)] == ["answer 2"]

    await add(storage, say(key=ELSEWHERE))
    turn = await claim(storage, elsewhere)
    assert [exchange.answer for exchange in await storage.turns.history(turn, 10)] == ["answer 1"]
    assert await storage.sessions.current(elsewhere, "chat") == Session("s2")


@pytest.mark.parametrize("answer", [None, *(Answer("Hi", kind) for kind in Kind)])
async def test_it_is_known_what_became_of_the_turn_before(
    storage: Storage, answer: Answer | None
) -> None:
    conversation = await converse(storage, Answer("Hi"), answer)
    _, number = await add(storage, say(command="stop"))
    await converse(storage, Answer("elsewhere"), key=ELSEWHERE)
    kind = await storage.turns.kind_before(conversation, number)
    assert kind == (answer.kind if answer else None)


async def test_it_is_known_what_became_of_a_persons_last_turn(storage: Storage) -> None:
    conversation = await converse(storage, Answer("Hi", Kind.STOPPED))
    _, number = await add(storage, replace(say(), author=BOB))
    _, later = await add(storage, say(command="stop"))
    assert await storage.turns.kind_before(conversation, later, BOB.id) is None
    assert await storage.turns.kind_before(conversation, later, ADA.id) is Kind.STOPPED
    assert await storage.turns.kind_before(conversation, number, BOB.id) is None


async def test_before_the_first_turn_there_is_none(storage: Storage) -> None:
    conversation, number = await add(storage, say())
    assert await storage.turns.kind_before(conversation, number) is None


async def test_a_session_is_kept_for_its_conversation_and_backend(storage: Storage) -> None:
    conversation, _ = await add(storage, say())
    other, _ = await add(storage, say(key=ELSEWHERE))
    await storage.sessions.save(conversation, "responses", Session("conv_1"), NOW)
    assert await storage.sessions.current(conversation, "responses") == Session("conv_1")
    assert await storage.sessions.current(conversation, "assistants") is None
    assert await storage.sessions.current(other, "responses") is None


async def test_the_cursor_of_a_session_moves(storage: Storage) -> None:
    conversation, _ = await add(storage, say())
    for cursor in ("item_1", "item_2"):
        await storage.sessions.save(conversation, "responses", Session("conv_1", cursor), NOW)
    assert await storage.sessions.current(conversation, "responses") == Session("conv_1", "item_2")


async def test_an_ended_session_makes_room_for_another(storage: Storage) -> None:
    conversation, _ = await add(storage, say())
    await storage.sessions.save(conversation, "responses", Session("conv_1"), NOW)
    await storage.sessions.end(conversation, NOW)
    assert await storage.sessions.current(conversation, "responses") is None
    await storage.sessions.save(conversation, "responses", Session("conv_2"), NOW)
    assert await storage.sessions.current(conversation, "responses") == Session("conv_2")
    await storage.sessions.end(conversation, NOW + 1)
    assert await storage.sessions.current(conversation, "responses") is None


async def test_the_newest_session_is_the_one_in_force(storage: Storage) -> None:
    conversation, _ = await add(storage, say())
    await storage.sessions.save(conversation, "responses", Session("conv_1"), NOW)
    await storage.sessions.save(conversation, "responses", Session("conv_2"), NOW + 1)
    await storage.sessions.save(conversation, "responses", Session("conv_1", "item_1"), NOW + 2)
    assert await storage.sessions.current(conversation, "responses") == Session("conv_2")


async def test_an_intent_to_post_is_kept_until_its_ref_is_known(storage: Storage) -> None:
    _, turn = await add(storage, say())
    _, other = await add(storage, say())
    assert await storage.posts.of(turn) == {}
    await storage.posts.intend(turn, 0)
    await storage.posts.save(turn, 0, "ref 0")
    await storage.posts.intend(turn, 1)
    assert await storage.posts.of(turn) == {0: "ref 0", 1: None}
    assert await storage.posts.of(other) == {}


async def test_an_intent_does_not_undo_a_post(storage: Storage) -> None:
    _, turn = await add(storage, say())
    await storage.posts.save(turn, 0, "ref 0")
    await storage.posts.intend(turn, 0)
    assert await storage.posts.of(turn) == {0: "ref 0"}


async def test_only_an_intent_can_be_dropped(storage: Storage) -> None:
    _, turn = await add(storage, say())
    for part in range(3):
        await storage.posts.intend(turn, part)
    await storage.posts.save(turn, 0, "ref 0")
    await storage.posts.drop(turn, 0)
    await storage.posts.drop(turn, 1)
    assert await storage.posts.of(turn) == {0: "ref 0", 2: None}


async def test_the_newest_choice_for_a_scope_holds(storage: Storage) -> None:
    await storage.choices.save("slack:T1", "assistant", "poet", NOW)
    await storage.choices.save("slack:T1:C1", "assistant", "tutor", NOW)
    await storage.choices.save("slack:T1", "assistant", "painter", NOW + 1)
    scopes = ("slack:T1:C1:17.5", "slack:T1:C1", "slack:T1", "slack")
    await storage.choices.save("slack:T1", "stream", "off", NOW + 2)
    chosen = {"slack:T1:C1": "tutor", "slack:T1": "painter"}
    assert await storage.choices.of(scopes, "assistant") == chosen
    assert await storage.choices.of(("discord",), "assistant") == {}


async def test_a_memo_is_recalled_as_it_was_last_written(storage: Storage) -> None:
    assert await storage.memos.recall("assistant tutor") is None
    await storage.memos.remember("assistant tutor", "asst_1")
    await storage.memos.remember("assistant tutor", "asst_2")
    assert await storage.memos.recall("assistant tutor") == "asst_2"
    assert await storage.memos.recall("assistant Tutor") is None


async def test_a_memo_is_replaced_only_by_who_knows_what_it_was(storage: Storage) -> None:
    assert await storage.memos.replace("identifies", "", "1")
    assert not await storage.memos.replace("identifies", "", "2")
    many = [storage.memos.replace("identifies", "1", str(number)) for number in range(2, 12)]
    assert sum(await asyncio.gather(*many)) == 1
    assert await storage.memos.recall("identifies") not in {None, "1"}


async def test_usage_is_the_sum_of_the_answers_of_a_conversation(storage: Storage) -> None:
    conversation = await converse(
        storage,
        Answer("one", usage=USAGE),
        Answer("two", usage=USAGE),
        Answer("three"),
        Answer("I could not.", Kind.NOTICE),
        None,
    )
    elsewhere = await converse(storage, Answer("one", usage=USAGE), key=ELSEWHERE)
    assert await storage.looks.usage_of(conversation) == Used(3, 1, 200, 80, 40, 20, 10)
    assert await storage.looks.usage_of(elsewhere) == Used(1, 0, 100, 40, 20, 10, 5)
    assert await storage.looks.usage_of(99) == Used()


async def test_what_a_person_has_used_is_counted_within_a_scope(storage: Storage) -> None:
    near = ConversationKey("test", "class_", "%")
    await converse(storage, Answer("a", usage=USAGE), key=near)
    await converse(storage, Answer("a", usage=USAGE), key=ConversationKey("test", "class_x", "%"))
    used = Used(1, 0, *(getattr(USAGE, name) for name in Usage.__slots__))
    assert await storage.looks.usage_of_person("test:class_", ADA.id) == used
    assert await storage.looks.usage_of_person(str(near), ADA.id) == used
    assert (await storage.looks.usage_of_person("test", ADA.id)).runs == 2
    assert await storage.looks.usage_of_person("test", "u2") == Used()


async def test_what_one_process_did_another_one_finds(open_storage: Opener, tmp_path: Path) -> None:
    async with open_storage(tmp_path) as one, open_storage(tmp_path) as other:
        conversation, number = await add(one, say())
        held = await claim(other, conversation)
        await one.sessions.save(conversation, "chat", Session("s1", "c1"), NOW)
        await other.posts.intend(number, 0)
        taken = await claim(one, conversation)
        with pytest.raises(StaleTurn):
            await other.turns.save(held.answered(Answer("Hi"), NOW))
        await one.turns.save(taken.answered(Answer("Hello"), NOW))
    async with open_storage(tmp_path) as again:
        assert await again.sessions.current(conversation, "chat") == Session("s1", "c1")
        assert await again.posts.of(number) == {0: None}
        turn = await claim(again, conversation)
        assert (turn.answer, turn.epoch) == (Answer("Hello"), 3)


async def test_the_open_turns_of_a_conversation_are_shown_in_order(storage: Storage) -> None:
    await converse(storage, Answer("a"))
    _, first = await add(storage, say("waits"))
    _, second = await add(storage, say("waits longer"))
    await add(storage, say("elsewhere", ELSEWHERE))
    shown = await storage.looks.open_turns(KEY, 10)
    assert [turn.id for turn in shown] == [first, second]
    assert [turn.message.text for turn in await storage.looks.open_turns(KEY, 1)] == ["waits"]


async def test_the_newest_turns_of_a_scope_are_shown_in_order(storage: Storage) -> None:
    await converse(storage, Answer("a"), Answer("b"))
    await converse(storage, Answer("c"), key=ELSEWHERE)
    await converse(storage, Answer("d"), key=ConversationKey("test", "class2", "room"))
    shown = await storage.looks.turns_in("test:class", 2)
    assert [turn.answer and turn.answer.text for turn in shown] == ["b", "c"]
    assert len(await storage.looks.turns_in("test", 10)) == 4
    assert await storage.looks.turns_in("test:cla", 10) == []


async def test_what_a_person_asked_before_is_counted_within_a_time(storage: Storage) -> None:
    await storage.turns.add(say(), NOW - 100)
    await storage.turns.add(say(command="help"), NOW)
    await storage.turns.add(replace(say(), author=Author("u2", "Bob")), NOW)
    await storage.turns.add(say(), NOW)
    conversation, _ = await add(storage, say("now"))
    last = (await storage.looks.open_turns(KEY, 10))[-1]
    assert last.conversation_id == conversation
    assert await storage.looks.asked(last, "test:class", NOW - 10, 5) == [NOW]
    assert await storage.looks.asked(last, "test:class", 0.0, 5) == [NOW, NOW - 100]
    assert await storage.looks.asked(last, "test:class", 0.0, 1) == [NOW]
    assert await storage.looks.asked(last, "test:other", 0.0, 5) == []


async def test_what_a_person_said_is_erased_within_a_scope(storage: Storage) -> None:
    conversation = await converse(
        storage, Answer("secret answer", remark="Cut off.", thoughts="secret")
    )
    await converse(storage, Answer("elsewhere"), key=ConversationKey("test", "other", "room"))
    await storage.sessions.save(conversation, "responses", Session("conv_1"), NOW)
    assert await storage.people.kept_of(ADA.id, "test:class") == [Kept("responses", "conv_1", ())]
    assert await storage.people.kept_of("u2", "test:class") == []
    assert await storage.people.erase("u2", "test:class") == 0
    assert await storage.people.erase(ADA.id, "test:class") == 1
    [erased] = await storage.looks.turns_in("test:class", 5)
    assert (erased.message.text, erased.answer, erased.message.author.name) == ("", None, "")
    assert await storage.sessions.current(conversation, "responses") is None
    _, number = await add(storage, say())
    turn = await claim(storage, conversation)
    assert (turn.id, await storage.turns.history(turn, 10)) == (number, [])
    assert len(await storage.looks.turns_in("test:other", 5)) == 1
