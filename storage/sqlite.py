"""SQLite through aiosqlite: one connection, one statement a step, no open transaction."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import structlog

from bot.core.errors import BotError, StorageUnavailable
from storage.belonging import brand
from storage.database import READS_MUCH, Row, Statement, patience
from storage.identity import Identity
from storage.looking import Looker, open_looker
from storage.opening import SqliteConnection, connect, sqlite_errors

log = structlog.get_logger()

PRAGMAS = (
    "PRAGMA journal_mode = WAL",  # readers (`homeroom threads`) never wait for the writer
    "PRAGMA synchronous = FULL",  # a message we acknowledged survives a power cut
    "PRAGMA busy_timeout = 5000",  # ms; another program may hold the file for a moment
    "PRAGMA secure_delete = ON",  # what is deleted is overwritten
    "PRAGMA foreign_keys = ON",  # forgetting a conversation forgets all of it
    "PRAGMA journal_size_limit = 67108864",  # bytes; the log shrinks again after a burst
)


_REWRITE = "INSERT INTO passage_words (passage_words) VALUES ('optimize')"


_Rows = Sequence[Sequence[Row]]  # of each statement


@dataclass(frozen=True, slots=True)
class _Step:
    """Statements that belong together, and who waits for their rows."""

    statements: Sequence[Statement]
    rows: "asyncio.Future[_Rows]"

    def run(self, connection: sqlite3.Connection) -> "_Rows":
        first, *others = self.statements
        rows = [connection.execute(*first).fetchall()]
        if others and not rows[0]:
            return [rows[0]] + [[] for _ in others]
        return rows + [connection.execute(*other).fetchall() for other in others]

    def tell(self, outcome: "_Rows | Exception") -> None:
        if self.rows.done():  # who waited has been cancelled
            return
        if isinstance(outcome, Exception):
            self.rows.set_exception(outcome)
        else:
            self.rows.set_result(outcome)


class SqliteDatabase:
    """A connection in autocommit mode: what a statement did is on disk when it returns.

    Statements that come while the database is at work go together: one hop to its thread, and one
    wait for the disk. Each is still a step of its own; none sees another half done.
    """

    def __init__(
        self,
        connection: SqliteConnection,
        reader: sqlite3.Connection,
        looker: Looker,
        identity: Identity,
        close: Callable[[], Awaitable[None]],
    ) -> None:
        self._identity = identity
        self._connection = connection
        self._reader = reader
        self._looker = looker
        self._close = close
        self._waiting: list[_Step] = []
        self._work: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, path: Path) -> Self:
        """Open (and create) the file. Raises StorageDamaged if it is no database."""
        with sqlite_errors(path):
            async with AsyncExitStack() as stack:
                connection = await stack.enter_async_context(connect(path))
                connection.row_factory = sqlite3.Row
                for pragma in PRAGMAS:
                    await connection.execute_fetchall(pragma)
                reader = stack.enter_context(closing(_open_reader(path)))
                looker = await stack.enter_async_context(open_looker(path))
                close = stack.pop_all().aclose
                return cls(connection, reader, looker, Identity(path), close)

    async def fetch(self, statement: str, values: Mapping[str, Any]) -> Sequence[Row]:
        """Run one statement; returns the rows it gives.

        Where nothing is at work, one that begins with SELECT is run on the spot: it looks at a few
        rows by an index, and the hop to a thread and back would cost ten times as much. What reads
        much begins with a comment that says so, and has a connection of its own.
        """
        if statement.startswith(READS_MUCH):
            return await self._looker.fetch(statement, values, patience(statement))
        if self._work is None and statement.lstrip().startswith("SELECT"):
            with suppress(sqlite3.Error):  # then in the thread, which has patience
                return self._reader.execute(statement, values).fetchall()
        return (await self.together([(statement, values)]))[0]

    async def together(self, statements: Sequence[Statement]) -> Sequence[Sequence[Row]]:
        step = _Step(statements, asyncio.get_running_loop().create_future())
        self._waiting.append(step)
        if self._work is None:
            self._work = asyncio.create_task(self._run())
        with sqlite_errors():
            return await step.rows

    async def watch(self) -> None:
        """Raises StorageGone once the file was moved, removed or replaced.

        Who watches is the one that works on it: what it writes is of a brand of its own.
        """
        with suppress(BotError), sqlite_errors():
            await brand(self._connection, self._identity.path)
        await self._identity.watch()

    async def scrub(self) -> None:
        """What was deleted is overwritten in the file already; its copies in the log go as well.

        The index of passages keeps removed words until it is written anew.
        """
        with sqlite_errors():
            await self._connection.execute_fetchall(_REWRITE)
            await self._connection.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")

    async def close(self) -> None:
        if self._work is not None:
            await self._work
        await self._close()

    async def _run(self) -> None:
        try:
            while self._waiting:
                steps, self._waiting = self._waiting, []
                await self._run_steps(steps)
        finally:
            self._work = None

    async def _run_steps(self, steps: Sequence[_Step]) -> None:
        outcomes: Sequence[_Rows | Exception]
        try:
            outcomes = await self._connection.run(_run_found, steps, self._identity)
        except Exception as error:  # noqa: BLE001 - the connection is gone: all are told so
            outcomes = [error] * len(steps)
        for step, outcome in zip(steps, outcomes, strict=True):
            step.tell(outcome)


def _open_reader(path: Path) -> sqlite3.Connection:
    reader = sqlite3.connect(path, isolation_level=None, timeout=0)
    reader.row_factory = sqlite3.Row
    reader.execute("PRAGMA query_only = ON")
    return reader


def _run_found(
    connection: sqlite3.Connection, steps: Sequence[_Step], identity: Identity
) -> Sequence[_Rows | Exception]:
    """Nothing is acknowledged that stands in a file nobody will find: looked at after the work."""
    outcomes = _run_all(connection, steps)
    if lost := identity.lost():
        return [StorageUnavailable(lost)] * len(steps)
    return outcomes


def _run_all(connection: sqlite3.Connection, steps: Sequence[_Step]) -> Sequence[_Rows | Exception]:
    """In one transaction; where one of them is at fault, each by itself, so that it fails alone."""
    if len(steps) > 1:
        try:
            return _run_together(connection, steps)
        except sqlite3.OperationalError as error:  # the disk, or a lock: that is nobody's fault
            return [error] * len(steps)
        except Exception:  # noqa: BLE001 - it is rolled back, and comes again below
            log.debug("steps_parted", count=len(steps))
    return [_run_alone(connection, step) for step in steps]


def _run_together(connection: sqlite3.Connection, steps: Sequence[_Step]) -> Sequence[_Rows]:
    # At once for writing: a read that becomes a write is refused without any patience.
    connection.execute("BEGIN IMMEDIATE")
    try:
        outcomes = [step.run(connection) for step in steps]
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return outcomes


def _run_alone(connection: sqlite3.Connection, step: _Step) -> _Rows | Exception:
    try:
        if len(step.statements) > 1:
            return _run_together(connection, [step])[0]
        return step.run(connection)
    except Exception as error:  # noqa: BLE001 - told to who waits for it
        return error
