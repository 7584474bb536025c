from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from bot.core.ports.storage import Storage
from storage.store import open_file, open_server
from tests.databases import make_database
from tests.postgres import Postgres

Opener = Callable[[Path], AbstractAsyncContextManager[Storage]]


@pytest.fixture(scope="session")
def open_sqlite() -> Opener:
    @asynccontextmanager
    async def open_one(folder: Path) -> AsyncIterator[Storage]:
        await make_database(folder / "homeroom.db")
        async with open_file(folder / "homeroom.db") as store:
            yield store.storage

    return open_one


@pytest.fixture(scope="session")
def open_postgres(postgres: Postgres) -> Opener:
    """A database for each folder, as SQLite has a file there."""
    urls: dict[Path, str] = {}

    @asynccontextmanager
    async def open_one(folder: Path) -> AsyncIterator[Storage]:
        if folder not in urls:
            urls[folder] = postgres.create_migrated()
        async with open_server(urls[folder]) as store:
            yield store.storage

    return open_one


STORAGES: Mapping[str, str] = {"sqlite": "open_sqlite", "postgres": "open_postgres"}
"""The fixture that opens it."""


@pytest.fixture(params=STORAGES)
def open_storage(request: pytest.FixtureRequest) -> Opener:
    opener: Opener = request.getfixturevalue(STORAGES[request.param])
    return opener


@pytest.fixture
async def storage(open_storage: Opener, tmp_path: Path) -> AsyncIterator[Storage]:
    async with open_storage(tmp_path) as storage:
        yield storage
