"""What every storage keeps its word on about shares: chains of what was spent, gift and return."""

import asyncio
from dataclasses import replace

import pytest

from bot.core.answers import Answer, Kind
from bot.core.erasures import Erasure
from bot.core.ports.storage import Storage
from bot.core.shares import Pace, Purse
from bot.core.turns import Turn
from tests.contract.talk import ADA, NOW, USAGE, add, claim, say

PACE = Pace(most=3, every=60.0)
MONEY = Purse(1, "month:2026-11", room=1000.0)


SPACE = "test:class"


def purse(course: int = 1, person: str = ADA.id) -> Purse:
    return PACE.purse(course, f"{SPACE}:{person}")


HERS = purse()


async def spend(storage: Storage, turn_id: int, now: float = NOW) -> bool:
    return await storage.shares.spend(HERS, turn_id, PACE.every, now) is not None


async def left(storage: Storage, now: float = NOW, whose: Purse = HERS) -> int:
    return PACE.hearts(await storage.shares.used(whose, now)).left


async def ended(storage: Storage, answer: Answer | None) -> Turn:
    """A turn that ended with this; None: it was cancelled."""
    conversation, _ = await add(storage, say())
    turn = (await claim(storage, conversation)).asked("a", "chat")
    done = turn.answered(answer, NOW).delivered(NOW) if answer else turn.cancelled(NOW)
    await storage.turns.save(done)
    return done


async def test_a_person_spends_what_she_has_and_no_more(storage: Storage) -> None:
    assert await left(storage) == 3
    assert [await spend(storage, turn) for turn in range(1, 5)] == [True, True, True, False]
    assert await left(storage) == 0
    for other in (purse(2), purse(person="u2")):
        assert await left(storage, whose=other) == 3


async def test_a_turn_is_charged_once(storage: Storage) -> None:
    assert [await spend(storage, 7) for _ in range(5)] == [True] * 5
    assert await left(storage) == 2


async def test_what_was_spent_comes_back_with_time(storage: Storage) -> None:
    for turn in (1, 2, 3):
        await spend(storage, turn)
    assert [await left(storage, NOW + wait) for wait in (59, 60, 120, 180, 10_000)] == [
        0,
        1,
        2,
        3,
        3,
    ]
    assert not await spend(storage, 4, NOW + 59)
    assert await spend(storage, 4, NOW + 60)


async def test_a_clock_that_was_ahead_keeps_nobody_waiting_for_longer_than_it_takes(
    storage: Storage,
) -> None:
    await spend(storage, 1, NOW + 1_000_000)
    assert await left(storage, NOW) == 2
    assert await spend(storage, 2, NOW)
    assert await left(storage, NOW + 60) == 2


async def test_a_smaller_share_holds_at_once(storage: Storage) -> None:
    await spend(storage, 1)
    one = Pace(most=1, every=60.0)
    assert await storage.shares.spend(one.purse(1, HERS.person), 2, one.every, NOW) is None


@pytest.mark.parametrize(
    "answer",
    [Answer("Too long.", Kind.NOTICE), Answer("Stopped.", Kind.STOPPED), None],
    ids=["refused", "stopped", "cancelled"],
)
async def test_what_ended_without_an_answer_is_given_back_once(
    storage: Storage, answer: Answer | None
) -> None:
    turn = await ended(storage, answer)
    await spend(storage, turn.id)
    assert [await storage.shares.restore(HERS, NOW) for _ in range(2)] == [1, 0]
    assert await left(storage) == 3


async def test_an_answer_and_what_waits_for_one_are_kept(storage: Storage) -> None:
    answered = await ended(storage, Answer("Yes."))
    await spend(storage, answered.id)
    _, waiting = await add(storage, say())
    await spend(storage, waiting)
    assert await storage.shares.restore(HERS, NOW) == 0
    assert await left(storage) == 1


async def test_of_many_that_failed_all_are_given_back_whoever_else_does(storage: Storage) -> None:
    for _ in range(3):
        await spend(storage, (await ended(storage, Answer("", Kind.NOTICE))).id)
    given = await asyncio.gather(*(storage.shares.restore(HERS, NOW) for _ in range(4)))
    assert sum(given) == 3
    assert await left(storage) == 3


async def test_a_gift_is_there_at_once_and_never_more_than_all(storage: Storage) -> None:
    for turn in (1, 2, 3):
        await spend(storage, turn)
    await storage.shares.grant(HERS, 2 * PACE.every, NOW)
    assert await left(storage) == 2
    await storage.shares.grant(HERS, 9 * PACE.every, NOW)
    assert [await spend(storage, turn) for turn in (4, 5, 6, 7)] == [True, True, True, False]


async def test_hearts_that_come_back_sooner_are_waited_for_no_longer(storage: Storage) -> None:
    slow, fast = Pace(most=1, every=3600.0), Pace(most=5, every=60.0)
    hers = slow.purse(1, ADA.id)
    assert await storage.shares.spend(hers, 1, slow.every, NOW) is not None
    hers = fast.purse(1, ADA.id)
    assert fast.hearts(await storage.shares.used(hers, NOW)).next_in == 60.0
    assert await storage.shares.spend(hers, 2, fast.every, NOW) is None
    assert await storage.shares.spend(hers, 2, fast.every, NOW + 60.0) is not None


async def test_money_is_put_aside_and_what_is_not_used_comes_back_once(storage: Storage) -> None:
    turn = await ended(storage, replace(Answer("Yes."), usage=USAGE, model="m"))
    assert await storage.shares.spend(MONEY, turn.id, 900.0, NOW) == 900.0
    assert await storage.shares.spend(MONEY, turn.id + 1, 200.0, NOW) is None
    [reserve] = await storage.shares.unsettled(MONEY)
    assert (reserve.amount, reserve.usage, reserve.model) == (900.0, USAGE, "m")
    assert reserve.was_begun
    for _ in range(2):
        await storage.shares.settle(MONEY, turn.id, 350.0, NOW)
    assert await storage.shares.used(MONEY, NOW + 60) == 350.0
    assert await storage.shares.unsettled(MONEY) == []


async def test_more_than_was_put_aside_is_counted_too(storage: Storage) -> None:
    turn = await ended(storage, Answer("Yes."))
    await storage.shares.spend(MONEY, turn.id, 10.0, NOW)
    await storage.shares.settle(MONEY, turn.id, 1200.0, NOW)
    assert await storage.shares.used(MONEY, NOW + 60) == 1200.0
    assert await storage.shares.spend(MONEY, turn.id + 1, 1.0, NOW) is None


async def test_what_is_not_done_is_not_settled(storage: Storage) -> None:
    _, waiting = await add(storage, say())
    await storage.shares.spend(MONEY, waiting, 10.0, NOW)
    assert await storage.shares.unsettled(MONEY) == []


async def test_whoever_wants_it_deleted_begins_anew(storage: Storage) -> None:
    await spend(storage, 1, NOW - 1)
    await storage.people.erase(Erasure(SPACE, ADA.id, (), 10**9, NOW), "nobody", NOW)
    assert await left(storage) == 3


async def test_old_steps_go_and_what_is_used_stays_known(storage: Storage) -> None:
    for turn in (1, 2):
        await spend(storage, turn)
    await storage.shares.purge(1, NOW + 1)
    assert await left(storage) == 1
    assert await spend(storage, 3)
    assert await left(storage) == 0


async def test_hearts_are_counted_of_students_and_without_those_given_back(
    storage: Storage,
) -> None:
    unanswered = await ended(storage, None)
    answered = await ended(storage, Answer("yes"))
    for turn in (unanswered, answered):
        assert await spend(storage, turn.id)
    await storage.shares.spend(purse(person="u2"), 90, PACE.every, NOW - 100)
    await storage.shares.spend(purse(2), 91, PACE.every, NOW)
    await storage.shares.spend(MONEY, 92, 10.0, NOW)
    assert await storage.shares.hearts(1, NOW - 50) == 2
    assert await storage.shares.restore(HERS, NOW) == 1
    assert await storage.shares.hearts(1, NOW - 50) == 1
    assert await storage.shares.hearts(1, NOW - 200) == 2
