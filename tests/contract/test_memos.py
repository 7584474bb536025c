"""What every storage keeps its word on about memos."""

import asyncio

from bot.core.ports.storage import Storage


async def test_a_memo_is_recalled_as_it_was_last_written(storage: Storage) -> None:
    assert await storage.memos.recall("assistant tutor") is None
    await storage.memos.remember("assistant tutor", "asst_1")
    await storage.memos.remember("assistant tutor", "asst_2")
    assert await storage.memos.recall("assistant tutor") == "asst_2"
    assert await storage.memos.recall("assistant Tutor") is None


async def test_a_memo_is_replaced_only_by_who_knows_what_it_was(storage: Storage) -> None:
    assert await storage.memos.replace("identifies", "", "1")
    assert not await storage.memos.replace("identifies", "", "2")
    many = [storage.memos.replace("identifies", "1", str(number)) for number in range(2, 12)]
    assert sum(await asyncio.gather(*many)) == 1
    assert await storage.memos.recall("identifies") not in {None, "1"}
