"""Waits that a person's stop, or the deadline, ends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.core.errors import BotError, GaveUp


class Stopped(BotError):
    """The person said stop."""


class TookTooLong(GaveUp):
    """The model did not come to an end in time, so I stopped it. Please ask again."""


class Interruptible:
    """All waits of an attempt, one after the other."""

    def __init__(self) -> None:
        self.is_stopped = False
        self._waiting: asyncio.Timeout | None = None

    def stop(self) -> None:
        """At once where we only wait, else after the step that is being taken."""
        self.is_stopped = True
        if self._waiting is not None and not self._waiting.expired():
            self._waiting.reschedule(0.0)

    @asynccontextmanager
    async def until(self, deadline: float | None) -> AsyncIterator[None]:
        """Around a wait; `deadline`: by the clock of the event loop. Raises Stopped, TookTooLong.

        Where a stop came before, it does not begin.
        """
        if self.is_stopped:
            raise Stopped
        try:
            async with asyncio.timeout_at(deadline) as waiting:
                self._waiting = waiting
                yield
        except TimeoutError:
            if not waiting.expired():
                raise
            raise (Stopped() if self.is_stopped else TookTooLong()) from None
        finally:
            self._waiting = None
