"""What several processes have together is given out to persons in turn, wherever they wait."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest

from bot.core.errands import Errands
from storage.postgres import PostgresDatabase
from storage.rations import SharedRation
from tests.patience import PATIENCE
from tests.postgres import Postgres


@dataclass
class Process:
    """One of those who share, with a lease of its own."""

    database: PostgresDatabase
    number: int
    begun: list[str]
    leaving: list[asyncio.Event] = field(default_factory=list)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    errands: Errands = field(default_factory=Errands)

    def ration(self, kind: str = "turns", most: int = 4, each: int = 4) -> SharedRation:
        held = (self.database, lambda: self.number, self.errands)
        return SharedRation(*held, kind, most=most, each=each)

    def come(self, ration: SharedRation, *people: str, amount: int = 1) -> None:
        self.tasks += [asyncio.create_task(self._stay(ration, one, amount)) for one in people]

    async def _stay(self, ration: SharedRation, person: str, amount: int) -> None:
        async with ration.taken(person, amount):
            leave = asyncio.Event()
            self.leaving.append(leave)
            self.begun.append(person)
            await leave.wait()

    async def waits_for(self, people: int) -> None:
        count = "SELECT count(*) AS people FROM rations"
        async with asyncio.timeout(PATIENCE):
            while (await self.database.fetch(count, {}))[0]["people"] < people:  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    async def hands_out_nothing(self, **rule: Any) -> bool:
        return not await self.ration(**rule)._hand_out()

    async def until_begun(self, count: int) -> None:
        async with asyncio.timeout(PATIENCE):
            while len(self.begun) < count:  # noqa: ASYNC110 - in whichever process
                await asyncio.sleep(0.01)


Start = Callable[[], Awaitable[Process]]


@pytest.fixture
async def start(postgres: Postgres) -> AsyncIterator[Start]:
    url, begun = postgres.create_migrated(), list[str]()
    async with AsyncExitStack() as stack:

        async def one() -> Process:
            database = await PostgresDatabase.open(url)
            stack.push_async_callback(database.close)
            signed_in = "INSERT INTO procrastinate_workers DEFAULT VALUES RETURNING id"
            [row] = await database.fetch(signed_in, {})
            process = Process(database, row["id"], begun)
            stack.push_async_callback(_end, process)
            return process

        yield one


async def _end(process: Process) -> None:
    for task in process.tasks:
        task.cancel()
    await asyncio.gather(*process.tasks, return_exceptions=True)
    await process.errands.close()


async def begins(processes: list[Process], count: int) -> list[str]:
    """Who began, once so many have; whoever began longest ago leaves for each that is missing."""
    begun = processes[0].begun
    async with asyncio.timeout(PATIENCE):
        while len(begun) < count:
            for process in processes:
                if process.leaving:
                    process.leaving.pop(0).set()
            await asyncio.sleep(0.05)
    return begun


async def test_all_processes_together_have_no_more_than_one_would(start: Start) -> None:
    one, other = await start(), await start()
    one.come(one.ration(each=9), *"abcde")
    other.come(other.ration(each=9), *"fghij")
    await one.waits_for(10)
    assert await one.hands_out_nothing(each=9)
    await other.until_begun(4)
    assert len(one.begun) == 4
    assert sorted(await begins([one, other], 10)) == [*"abcdefghij"]


async def test_behind_many_of_one_person_anothers_is_among_the_next_five(start: Start) -> None:
    one, other = await start(), await start()
    one.come(one.ration(most=1), *["alice"] * 30)
    await one.waits_for(30)
    other.come(other.ration(most=1), "bob")
    await one.waits_for(31)
    assert "bob" in (await begins([one, other], 5))[:5]


async def test_one_person_has_no_more_than_her_part_of_all_processes(start: Start) -> None:
    one, other = await start(), await start()
    for process in (one, other):
        process.come(process.ration(most=20), *["alice"] * 4)
    await one.waits_for(8)
    assert await one.hands_out_nothing(most=20)
    await other.until_begun(4)
    assert one.begun == ["alice"] * 4


async def test_what_a_process_had_that_died_is_free_for_the_others(start: Start) -> None:
    dead, other = await start(), await start()
    dead.come(dead.ration(most=1), "alice")
    await begins([other], 1)
    other.come(other.ration(most=1), "bob")
    await other.waits_for(2)
    assert other.begun == ["alice"]
    buried = "DELETE FROM procrastinate_workers WHERE id = :number RETURNING id"
    await other.database.fetch(buried, {"number": dead.number})
    assert await begins([other], 2) == ["alice", "bob"]


async def test_bytes_in_hand_are_counted_over_all_of_them(start: Start) -> None:
    one, other = await start(), await start()
    for process in (one, other):
        process.come(process.ration("bytes", 100, 100), "", "", amount=36)
    await one.waits_for(4)
    assert await one.hands_out_nothing(kind="bytes", most=100, each=100)
    await other.until_begun(2)
    assert len(one.begun) == 2
    await begins([one, other], 4)


async def test_who_gives_up_waiting_leaves_nothing_behind(start: Start) -> None:
    one = await start()
    one.come(one.ration(most=1), "alice", "bob", "carol")
    await one.waits_for(3)
    one.tasks[1].cancel()
    assert await begins([one], 2) in (["alice", "carol"], ["carol", "alice"])
