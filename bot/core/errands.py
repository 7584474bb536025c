"""What is done beside, and nobody waits for."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from bot.core.ending import end

Result = TypeVar("Result")


class Errands:
    """Tasks that are held until they are over: the event loop itself holds them weakly."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:
        task = asyncio.create_task(work)
        self.hold(task)
        return task

    def hold(self, task: asyncio.Task[Any]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._let_go)

    async def settle(self, grace: float | None = None) -> None:
        """Let them come to their end, for `grace` seconds."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=grace)

    async def close(self, patience: float = 5.0) -> None:
        """Cancel those that are left, as `end` does."""
        await end(self._tasks, patience)

    def _let_go(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
