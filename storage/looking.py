"""A connection to a file that only reads, with a thread and a deadline of its own.

With SQLite's log (WAL) it waits for nobody who writes, nor does anybody wait for it.
"""

import sqlite3
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bot.core.errors import StorageUnavailable
from bot.rules.vectors import apart
from storage.database import LONGEST_LOOK, Row
from storage.opening import SqliteConnection, connect, sqlite_errors

_STEPS = 10_000  # of SQLite's machine between two looks at the clock: less than a millisecond


class Looker:
    def __init__(self, connection: SqliteConnection) -> None:
        self._connection = connection

    async def fetch(
        self, statement: str, values: Mapping[str, Any], longest: float = LONGEST_LOOK
    ) -> Sequence[Row]:
        """Raises StorageUnavailable if it takes longer than so many seconds."""
        with sqlite_errors():
            try:
                return await self._connection.run(_look, statement, values, longest)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
                    raise
                raise StorageUnavailable(
                    f"looking that up took more than {longest:g} s: ask for less at once"
                ) from error


@asynccontextmanager
async def open_looker(path: Path) -> AsyncIterator[Looker]:
    """The file must be there."""
    async with connect(f"{path.resolve().as_uri()}?mode=ro", uri=True) as connection:
        connection.row_factory = sqlite3.Row
        await connection.create_function("apart", 2, apart, deterministic=True)
        yield Looker(connection)


def _look(
    connection: sqlite3.Connection, statement: str, values: Mapping[str, Any], longest: float
) -> Sequence[Row]:
    until = time.monotonic() + longest
    connection.set_progress_handler(lambda: time.monotonic() > until, _STEPS)
    return connection.execute(statement, values).fetchall()
