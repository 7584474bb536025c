"""What a process does from its start to its end: all that goes on beside one another."""

import asyncio
import gc
import signal
from collections.abc import Collection, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from bot.core.ending import end
from bot.core.ports.adapter import Adapter
from bot.core.ports.storage import Spent
from bot.crews import Crew
from bot.keeping import keep_telling, tell
from bot.wiring import Bot
from storage.store import Store

if TYPE_CHECKING:
    from bot.hosting import Host

log = structlog.get_logger()

WORKER = "worker"  # the role of a process that answers

Duty = Coroutine[None, None, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Duties:
    """`roles`: the platforms to listen to, and whether to answer; None: all there is.

    `to_the_end`: first answer all that is open, also what an earlier process left.
    """

    bot: Bot[Crew]
    store: Store
    host: "Host | None"
    also: Sequence[Duty]
    roles: Collection[str] | None
    to_the_end: bool

    async def run(self) -> None:
        """Until an adapter has nothing more to say, or a signal says to stop."""
        if self.host is not None:
            await self.host.open()
        duties = self._besides()
        if self.roles is None or WORKER in self.roles:
            duties += await self._work()
        _calm_collector()
        ports = self.bot.ports
        log.info("started", backend=ports.backend.name, platforms=sorted(ports.adapters))
        try:
            await _until_done_or_told(duties)
        finally:
            await self._stop()

    def _besides(self) -> list[Duty]:
        adapters = heard(self.bot.ports.adapters.values(), self.roles)
        duties: list[Duty] = [self._listen(adapter) for adapter in adapters]
        duties += [self.store.database.watch(), *self.also]
        if self.host is not None:
            duties.append(keep_telling(self.host.readiness.missing))
        return duties

    async def _listen(self, adapter: Adapter) -> None:
        await self.bot.crew.listen(adapter)
        if self.to_the_end:
            await self.bot.crew.queue.idle()

    async def _work(self) -> list[Duty]:
        bot = self.bot
        await bot.crew.start()
        # The table of prices takes a second to read: not while somebody waits for an answer.
        some_run = Spent(bot.ports.backend.name, "gpt-4o-mini", 1, 0, 1)
        reading = asyncio.create_task(asyncio.to_thread(bot.ports.price, some_run))
        reading.add_done_callback(lambda task: task.cancelled() or task.exception())
        return [bot.crew.watch(), bot.forgetting.run(), bot.ports.classroom.reminders.run()]

    async def _stop(self) -> None:
        tell("STOPPING=1")
        if self.host is not None:
            self.host.drain()
        crew, adapters = self.bot.crew, self.bot.ports.adapters.values()
        await crew.queue.drain(crew.grace)
        await asyncio.gather(*(adapter.close() for adapter in adapters), return_exceptions=True)
        if self.host is not None:
            await self.host.close()
        log.info("stopped")


def heard(adapters: Iterable[Adapter], roles: Collection[str] | None) -> list[Adapter]:
    """Those that are listened to in this process."""
    return [adapter for adapter in adapters if roles is None or adapter.platform in roles]


def _calm_collector() -> None:
    """Make the pauses of the garbage collector fewer and shorter: they were 100 ms and more.

    What is imported stays, so it need not be looked through again; and what is in hand in a rush is
    looked through whole less often.
    """
    gc.freeze()
    young, middle, _ = gc.get_threshold()
    gc.set_threshold(max(young, 1000), middle, 30)


async def _until_done_or_told(listening: Sequence[Duty]) -> None:
    """Listen until the first one has ended, or SIGTERM or SIGINT comes."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    tasks = [asyncio.create_task(one) for one in (*listening, told.wait())]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        await end(tasks)
