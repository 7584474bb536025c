"""What runs on is ended, also where a cancellation was swallowed."""

import asyncio

from bot.core.ending import end


async def test_what_swallows_a_cancellation_is_cancelled_again() -> None:
    async def stubborn() -> None:
        for _ in range(3):
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                continue

    tasks = [asyncio.create_task(stubborn()) for _ in range(2)]
    await asyncio.sleep(0)
    await end(tasks, patience=0.01)
    assert all(task.done() for task in tasks)


async def test_what_cleans_up_is_not_disturbed() -> None:
    is_clean = False

    async def careful() -> None:
        nonlocal is_clean
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.01)
            is_clean = True

    task = asyncio.create_task(careful())
    await asyncio.sleep(0)
    await end([task])
    assert is_clean
