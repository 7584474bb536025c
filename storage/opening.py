"""Connections to a SQLite file: one thread each, and what its errors are to us."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite

from bot.core.errors import StorageDamaged, StorageUnavailable

T = TypeVar("T")

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


class SqliteConnection(aiosqlite.Connection):
    """One whose thread can be waited for."""

    stopped: asyncio.Future[None] | None = None

    async def run(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call it with the connection, in its thread: one hop for all it does there."""
        result: T = await self._execute(function, self._conn, *arguments)  # type: ignore[no-untyped-call]
        return result

    def stop(self) -> asyncio.Future[None] | None:
        self.stopped = super().stop()
        return self.stopped


@asynccontextmanager
async def connect(path: Path | str, *, uri: bool = False) -> AsyncIterator[SqliteConnection]:
    """A connection in autocommit mode.

    Its thread has ended in the end, also where nothing could be opened: one that outlives the
    event loop would end with a traceback.
    """
    connection = SqliteConnection(lambda: sqlite3.connect(path, isolation_level=None, uri=uri), 1)
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
