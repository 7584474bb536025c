"""Who works next, as the work sees it."""

from collections.abc import Awaitable, Callable
from typing import Protocol

Work = Callable[[int], Awaitable[float | None]]
"""Does what is due in a conversation; returns when to come back (None: when woken)."""


class Queue(Protocol):
    """Who works next: at most one worker in a conversation, any number of conversations."""

    def start(self, work: Work) -> None: ...

    def wake(self, conversation_id: int) -> None: ...

    async def idle(self) -> None:
        """Return when nothing is left to do, now or later."""

    async def drain(self, grace: float) -> None:
        """Take nothing more; give running work `grace` seconds, then leave it to the next start."""
