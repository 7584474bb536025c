"""So much of something in one process, given out to persons in turn: turns at work, for one.

Over several processes it is given out by the database (`storage/rations.py`).
"""

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

EACH = 4  # of one person: so another's question is among the next five, however many wait


class Slots:
    """`most`: in all; `each`: how often one person may have of it at a time."""

    def __init__(self, most: int, each: int = EACH) -> None:
        self._most = most
        self._free = most
        self._each = each
        self._taken = Counter[str]()  # by person
        self._waiting: OrderedDict[str, deque[_Waiting]] = OrderedDict()

    def is_free(self, person: str) -> bool:
        return self._free > 0 and self._taken[person] < self._each and person not in self._waiting

    @asynccontextmanager
    async def taken(self, person: str, amount: int = 1) -> AsyncIterator[None]:
        amount = min(amount, self._most)
        await self._wait(person, amount)
        try:
            yield
        finally:
            self._give_back(person, amount)

    async def _wait(self, person: str, amount: int) -> None:
        place = _Waiting(asyncio.get_running_loop().create_future(), amount)
        self._waiting.setdefault(person, deque()).append(place)
        self._hand_out()
        try:
            await place.given
        except asyncio.CancelledError:
            if place.given.cancelled():
                self._leave(person, place)
            else:  # it was given meanwhile
                self._give_back(person, amount)
            raise

    def _leave(self, person: str, place: "_Waiting") -> None:
        waiting = self._waiting[person]
        waiting.remove(place)
        if not waiting:
            del self._waiting[person]
        self._hand_out()  # who comes next may want less

    def _give_back(self, person: str, amount: int) -> None:
        self._free += amount
        self._taken[person] -= 1
        if not self._taken[person]:
            del self._taken[person]
        self._hand_out()

    def _hand_out(self) -> None:
        while (person := self._next()) is not None:
            waiting = self._waiting[person]
            if waiting[0].amount > self._free:
                return
            place = waiting.popleft()
            self._free -= place.amount
            self._taken[person] += 1
            place.given.set_result(None)
            self._waiting.move_to_end(person)  # after all the others who wait
            if not waiting:
                del self._waiting[person]

    def _next(self) -> str | None:
        """Whoever was served longest ago, and has not enough at work."""
        return next((one for one in self._waiting if self._taken[one] < self._each), None)


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    given: asyncio.Future[None]
    amount: int
