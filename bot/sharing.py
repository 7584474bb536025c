"""One process of several over one database: what is different for its worker."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, cast

import structlog

from bot.core.errors import StaleTurn, StorageUnavailable
from bot.core.messages import Message
from bot.core.ports.adapter import Adapter, Seated
from bot.work.holding import Ports
from bot.work.worker import Worker
from storage.machines import PostgresDatabase, PostgresQueue, PostgresStorage, Seats
from storage.store import Store

log = structlog.get_logger()

_LOOK = 0.5  # seconds between looks whether somebody said stop, wherever that was heard

Unwanted = Callable[[Sequence[int]], Awaitable[Sequence[int]]]
"""Which of these turns were stopped or withdrawn."""


class SharingWorker(Worker):
    """Whoever is free works on a message, wherever it was heard.

    The statement that writes a message down, or withdraws it, wakes them all; what a process
    that died has left is found by the queue.
    """

    async def start(self) -> None:
        self._queue.start(self.work)

    def wake(self, conversation_id: int) -> None:
        """It is awake."""

    def stop(self, conversation_id: int, person: str | None, before: int) -> None:
        """Whoever runs it watches."""

    def cancel(self, conversation_id: int, turn_id: int) -> None:
        """The same."""

    async def watch(self, unwanted: Unwanted) -> None:
        """End the turns that run here and that nobody wants any more."""
        while True:
            await asyncio.sleep(_LOOK)
            held = {runner.turn.id: runner for runner in self._runners.values()}
            try:
                for turn_id in await unwanted(list(held)) if held else ():
                    held[turn_id].stop()
            except StorageUnavailable as error:
                log.info("stops_not_read", error=str(error))


class Sharing:
    """The crew of this process."""

    grace = 0.3  # what is longer is taken up by others, at once

    def __init__(self, url: str, store: Store, ports: Ports) -> None:
        self._seats = Seats(url)
        self._storage = cast("PostgresStorage", store.turns)
        database = cast("PostgresDatabase", store.database)
        self.queue = PostgresQueue(database, list(ports.adapters), ports.clock)
        holds = self.queue.lease.holds
        adapters = {name: leased(adapter, holds) for name, adapter in ports.adapters.items()}
        self.worker = SharingWorker(replace(ports, adapters=adapters), self.queue)

    async def listen(self, adapter: Adapter) -> None:
        """To all there is, or to what is in the seats that this process gets."""
        if not isinstance(adapter, Seated):
            return await adapter.listen()
        seats = await adapter.seats()
        tasks = [asyncio.create_task(self._sit(adapter.platform, adapter, seat)) for seat in seats]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _sit(self, platform: str, adapter: Seated, seat: str) -> None:
        await self._seats.hold(f"{platform} {seat}", partial(adapter.sit, seat))

    async def watch(self) -> None:
        await self.worker.watch(self._storage.unwanted)


class _Leased:
    """An adapter that shows nothing more once others may have taken over what it shows."""

    def __init__(self, adapter: Adapter, holds: Callable[[], bool]) -> None:
        self._adapter = adapter
        self._holds = holds

    async def post(self, question: Message, text: str, *, nonce: str, final: bool) -> str:
        self._require()
        return await self._adapter.post(question, text, nonce=nonce, final=final)

    async def edit(self, question: Message, ref: str, text: str, *, final: bool) -> None:
        self._require()
        await self._adapter.edit(question, ref, text, final=final)

    def _require(self) -> None:
        if not self._holds():
            raise StaleTurn("this process was not heard of for too long: others go on")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._adapter, name)


def leased(adapter: Adapter, holds: Callable[[], bool]) -> Adapter:
    """`holds` says whether nobody else can have taken over the work of this process."""
    return cast("Adapter", _Leased(adapter, holds))
