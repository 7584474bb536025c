"""How what runs on is ended."""

import asyncio
from collections.abc import Iterable
from typing import Any


async def end(tasks: Iterable[asyncio.Future[Any]], patience: float = 5.0) -> None:
    """Cancel tasks until they are over, giving each try `patience` seconds to clean up.

    Once is not enough: before Python 3.12 `wait_for`, which libraries use everywhere, swallows a
    cancellation that comes with a result, and what goes round and round would go on for ever.
    """
    all_of_them = set(tasks)
    running = {task for task in all_of_them if not task.done()}
    while running:
        for task in running:
            task.cancel()
        _, running = await asyncio.wait(running, timeout=patience)
    for task in all_of_them:
        task.cancelled() or task.exception()  # else asyncio complains that nobody asked
