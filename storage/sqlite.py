"""SQLite through aiosqlite: one connection, one statement a step, no open transaction."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
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

# A full disk (13), a locked file (5, 6), a read-only one (8), a failing one (10, 14): may pass.
_PASSING = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
}
_PRIMARY = 0xFF  # the low byte of an extended result code


class SqliteDatabase:
    """A connection in autocommit mode: what a statement did is on disk when it returns."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    @classmethod
    async def open(cls, path: Path) -> Self:
        """Open (and create) the file. Raises StorageDamaged if it is no database."""
        with sqlite_errors(path):
            connection = await aiosqlite.connect(path, isolation_level=None)
            connection.row_factory = sqlite3.Row
            try:
                for pragma in PRAGMAS:
                    await connection.execute_fetchall(pragma)
            except BaseException:
                await connection.close()
                raise
        return cls(connection)

    async def fetch(self, statement: str, values: Mapping[str, Any]) -> Sequence[Row]:
        """Run one statement; returns the rows it gives. One hop to the database's thread."""
        with sqlite_errors():
            return list(await self._connection.execute_fetchall(statement, values))  # type: ignore[arg-type]

    async def close(self) -> None:
        await self._connection.close()


@contextmanager
def sqlite_errors(path: Path | None = None) -> Iterator[None]:
    """The one door through which SQLite's errors come, as ours."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", None)
        if code is not None and code & _PRIMARY in _PASSING:
            raise StorageUnavailable(f"database: {error}") from error
        if isinstance(error, sqlite3.DatabaseError) and _is_damage(code):
            raise StorageDamaged(f"{path or 'the database'} is damaged: {error}") from error
        raise


def _is_damage(code: int | None) -> bool:
    return code is not None and code & _PRIMARY in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
