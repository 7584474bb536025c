"""The database, opened and up to date, and the two views of it."""

import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bot.core.errors import ConfigError
from bot.core.ports.storage import Storage
from storage.aliases import SqlAliases
from storage.calls import SqlCalls
from storage.cards import SqlCards
from storage.choices import SqlChoices
from storage.courses import SqlCourses
from storage.database import Database, OpenDatabase, Writable
from storage.endorsements import SqlEndorsements
from storage.fulltext import FullText, fts5, tsvector
from storage.ladders import SqlLadders
from storage.loans import SqlLoans
from storage.looks import SqlLooks
from storage.materials import SqlMaterials
from storage.memos import SqlMemory
from storage.migrate import migrate
from storage.notes import SqlNotes
from storage.people import SqlPeople
from storage.posts import SqlPosts
from storage.records import SqlRecords
from storage.runs import SqlRuns
from storage.sessions import SqlSessions
from storage.shares import SqlShares
from storage.sightings import SqlSightings
from storage.sqlite import SqliteDatabase
from storage.summaries import SqlSummaries
from storage.turns import SqlTurns
from storage.vectors import POSTGRES_APART, SQLITE_APART, SqlVectors
from storage.views import SqlViews

if TYPE_CHECKING:  # its libraries are an extra
    from storage.machines import PostgresDatabase, PostgresTurns


@dataclass(frozen=True, slots=True)
class Store:
    database: OpenDatabase
    storage: Storage
    records: SqlRecords
    views: SqlViews
    clock: Callable[[], float]


@dataclass(frozen=True, slots=True)
class SharedStore(Store):
    """One that any number of processes work on."""

    database: "PostgresDatabase"
    turns: "PostgresTurns"


@dataclass(frozen=True, slots=True)
class Dialect:
    """How passages are found in a database: by their words, and by their signs."""

    fulltext: FullText
    apart: str


SQLITE = Dialect(fts5, SQLITE_APART)
POSTGRES = Dialect(tsvector, POSTGRES_APART)


def storage_over(
    database: Database,
    turns: SqlTurns | None = None,
    dialect: Dialect = SQLITE,
    *,
    secret: str = "",
) -> Storage:
    fetch = Writable(database)
    return Storage(
        turns or SqlTurns(fetch, secret),
        SqlSessions(fetch),
        SqlSummaries(fetch),
        SqlPosts(fetch),
        SqlRuns(fetch),
        SqlCalls(fetch),
        SqlChoices(fetch),
        SqlLooks(fetch),
        SqlPeople(fetch),
        SqlMemory(fetch),
        SqlNotes(fetch),
        SqlShares(fetch),
        SqlCards(fetch),
        SqlEndorsements(fetch),
        SqlLadders(fetch),
        SqlAliases(fetch),
        SqlSightings(fetch),
        SqlCourses(fetch),
        SqlMaterials(fetch, dialect.fulltext),
        SqlVectors(fetch, dialect.apart),
        SqlLoans(fetch),
    )


@asynccontextmanager
async def open_file(path: Path, secret: str = "") -> AsyncIterator[Store]:
    if path.is_dir():
        raise ConfigError(f"DATABASE_URL: {path} is a folder and no file")
    if not path.absolute().parent.is_dir():
        raise ConfigError(f"DATABASE_URL: there is no folder {path.parent}")
    await migrate(path)
    database = await SqliteDatabase.open(path)
    try:
        views = SqlViews(database, time.time)
        storage = storage_over(database, secret=secret)
        yield Store(database, storage, SqlRecords(database), views, time.time)
    finally:
        await database.close()


@asynccontextmanager
async def open_server(url: str, secret: str = "") -> AsyncIterator[SharedStore]:
    with extra():
        from storage import machines  # noqa: PLC0415 - its libraries are an extra
    await machines.migrate(url)
    database = await machines.PostgresDatabase.open(url)
    try:
        turns = machines.PostgresTurns(Writable(database), secret)
        storage = storage_over(database, turns, POSTGRES)
        records, views = SqlRecords(database), SqlViews(database, database.clock)
        yield SharedStore(database, storage, records, views, database.clock, turns)
    finally:
        await database.close()


@asynccontextmanager
async def only_terminal(url: str) -> AsyncIterator[None]:
    """Raises ConfigError where another one talks over this database."""
    with extra():
        from storage import machines  # noqa: PLC0415 - its libraries are an extra
    async with machines.only_seat(url, "terminal"):
        yield


@contextmanager
def extra() -> Iterator[None]:
    """Around the import of what is there only where it was asked for."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"DATABASE_URL names PostgreSQL, but {error.name} is not installed: "
            'install Homeroom as "homeroom[postgres]"'
        ) from error
