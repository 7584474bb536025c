"""Who works, and how it is listened: alone, or (`bot.sharing`) as one process of several."""

import asyncio
from collections.abc import Mapping
from typing import Protocol

from bot.core.messages import EVERYBODY, ConversationKey, Message, Receipt
from bot.core.ports.adapter import Adapter, Windowed
from bot.core.ports.queue import Queue
from bot.work.holding import Ports
from bot.work.intake import Workers
from bot.work.worker import Worker
from storage.lanes import InProcessQueue


class Crew(Workers, Protocol):
    grace: float  # seconds that work in flight gets at a shut-down

    @property
    def queue(self) -> Queue: ...

    async def start(self) -> None:
        """Begin to work, first on what the last process left."""

    async def listen(self, adapter: Adapter) -> None: ...

    async def watch(self) -> None:
        """What goes on besides the work."""


def is_shown(adapters: Mapping[str, Adapter], key: ConversationKey) -> bool:
    """Whether what is answered there is seen, or posted, by this process."""
    adapter = adapters.get(key.platform)
    return adapter is not None and (not isinstance(adapter, Windowed) or adapter.shows(key))


class Alone:
    """All is heard and done in this process, so a word is enough."""

    grace = 3.2  # with all else below five; what is longer is taken up by the next start

    def __init__(self, ports: Ports) -> None:
        self.queue = InProcessQueue(ports.clock)
        self.worker = Worker(ports)
        self._ports = ports

    async def start(self) -> None:
        """Recovery is just another claim."""
        self.queue.start(self.worker.work)
        for conversation_id, key in await self._ports.storage.turns.open_conversations():
            if is_shown(self._ports.adapters, key):
                self.worker.forgive(conversation_id)
                self.queue.wake(conversation_id)

    def takes(self, key: ConversationKey) -> bool:
        return not self.queue.is_draining and is_shown(self._ports.adapters, key)

    def accepted(self, message: Message, receipt: Receipt) -> None:
        """A message that is known wakes, too: the first time may have been cut off before it."""
        if message.command == "stop" and receipt.turn_id is not None:
            person = None if message.text == EVERYBODY else message.author.id
            self.worker.stop(receipt.conversation_id, person, receipt.turn_id)
        self.worker.show_place(message, receipt.ahead)
        self.queue.wake(receipt.conversation_id)

    def withdrawn(self, receipt: Receipt) -> None:
        if receipt.turn_id is not None:
            self.worker.end(receipt.turn_id)
        self.queue.wake(receipt.conversation_id)

    async def listen(self, adapter: Adapter) -> None:
        await adapter.listen()

    async def watch(self) -> None:
        await asyncio.Event().wait()
