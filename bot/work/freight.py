"""How many bytes of files are in hand at once, whoever has sent them."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from bot.core.files import MOST_BYTES_IN_ALL
from bot.core.messages import Attachment

_MOST = 100 * 1024 * 1024
_COPIES = 4  # the file, written for JSON, in the request, and that as bytes


class Freight:
    """Files wait for room in the order they came."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._room = most
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    @asynccontextmanager
    async def loaded(self, files: Sequence[Attachment]) -> AsyncIterator[None]:
        """While these are in hand; first wait until there is room."""
        size = min(sum(file.size for file in files), MOST_BYTES_IN_ALL) * _COPIES
        await self._wait(size)
        try:
            yield
        finally:
            self._unload(size)

    async def _wait(self, size: int) -> None:
        place = asyncio.get_running_loop().create_future()
        self._waiting.append((size, place))
        self._hand_out()
        try:
            await place
        except asyncio.CancelledError:
            if place.cancelled():
                self._waiting.remove((size, place))
                self._hand_out()
            else:
                self._unload(size)
            raise

    def _unload(self, size: int) -> None:
        self._room += size
        self._hand_out()

    def _hand_out(self) -> None:
        while self._waiting and self._waiting[0][0] <= self._room:
            size, place = self._waiting.popleft()
            self._room -= size
            place.set_result(None)
