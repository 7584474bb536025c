from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from bot.ports import Storage
from storage.jobs import PostgresStorage
from storage.migrate import migrate
from storage.postgres import PostgresDatabase
from storage.postgres_schema import migrate as migrate_postgres
from storage.sqlite import SqliteDatabase
from storage.turns import SqlStorage
from tests.postgres import Postgres

Opener = Callable[[Path], AbstractAsyncContextManager[Storage]]


@asynccontextmanager
async def open_sqlite(folder: Path) -> AsyncIterator[Storage]:
    path = folder / "homeroom.db"
    await migrate(path)
    database = await SqliteDatabase.open(path)
    try:
        yield SqlStorage(database)
    finally:
        await database.close()


@pytest.fixture(scope="session")
def open_postgres(postgres: Postgres) -> Opener:
    """A database for each folder, as SQLite has a file there."""
    urls: dict[Path, str] = {}

    @asynccontextmanager
    async def open_one(folder: Path) -> AsyncIterator[Storage]:
        if folder not in urls:
            urls[folder] = postgres.create_migrated()
        await migrate_postgres(urls[folder])
        database = await PostgresDatabase.open(urls[folder])
        try:
            yield PostgresStorage(database)
        finally:
            await database.close()

    return open_one


@pytest.fixture(params=["sqlite", "postgres"])
def open_storage(request: pytest.FixtureRequest) -> Opener:
    if request.param == "sqlite":
        return open_sqlite
    opener: Opener = request.getfixturevalue("open_postgres")
    return opener


@pytest.fixture
async def storage(open_storage: Opener, tmp_path: Path) -> AsyncIterator[Storage]:
    async with open_storage(tmp_path) as storage:
        yield storage
