"""What is known of exams without asking for it, and for how long."""

import asyncio
from collections.abc import Sequence
from typing import cast

import pytest

from bot.classroom.windows import KnownWindows
from bot.core.courses import Window
from bot.core.errors import StorageUnavailable
from bot.core.ports.storage import Courses

ONE = Window(course=7, local_start="", local_end="", zone="UTC", starts_at=1.0, ends_at=2.0)


class Shelf:
    """The windows of all processes; `looking` holds back whoever looks."""

    def __init__(self) -> None:
        self.windows: list[Window] = []
        self.looks = 0
        self.looking = asyncio.Event()
        self.looking.set()
        self.is_cut_off = False

    async def windows_of(self) -> Sequence[Window]:
        self.looks += 1
        found = tuple(self.windows)
        await self.looking.wait()
        return found


class OneCourse:
    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf

    async def windows(self, course: int) -> Sequence[Window]:
        return await self.shelf.windows_of()

    async def announce(self, window: Window) -> int:
        self.shelf.windows.append(window)
        if self.shelf.is_cut_off:
            raise StorageUnavailable
        return 1


class House:
    def __init__(self) -> None:
        self.now = 100.0
        self.shelf = Shelf()
        self.here, self.there = self.process(), self.process()

    def process(self) -> KnownWindows:
        return KnownWindows(cast("Courses", OneCourse(self.shelf)), lambda: self.now)


@pytest.fixture
def house() -> House:
    return House()


async def test_they_are_read_once_in_a_moment(house: House) -> None:
    for _ in range(3):
        await house.here.of(7)
    assert house.shelf.looks == 1


async def test_what_another_process_announces_holds_within_the_second(house: House) -> None:
    await house.here.of(7)
    await house.there.announce(ONE)
    house.now += 1.0
    assert await house.here.of(7) == (ONE,)


@pytest.mark.parametrize("is_cut_off", [False, True])
async def test_what_this_one_announces_holds_at_once(house: House, *, is_cut_off: bool) -> None:
    """Also where nobody knows whether it was written."""
    await house.here.of(7)
    house.shelf.is_cut_off = is_cut_off
    try:
        await house.here.announce(ONE)
    except StorageUnavailable:
        assert is_cut_off
    assert await house.here.of(7) == (ONE,)


async def test_a_look_that_an_announcement_overtakes_is_not_believed(house: House) -> None:
    house.shelf.looking.clear()
    look = asyncio.create_task(house.here.of(7))
    await asyncio.sleep(0)
    await house.here.announce(ONE)
    house.shelf.looking.set()
    await look
    assert await house.here.of(7) == (ONE,)
