"""How many bytes of files are in hand at once, whoever has sent them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from bot.core.files import MOST_BYTES_IN_ALL
from bot.core.messages import Attachment
from bot.core.ports.ration import Ration
from bot.work.slots import Slots

MOST_IN_HAND = 100 * 1024 * 1024
_COPIES = 2  # the file, and once more while it comes or is written
_ALL = ""  # files wait for room in the order they came, whoever's they are


class Freight:
    def __init__(self, room: Ration | None = None) -> None:
        self._room = room or Slots(MOST_IN_HAND, MOST_IN_HAND)

    @asynccontextmanager
    async def loaded(self, files: Sequence[Attachment]) -> AsyncIterator[None]:
        """While these are in hand; first wait until there is room."""
        size = min(sum(file.size for file in files), MOST_BYTES_IN_ALL) * _COPIES
        if not size:
            yield
            return
        async with self._room.taken(_ALL, size):
            yield
