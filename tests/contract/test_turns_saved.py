"""What every storage keeps its word on about turns: what becomes of them."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.core.answers import Answer, Kind, Status, Usage
from bot.core.errors import StaleTurn
from bot.core.messages import Attachment, Receipt
from bot.core.ports.storage import Storage
from bot.core.prompts import Exchange
from bot.core.turns import Step, Turn
from tests.contract.talk import ADA, BOB, ELSEWHERE, KEY, NOW, USAGE, add, claim, converse, say


async def test_messages_accepted_at_once_are_each_kept(storage: Storage) -> None:
    messages = [say() for _ in range(20)]
    receipts = await asyncio.gather(
        *(storage.turns.add(message, NOW) for message in [*messages, *messages])
    )
    assert len({receipt.turn_id for receipt in receipts} - {None}) == 20
    assert sum(receipt.is_duplicate for receipt in receipts) == 20


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
        Answer("Half\n\nCut off.", remark="Cut off.", thoughts="Hm."),
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
    turn = await claim(storage, conversation)
    await storage.turns.save(turn.submitting())
    assert not await storage.turns.is_abandoned(number)
    await storage.turns.cancel(message.unique_key, NOW)
    assert await storage.turns.is_abandoned(number)


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
        Answer("answer 1\n\nCut off.", remark="Cut off.", thoughts="Hm."),
        Answer("Nothing.", remark="Nothing."),
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
