"""What every storage keeps its word on about calls of tools."""

import pytest

from bot.core.answers import Answer
from bot.core.erasures import Erasure
from bot.core.errors import StaleTurn
from bot.core.files import File
from bot.core.ports.storage import Storage
from bot.core.tools import Call, Decision, Output
from tests.contract.talk import ADA, NOW, add, claim, say

DICE = Call("call_1", "roll_dice", '{"sides": 6}')
CALENDAR = Call("call_2", "calendar", "{broken")
ANSWER = Answer("done")


async def test_calls_are_intents_until_they_begin_and_in_doubt_until_they_end(
    storage: Storage,
) -> None:
    conversation, number = await add(storage, say())
    turn = await claim(storage, conversation)
    one, two = await storage.calls.intend(turn, [(DICE, None), (CALENDAR, Decision.ASKED)], NOW)
    assert await storage.calls.of(number) == [one, two]
    assert (one.call, one.decision, one.begun_at) == (DICE, None, None)
    assert (two.call, two.decision, two.made_at) == (CALENDAR, Decision.ASKED, NOW)
    await storage.calls.begin(turn, one.number, NOW + 1)
    [begun, _] = await storage.calls.of(number)
    assert (begun.begun_at, begun.ended_at, begun.output) == (NOW + 1, None, None)
    output = Output("a six", (File("six.png", "image/png", b"\x89PNG"),), is_error=True)
    await storage.calls.end(one.number, output, NOW + 2)
    await storage.calls.end(one.number, Output("once more"), NOW + 3)
    [ended, _] = await storage.calls.of(number)
    assert (ended.ended_at, ended.output) == (NOW + 2, output)
    with pytest.raises(StaleTurn):
        await storage.calls.begin(turn, one.number, NOW + 4)
    await storage.calls.drop_files(number)
    [ended, _] = await storage.calls.of(number)
    assert ended.output == Output("a six", is_error=True)


async def test_a_step_that_was_not_counted_is_made_anew(storage: Storage) -> None:
    conversation, number = await add(storage, say())
    turn = await claim(storage, conversation)
    await storage.calls.intend(turn, [(DICE, None)], NOW)
    await storage.calls.intend(turn, [(CALENDAR, None)], NOW)
    assert [made.call for made in await storage.calls.of(number)] == [CALENDAR]
    [again] = await storage.calls.intend(turn.stepped(), [(CALENDAR, None)], NOW)
    assert again.step == 0  # an id that was there before is the call that was there before


async def test_whoever_holds_a_turn_no_more_makes_no_calls(storage: Storage) -> None:
    conversation, number = await add(storage, say())
    held = await claim(storage, conversation)
    [made] = await storage.calls.intend(held, [(DICE, None)], NOW)
    again = await claim(storage, conversation)
    with pytest.raises(StaleTurn):
        await storage.calls.intend(held, [(CALENDAR, None)], NOW)
    with pytest.raises(StaleTurn):
        await storage.calls.begin(held, made.number, NOW)
    await storage.calls.begin(again, made.number, NOW)
    assert [made.call for made in await storage.calls.of(number)] == [DICE]


async def test_who_was_asked_decides_once(storage: Storage) -> None:
    question = say()
    conversation, _ = await add(storage, question)
    turn = await claim(storage, conversation)
    [made] = await storage.calls.intend(turn, [(DICE, Decision.ASKED)], NOW)
    assert await storage.calls.find(made.number) == (made, question)
    assert await storage.calls.find(made.number + 99) is None
    assert await storage.calls.decide(made.number, Decision.DECLINED)
    assert not await storage.calls.decide(made.number, Decision.CONFIRMED)
    found = await storage.calls.find(made.number)
    assert found
    assert found[0].decision is Decision.DECLINED


async def test_what_has_done_something_is_not_asked_anew(storage: Storage) -> None:
    message = say()
    conversation, _ = await add(storage, message)
    turn = await claim(storage, conversation)
    await storage.turns.save(turn.submitting().running("r1", NOW).stepped())
    assert await storage.turns.complete(message) is None
    assert (await claim(storage, conversation)).tool_steps == 1


async def test_calls_of_a_person_are_erased_and_purged_with_the_turn(storage: Storage) -> None:
    conversation, number = await add(storage, say())
    turn = await claim(storage, conversation)
    await storage.calls.intend(turn, [(DICE, None)], NOW)
    await storage.people.erase(Erasure("test:class", ADA.id, (), number + 1, NOW), "no", NOW)
    assert await storage.calls.of(number) == []
    conversation, number = await add(storage, say())
    turn = await claim(storage, conversation)
    await storage.calls.intend(turn, [(DICE, None)], NOW)
    await storage.turns.save(turn.answered(ANSWER, NOW).delivered(NOW))
    await storage.people.purge("test", [], NOW + 1)
    assert await storage.calls.of(number) == []
