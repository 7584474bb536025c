"""SQLite through aiosqlite: one connection, one statement a step, no open transaction."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Self

import aiosqlite

from bot.errors import StorageDamaged, StorageUnavailable

Row = Mapping[str, Any]

PRAGMAS = (
    "PRAGMA journal_mode = WAL",  # readers (`homeroom threads`) never wait for the writer
    "PRAGMA synchronous = FULL",  # a message we acknowledged survives a power cut
    "PRAGMA busy_timeout = 5000",  # ms; another program may hold the file for a moment
    "PRAGMA foreign_keys = ON",  # forgetting a conversation forgets all of it
    "PRAGMA journal_size_limit = 67108864",  # bytes; the log shrinks again after a burst
)

# A full disk (13), a locked file (5, 6, 15), a read-only one (8), a failing one (10, 14): may pass.
_PASSING = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
}
_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
PRIMARY_CODE = 0xFF  # the low byte of an extended result code


class SqliteDatabase:
    """A connection in autocommit mode: what a statement did is on disk when it returns."""

    def __init__(
        self, connection: aiosqlite.Connection, close: Callable[[], Awaitable[None]]
    ) -> None:
        self._connection = connection
        self.close = close

    @classmethod
    async def open(cls, path: Path) -> Self:
        """Open (and create) the file. Raises StorageDamaged if it is no database."""
        with sqlite_errors(path):
            async with AsyncExitStack() as stack:
                connection = await stack.enter_async_context(connect(path))
                connection.row_factory = sqlite3.Row
                for pragma in PRAGMAS:
                    await connection.execute_fetchall(pragma)
                return cls(connection, stack.pop_all().aclose)

    async def fetch(self, statement: str, values: Mapping[str, Any]) -> Sequence[Row]:
        """Run one statement; returns the rows it gives. One hop to the database's thread."""
        with sqlite_errors():
            return list(await self._connection.execute_fetchall(statement, values))  # type: ignore[arg-type]


class _Connection(aiosqlite.Connection):
    """One whose thread can be waited for."""

    stopped: asyncio.Future[None] | None = None

    def stop(self) -> asyncio.Future[None] | None:
        self.stopped = super().stop()
        return self.stopped


@asynccontextmanager
async def connect(path: Path | str, *, uri: bool = False) -> AsyncIterator[aiosqlite.Connection]:
    """A connection in autocommit mode.

    Its thread has ended in the end, also where nothing could be opened: one that outlives the
    event loop would end with a traceback.
    """
    connection = _Connection(lambda: sqlite3.connect(path, isolation_level=None, uri=uri), 1)
    try:
        async with connection:
            yield connection
    finally:
        if connection.stopped is not None:
            await connection.stopped


@contextmanager
def sqlite_errors(path: Path | None = None) -> Iterator[None]:
    """The one door through which SQLite's errors come, as ours."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & PRIMARY_CODE
        if code in _PASSING:
            raise StorageUnavailable(f"{path or 'the database'}: {error}") from error
        if code in _DAMAGE:
            raise StorageDamaged(f"{path or 'the database'} is damaged: {error}") from error
        raise
