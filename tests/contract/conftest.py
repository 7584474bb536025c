from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from bot.ports import Storage
from storage.migrate import migrate
from storage.sqlite import SqliteDatabase
from storage.turns import SqlStorage

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


STORAGES: Mapping[str, Opener] = {
    "sqlite": open_sqlite,
}


@pytest.fixture(params=STORAGES)
def open_storage(request: pytest.FixtureRequest) -> Opener:
    return STORAGES[request.param]


@pytest.fixture
async def storage(open_storage: Opener, tmp_path: Path) -> AsyncIterator[Storage]:
    async with open_storage(tmp_path) as storage:
        yield storage
