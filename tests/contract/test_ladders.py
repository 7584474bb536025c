"""What every storage keeps its word on about hint ladders."""

import asyncio
from dataclasses import replace

from bot.core.erasures import Erasure
from bot.core.ladders import HintLevel, LadderStep, Why
from bot.core.ports.storage import Storage
from tests.contract.talk import ADA, NOW

HERS = f"test:class:{ADA.id}"
STEP = LadderStep(
    course=1,
    person=HERS,
    subject="hw3",
    n=1,
    turn_id=7,
    level=HintLevel.NUDGE,
    why=Why.BEGUN,
    at=NOW,
)
NEXT = replace(
    STEP, n=2, turn_id=8, level=HintLevel.TARGETED, why=Why.TRIED, digest="d", at=NOW + 1
)


async def test_steps_are_remembered_in_order_by_person_and_subject(storage: Storage) -> None:
    for step in (STEP, NEXT, replace(STEP, subject="hw4"), replace(STEP, person="test:class:bob")):
        assert await storage.ladders.add(step)
    assert list(await storage.ladders.of(1, HERS, "hw3")) == [STEP, NEXT]
    assert await storage.ladders.of(2, HERS, "hw3") == []


async def test_a_place_is_taken_by_one_of_many_and_a_turn_takes_one(storage: Storage) -> None:
    wishes = [replace(STEP, turn_id=number) for number in range(12)]
    added = await asyncio.gather(*map(storage.ladders.add, wishes))
    assert sum(added) == 1
    [there] = await storage.ladders.of(1, HERS, "hw3")
    assert not await storage.ladders.add(replace(there, n=2))


async def test_an_erase_and_a_purge_leave_nothing_of_hers(storage: Storage) -> None:
    for step in (STEP, NEXT):
        await storage.ladders.add(step)
    await storage.ladders.purge(1, NOW + 1)
    assert list(await storage.ladders.of(1, HERS, "hw3")) == [NEXT]
    wish = Erasure("test:class", ADA.id, (), 99, NOW + 5)
    await storage.people.erase(wish, "nobody", NOW + 5)
    assert await storage.ladders.of(1, HERS, "hw3") == []
