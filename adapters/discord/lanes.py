"""Lanes: what concerns one channel is done one after the other, in the order it was put in.

discord.py starts event handlers in order, but they lose it with their first await. So everything
is put here at once, and a channel's catch-up stands before its live messages.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterator

import structlog

from bot.core.errands import Errands
from bot.core.errors import StorageUnavailable

log = structlog.get_logger()

_PATIENCE = 1.0  # seconds for whoever reserved a place
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 8.0  # seconds until the disk is tried again

Work = Callable[[], Awaitable[None]]


class Lanes:
    def __init__(self, patience: float = _PATIENCE) -> None:
        self._patience = patience
        self._lanes: dict[str, deque[Work]] = {}
        self._errands = Errands()
        self._reserved: dict[str, asyncio.Future[Work]] = {}

    def put(self, lane: str, work: Work) -> None:
        if lane in self._lanes:
            self._lanes[lane].append(work)
            return
        self._lanes[lane] = deque([work])
        self._errands.start(self._run(lane))

    def reserve(self, lane: str, ticket: str) -> None:
        """Keep a place for work that is known a moment later."""
        place: asyncio.Future[Work] = asyncio.get_running_loop().create_future()
        self._reserved[ticket] = place
        self.put(lane, lambda: self._take_place(ticket, place))

    def fill(self, lane: str, ticket: str, work: Work) -> None:
        """Put work in the place that was reserved for it, or else at the end."""
        place = self._reserved.pop(ticket, None)
        if place is None:
            self.put(lane, work)
        else:
            place.set_result(work)

    async def settle(self, grace: float) -> None:
        """Let what is in the lanes be written down, for `grace` seconds."""
        await self._errands.settle(grace)

    async def close(self) -> None:
        """Leave what is still in the lanes."""
        await self._errands.close(patience=0.5)

    async def _take_place(self, ticket: str, place: asyncio.Future[Work]) -> None:
        try:
            async with asyncio.timeout(self._patience):
                work = await asyncio.shield(place)
        except TimeoutError:  # nobody came
            self._reserved.pop(ticket, None)
            return
        await work()

    async def _run(self, lane: str) -> None:
        waiting = self._lanes[lane]
        try:
            while waiting:
                await _do(waiting.popleft(), lane)
        finally:
            del self._lanes[lane]


async def _do(work: Work, lane: str) -> None:
    waits = _waits()
    while not await _is_over(work, lane):  # noqa: ASYNC110 - a disk calls nobody
        await asyncio.sleep(next(waits))


async def _is_over(work: Work, lane: str) -> bool:
    """What fails does not hold up those behind it, except while nothing can be written down."""
    try:
        await work()
    except StorageUnavailable as error:
        log.error("not_written_down", channel=lane, error=str(error))  # noqa: TRY400
        return False
    except Exception:
        log.exception("lane_failed", channel=lane)
    return True


def _waits() -> Iterator[float]:
    wait = _FIRST_WAIT
    while True:
        yield wait
        wait = min(wait * 2, _LONGEST_WAIT)
