"""The `Queue` port inside one process: a lane for each conversation that has open turns.

A lane is an asyncio task: it works, sleeps until the next attempt is due, and ends when
nothing is left. The lock on the database file (`storage.locks`) is what makes this process
the only one that works, so no turn needs a lease of its own.
"""

import asyncio
from collections.abc import Callable

import structlog

from bot.core.ports.queue import Work

log = structlog.get_logger()

_LONGEST_SLEEP = 60.0  # seconds; the clock of the machine may jump


class InProcessQueue:
    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lanes: dict[int, tuple[asyncio.Task[None], asyncio.Event]] = {}
        self._is_draining = False
        self._work: Work

    def start(self, work: Work) -> None:
        self._work = work

    def wake(self, conversation_id: int) -> None:
        """Something may be due there. Ignored while draining: the next start finds it."""
        if self._is_draining:
            return
        if conversation_id in self._lanes:
            self._lanes[conversation_id][1].set()
            return
        woken = asyncio.Event()
        lane = asyncio.create_task(self._run_lane(conversation_id, woken))
        self._lanes[conversation_id] = (lane, woken)

    @property
    def is_draining(self) -> bool:
        return self._is_draining

    async def idle(self) -> None:
        while self._lanes:
            await asyncio.wait([lane for lane, _ in self._lanes.values()])

    async def drain(self, grace: float) -> None:
        self._is_draining = True
        lanes = [lane for lane, _ in self._lanes.values()]
        for _, woken in list(self._lanes.values()):
            woken.set()
        if not lanes:
            return
        _, unfinished = await asyncio.wait(lanes, timeout=grace)
        for lane in unfinished:
            lane.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)
        log.info("queue_drained", finished=len(lanes) - len(unfinished), left=len(unfinished))

    async def _run_lane(self, conversation_id: int, woken: asyncio.Event) -> None:
        try:
            while not self._is_draining:
                woken.clear()
                due_at = await self._work(conversation_id)
                if due_at is None and not woken.is_set():
                    return
                await self._sleep(due_at, woken)
        finally:
            del self._lanes[conversation_id]

    async def _sleep(self, due_at: float | None, woken: asyncio.Event) -> None:
        wait = 0.0 if due_at is None else min(due_at - self._clock(), _LONGEST_SLEEP)
        if wait <= 0:
            await asyncio.sleep(0)  # others first
            return
        try:
            await asyncio.wait_for(woken.wait(), wait)
        except TimeoutError:
            return
