"""What nobody waits for is held until it is over, and ended with what started it."""

import asyncio
import gc

from bot.core.errands import Errands


async def test_an_errand_is_held_until_it_is_over() -> None:
    errands, is_over = Errands(), asyncio.Event()

    async def run() -> None:
        await asyncio.sleep(0)
        is_over.set()

    errands.start(run())
    gc.collect()
    await errands.settle()
    assert is_over.is_set()
    assert not errands._tasks


async def test_what_is_left_at_the_end_is_cancelled() -> None:
    errands = Errands()
    waiting = errands.start(asyncio.Event().wait())
    await errands.settle(grace=0)
    await errands.close()
    assert waiting.cancelled()
