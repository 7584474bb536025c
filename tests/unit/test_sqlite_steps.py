"""Statements that come together go to the disk together, and stay apart in all else."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.core.errors import StorageUnavailable
from storage.sqlite import SqliteDatabase

ADD = "INSERT INTO words (word) VALUES (:word) RETURNING word"
ALL = "SELECT word FROM words ORDER BY rowid"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    database = await SqliteDatabase.open(tmp_path / "words.db")
    await database.fetch("CREATE TABLE words (word TEXT UNIQUE)", {})
    yield database
    await database.close()


async def words(database: SqliteDatabase) -> list[str]:
    return [row["word"] for row in await database.fetch(ALL, {})]


async def add(database: SqliteDatabase, *all_words: str) -> list[object]:
    steps = (database.fetch(ADD, {"word": word}) for word in all_words)
    return await asyncio.gather(*steps, return_exceptions=True)


async def test_what_comes_together_waits_for_the_disk_once(database: SqliteDatabase) -> None:
    seen: list[str] = []
    await database._connection.set_trace_callback(seen.append)
    await add(database, *(f"word {number}" for number in range(100)))
    assert seen.count("COMMIT") == 1
    assert len(await words(database)) == 100


async def test_steps_are_done_in_the_order_in_which_they_came(database: SqliteDatabase) -> None:
    before, _, after = await asyncio.gather(
        database.fetch(ALL, {}), database.fetch(ADD, {"word": "a"}), database.fetch(ALL, {})
    )
    assert [len(before), len(after)] == [0, 1]


async def test_a_step_that_fails_fails_alone(database: SqliteDatabase) -> None:
    outcomes = await add(database, "a", "b", "a", "c")
    assert [isinstance(one, sqlite3.IntegrityError) for one in outcomes] == [
        False, False, True, False
    ]  # fmt: skip
    assert await words(database) == ["a", "b", "c"]


async def test_steps_that_meet_a_lock_fail_all_and_nothing_of_them_is_done(
    database: SqliteDatabase, tmp_path: Path
) -> None:
    await database.fetch("PRAGMA busy_timeout = 0", {})
    with closing(sqlite3.connect(tmp_path / "words.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        outcomes = await add(database, "a", "b", "c")
        other.execute("ROLLBACK")
    assert [type(one) for one in outcomes] == [StorageUnavailable] * 3
    assert await words(database) == []
    assert len(await add(database, "a", "b", "c")) == 3
    assert await words(database) == ["a", "b", "c"]


async def test_nobody_waiting_any_more_disturbs_nobody(database: SqliteDatabase) -> None:
    steps = [asyncio.create_task(database.fetch(ADD, {"word": word})) for word in "abc"]
    await asyncio.sleep(0)
    steps[1].cancel()
    await asyncio.gather(*steps, return_exceptions=True)
    assert await words(database) == ["a", "b", "c"]


async def test_what_was_begun_is_done_before_it_closes(tmp_path: Path) -> None:
    database = await SqliteDatabase.open(tmp_path / "words.db")
    await database.fetch("CREATE TABLE words (word TEXT)", {})
    step = asyncio.create_task(database.fetch(ADD, {"word": "a"}))
    await asyncio.sleep(0)
    await database.close()
    assert len(await step) == 1
