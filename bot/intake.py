"""The door: a message becomes a durable turn, and only then is its platform told so."""

from collections.abc import Callable
from dataclasses import replace

import structlog

from bot.messages import Author, Message, Receipt
from bot.ports import Clock, Storage
from bot.text import clean

log = structlog.get_logger()

_CHARS_OF_NAME = 80


class Intake:
    """Accepts messages. `wake` starts work in a conversation, `stop` ends what runs there."""

    def __init__(
        self,
        storage: Storage,
        wake: Callable[[int], None],
        stop: Callable[[int, int], None],
        clock: Clock,
    ) -> None:
        self._storage = storage
        self._wake = wake
        self._stop = stop
        self._clock = clock

    async def accept(self, message: Message) -> Receipt:
        """Write a message down, once. Raises StorageUnavailable: then it was not taken."""
        receipt = await self._storage.add_turn(_cleaned(message), self._clock())
        if receipt.turn_id is None:
            log.info("message_repeated", message=message.unique_key)
            return receipt
        log.info(
            "message_accepted",
            turn=receipt.turn_id,
            message=message.unique_key,
            conversation=str(message.key),
            chars=len(message.text),
        )
        if message.command == "stop":
            self._stop(receipt.conversation_id, receipt.turn_id)
        self._wake(receipt.conversation_id)
        return receipt


def _cleaned(message: Message) -> Message:
    name = " ".join(clean(message.author.name).split())[:_CHARS_OF_NAME]
    return replace(
        message,
        text=clean(message.text).strip(),
        author=Author(clean(message.author.id), name),
    )
