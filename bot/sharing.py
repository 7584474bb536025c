"""One process of several over one database: whoever is free works, wherever it was heard."""

import asyncio
from dataclasses import replace
from functools import partial

import structlog

from bot.core.errors import BotError
from bot.core.messages import ConversationKey, Message, Receipt
from bot.core.ports.adapter import Adapter, Seated, Windowed
from bot.crews import is_shown
from bot.work.freight import MOST_IN_HAND, Freight
from bot.work.holding import Ports
from bot.work.slots import EACH
from bot.work.worker import Worker
from storage.machines import PostgresQueue, Seats, SharedRation
from storage.store import SharedStore

log = structlog.get_logger()

_LOOK = 0.5  # seconds between looks whether somebody said stop, wherever that was heard


class Sharing:
    """The crew of this process.

    The statement that writes a message down, or withdraws it, wakes them all; what a process
    that died has left is found by the queue.
    """

    grace = 0.3  # what is longer is taken up by others, at once

    def __init__(self, url: str, store: SharedStore, at_once: int, ports: Ports) -> None:
        self._seats = Seats(url)
        self._turns = store.turns
        self._register = ports.classroom.register
        self._shows = partial(is_shown, ports.adapters) if _has_window(ports) else None
        platforms = list(ports.adapters)
        self.queue = PostgresQueue(store.database, platforms, ports.clock, self._shows)
        self.worker = Worker(self._shared(store, ports, at_once))

    def _shared(self, store: SharedStore, ports: Ports, at_once: int) -> Ports:
        """The same, with what all processes have together."""
        ration = partial(SharedRation, store.database, self.queue.worker_id, self.queue.errands)
        return replace(
            ports,
            holds=self.queue.lease.holds,
            slots=ration("turns", most=at_once, each=EACH),
            freight=Freight(ration("bytes", most=MOST_IN_HAND, each=MOST_IN_HAND)),
        )

    async def start(self) -> None:
        self.queue.start(self.worker.work)
        if self._shows:
            for conversation_id, key in await self._turns.open_conversations():
                if self._shows(key):
                    self.queue.wake(conversation_id)

    def takes(self, key: ConversationKey) -> bool:
        """Whoever has the job does."""
        return False

    def accepted(self, message: Message, receipt: Receipt) -> None:
        """Who works on it is awake already; a stop is found by `watch`, whoever runs the turn."""
        self.worker.show_place(message, receipt.ahead)

    def withdrawn(self, receipt: Receipt) -> None:
        """`watch` finds it, whoever runs the turn."""

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
        """End the turns that run here and that nobody wants any more; hear of changed courses."""
        while True:
            await asyncio.sleep(_LOOK)
            running = self.worker.running()
            try:
                for turn_id in await self._turns.unwanted(running) if running else ():
                    self.worker.end(turn_id)
                await self._register.renew()
            except BotError as error:
                log.info("stops_not_read", error=str(error))


def _has_window(ports: Ports) -> bool:
    return any(isinstance(adapter, Windowed) for adapter in ports.adapters.values())
