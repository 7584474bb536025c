"""To look at much stops nobody who works, and comes to an end."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core.errors import StorageUnavailable
from storage.looking import open_looker
from storage.sqlite import SqliteDatabase
from tests.databases import make_database

ENDLESS = """-- reads much
WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number)
SELECT count(*) AS numbers FROM number
"""
WRITE = "INSERT INTO memos VALUES (:name, 'value')"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "homeroom.db"


@pytest.fixture
async def database(path: Path) -> AsyncIterator[SqliteDatabase]:
    await make_database(path)
    database = await SqliteDatabase.open(path)
    yield database
    await database.close()


async def test_who_writes_and_reads_does_not_wait_for_who_looks(database: SqliteDatabase) -> None:
    looking = asyncio.create_task(database.fetch(ENDLESS, {}))
    for number in range(20):
        await database.fetch(WRITE, {"name": number})
        await database.fetch("SELECT count(*) FROM memos", {})
    assert not looking.done()
    await database._looker._connection.interrupt()
    with pytest.raises(StorageUnavailable):
        await looking


async def test_who_looks_too_long_is_told_so_and_the_next_is_not(
    database: SqliteDatabase, path: Path
) -> None:
    await database.fetch(WRITE, {"name": "one"})
    async with open_looker(path) as looker:
        with pytest.raises(StorageUnavailable, match="ask for less"):
            await looker.fetch(ENDLESS, {}, longest=0.01)
        assert len(await looker.fetch("SELECT * FROM memos", {})) == 1


async def test_who_looks_cannot_write(database: SqliteDatabase, path: Path) -> None:
    async with open_looker(path) as looker:
        with pytest.raises(StorageUnavailable, match="readonly"):
            await looker.fetch(WRITE, {"name": "one"})
