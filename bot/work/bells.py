"""A bell ends every request that shows words of an answer, however long its platform takes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial

from bot.core.ending import end
from bot.core.errors import BotError, Withheld
from bot.core.posts import Saying

_LOOK = 0.5  # seconds between two looks while a request is on its way

Gate = Callable[[], Awaitable[float | None]]
"""Whether words of an answer may be shown now, and for how many seconds; raises Withheld."""


async def always() -> None:
    """The gate where nothing is kept back."""


class Bell:
    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    async def next(self, saying: Saying) -> float | None:
        """When the next exam begins, on the clock of the event loop. Raises Withheld inside."""
        left = await self._gate() if saying.is_answer else None
        return None if left is None else asyncio.get_running_loop().time() + left

    @asynccontextmanager
    async def before(self, bell: float | None, saying: Saying) -> AsyncIterator[None]:
        """Around a request that shows something: a bell ends it, whatever came of it."""
        try:
            async with asyncio.timeout_at(bell) as until_bell, self._heard(until_bell, saying):
                yield
        except TimeoutError:
            if not until_bell.expired():
                raise
            await self._gate()
            raise Withheld("the bell rang while it was posted") from None

    @asynccontextmanager
    async def _heard(self, until_bell: asyncio.Timeout, saying: Saying) -> AsyncIterator[None]:
        """An exam may be announced, and begin, while a request waits for its platform."""
        loop, looks = asyncio.get_running_loop(), list[asyncio.Task[None]]()
        look = partial(self._look, until_bell, saying)
        late = loop.call_later(_LOOK, lambda: looks.append(loop.create_task(look())))
        try:
            yield
        finally:
            late.cancel()
            await end(looks)

    async def _look(self, until_bell: asyncio.Timeout, saying: Saying) -> None:
        while saying.is_answer:
            with suppress(BotError):
                try:
                    until_bell.reschedule(await self.next(saying))
                except Withheld:
                    until_bell.reschedule(0.0)
                    return
            await asyncio.sleep(_LOOK)
