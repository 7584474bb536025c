"""Who floods the bot keeps nobody waiting, and fills no memory."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.messages import Attachment
from bot.work.freight import Freight
from bot.work.slots import Slots


class Room:
    """People who come in, and leave when they are told to."""

    def __init__(self, slots: Slots) -> None:
        self._slots = slots
        self.begun: list[str] = []
        self._leave: dict[int, asyncio.Event] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def come(self, *people: str) -> None:
        self._tasks += [asyncio.create_task(self._stay(person)) for person in people]
        await _others()

    async def end_oldest(self) -> None:
        self._leave.pop(min(self._leave)).set()
        await _others()

    async def give_up(self, number: int) -> None:
        self._tasks[number].cancel()
        with suppress(asyncio.CancelledError):
            await self._tasks[number]
        await _others()

    async def empty(self) -> None:
        while self._leave:
            await self.end_oldest()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _stay(self, person: str) -> None:
        async with self._slots.taken(person):
            leave = self._leave[len(self.begun)] = asyncio.Event()
            self.begun.append(person)
            await leave.wait()


async def _others() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_behind_two_hundred_of_one_person_anothers_is_among_the_next_five() -> None:
    room = Room(Slots(32))
    await room.come(*["alice"] * 200, "bob")
    assert room.begun.index("bob") < 5
    await room.empty()
    assert room.begun.count("alice") == 200


async def test_where_all_slots_are_taken_people_are_served_in_turn() -> None:
    room = Room(Slots(1))
    await room.come(*"aaaabbc")
    await room.empty()
    assert "".join(room.begun) == "aabcaba" or "".join(room.begun) == "abcabaa"


@settings(deadline=None)
@given(st.lists(st.sampled_from("abcde!"), max_size=30), st.integers(1, 6))
def test_no_slot_is_lost_whoever_comes_and_gives_up(steps: list[str], most: int) -> None:
    slots = asyncio.run(_come_and_go(steps, most))
    assert slots._free == most
    assert not slots._waiting
    assert not slots._taken


async def _come_and_go(steps: list[str], most: int) -> Slots:
    slots = Slots(most)
    room = Room(slots)
    numbers = _numbers()
    for step in steps:
        if step == "!":
            number = next(numbers)
            if number < len(room._tasks):
                await room.give_up(number)
        else:
            await room.come(step)
    await room.empty()
    return slots


def _numbers() -> Iterator[int]:
    number = 0
    while True:
        yield number
        number += 2


@pytest.mark.parametrize("size", [9, 200])
async def test_no_more_bytes_are_in_hand_than_there_is_room_for(size: int) -> None:
    freight, in_hand, most = Freight(), 0, 0

    async def carry() -> None:
        nonlocal in_hand, most
        async with freight.loaded([Attachment("F", "a.png", "image/png", size * 2**20, "")]):
            in_hand += 1
            most = max(most, in_hand)
            try:
                await _others()
            finally:
                in_hand -= 1

    given_up = asyncio.create_task(carry())
    carrying = [asyncio.create_task(carry()) for _ in range(20)]
    await asyncio.sleep(0)
    given_up.cancel()
    await asyncio.gather(*carrying)
    assert most == 100 // (min(size, 20) * 2)
