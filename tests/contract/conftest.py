import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from bot.core.ports.storage import Storage
from storage.store import Store, open_file, open_server
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


@pytest.fixture(params=STORAGES)
def opening(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Callable[[], AbstractAsyncContextManager[Store]]:
    """Opens one database, each time anew, with all that looks at it."""
    if request.param == "sqlite":
        return partial(open_file, tmp_path / "homeroom.db")
    return partial(open_server, request.getfixturevalue("postgres").create_migrated())


@pytest.fixture
async def store(
    opening: Callable[[], AbstractAsyncContextManager[Store]],
) -> AsyncIterator[Store]:
    async with opening() as store:
        yield store


@pytest.fixture(params=STORAGES)
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The place of an empty database, as another process can be told it."""
    if request.param == "postgres":
        postgres: Postgres = request.getfixturevalue("postgres")
        return postgres.create_migrated()
    path = tmp_path / "homeroom.db"
    asyncio.run(make_database(path))
    return str(path)
