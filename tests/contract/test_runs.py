"""What every storage keeps its word on about runs: each one that is paid for is told."""

from dataclasses import replace

from bot.core.answers import Answer, Usage
from bot.core.erasures import Erasure
from bot.core.ports.storage import Kept, Storage
from bot.core.turns import Run, Session, Turn
from tests.contract.talk import ADA, NOW, USAGE, add, claim, converse, say

FIRST = Run(step=0, run="r1", session="s1", backend="chat", model="small", usage=USAGE)


async def asked(storage: Storage) -> Turn:
    conversation, _ = await add(storage, say())
    turn = await claim(storage, conversation)
    return turn.asked("Homeroom", "chat").in_session("s1").submitting().running("r1", NOW)


async def test_the_only_run_of_a_turn_stands_with_the_turn(storage: Storage) -> None:
    turn = await asked(storage)
    assert await storage.runs.of(turn.id) == []
    await storage.turns.save(turn.answered(Answer("Hi", model="small", usage=USAGE), NOW))
    assert await storage.runs.of(turn.id) == [FIRST]


async def test_each_of_several_runs_is_told_with_its_own_tokens(storage: Storage) -> None:
    turn = await asked(storage)
    await storage.runs.save(turn.id, FIRST)
    turn = turn.stepped().submitting().running("r2", NOW)
    await storage.turns.save(turn)
    unknown = Run(step=1, run="r2", session="s1", backend="chat")
    assert await storage.runs.of(turn.id) == [FIRST, unknown]  # stopped now, it is paid for, too
    second = replace(FIRST, step=1, run="r2", usage=Usage(7))
    await storage.runs.save(turn.id, second)
    answer = Answer("Hi", model="small", usage=Usage(107, 40, 20, 10, 5))
    await storage.turns.save(turn.answered(answer, NOW))
    assert await storage.runs.of(turn.id) == [FIRST, second]


async def test_a_run_that_goes_on_after_its_calls_is_one(storage: Storage) -> None:
    turn = await asked(storage)
    await storage.runs.save(turn.id, Run(step=0, run="r1"))
    await storage.turns.save(turn.stepped())
    assert [run.run for run in await storage.runs.of(turn.id)] == ["r1"]
    whole = replace(FIRST, step=1)
    await storage.runs.save(turn.id, whole)
    assert await storage.runs.of(turn.id) == [whole]


async def test_commands_cost_nothing(storage: Storage) -> None:
    conversation, number = await add(storage, say("", command="help"))
    turn = await claim(storage, conversation)
    await storage.turns.save(turn.answered(Answer("I can."), NOW))
    assert await storage.runs.of(number) == []


async def test_all_runs_of_an_erased_session_are_left_to_be_deleted(storage: Storage) -> None:
    turn = await asked(storage)
    await storage.sessions.save(turn.conversation_id, "chat", Session("s1"), NOW)
    await storage.runs.save(turn.id, FIRST)
    later = turn.stepped().submitting().running("r2", NOW)
    await storage.turns.save(later.answered(Answer("Hi"), NOW).delivered(NOW))
    await storage.people.erase(Erasure("test:class", ADA.id, (), turn.id, NOW), "no", NOW)
    assert await storage.people.leftovers() == [Kept("chat", "s1", ("r1", "r2"))]


async def test_all_runs_of_a_purged_session_are_left_to_be_deleted(storage: Storage) -> None:
    turn = await asked(storage)
    await storage.sessions.save(turn.conversation_id, "chat", Session("s1"), NOW)
    await storage.runs.save(turn.id, FIRST)
    later = turn.stepped().submitting().running("r2", NOW)
    await storage.turns.save(later.answered(Answer("Hi"), NOW).delivered(NOW))
    await storage.people.purge("test", [], NOW + 1)
    assert await storage.people.leftovers() == [Kept("chat", "s1", ("r1", "r2"))]
    await converse(storage, Answer("anew"))
