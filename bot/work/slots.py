"""How many turns are at work at once, and whose is next: everybody's in turn.

What is counted here is in one process; over several, each has slots of its own.
"""

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

_EACH = 4  # of one person: so another's question is among the next five, however many wait


class Slots:
    """`most`: turns at work in this process."""

    def __init__(self, most: int) -> None:
        self._free = most
        self._taken = Counter[str]()  # by person
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()

    def is_free(self, person: str) -> bool:
        return self._free > 0 and self._taken[person] < _EACH and person not in self._waiting

    @asynccontextmanager
    async def taken(self, person: str) -> AsyncIterator[None]:
        """While one of the slots is this person's; first wait until it is."""
        await self._wait(person)
        try:
            yield
        finally:
            self._give_back(person)

    async def _wait(self, person: str) -> None:
        place = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(person, deque()).append(place)
        self._hand_out()
        try:
            await place
        except asyncio.CancelledError:
            if place.cancelled():
                self._leave(person, place)
            else:  # it was given meanwhile
                self._give_back(person)
            raise

    def _leave(self, person: str, place: asyncio.Future[None]) -> None:
        waiting = self._waiting[person]
        waiting.remove(place)
        if not waiting:
            del self._waiting[person]

    def _give_back(self, person: str) -> None:
        self._free += 1
        self._taken[person] -= 1
        if not self._taken[person]:
            del self._taken[person]
        self._hand_out()

    def _hand_out(self) -> None:
        while self._free and (person := self._next()) is not None:
            waiting = self._waiting[person]
            self._free -= 1
            self._taken[person] += 1
            waiting.popleft().set_result(None)
            self._waiting.move_to_end(person)  # after all the others who wait
            if not waiting:
                del self._waiting[person]

    def _next(self) -> str | None:
        """Whoever was served longest ago, and has not enough at work."""
        return next((one for one in self._waiting if self._taken[one] < _EACH), None)
