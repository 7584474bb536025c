"""SQLite through aiosqlite: one connection, one statement a step, no open transaction."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import aiosqlite
import structlog

from bot.core.errors import StorageDamaged, StorageUnavailable
from storage.identity import Identity

log = structlog.get_logger()

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


@dataclass(frozen=True, slots=True)
class _Step:
    """A statement, and who waits for its rows."""

    statement: str
    values: Mapping[str, Any]
    rows: "asyncio.Future[Sequence[Row]]"

    def run(self, connection: sqlite3.Connection) -> Sequence[Row]:
        return connection.execute(self.statement, self.values).fetchall()

    def tell(self, outcome: Sequence[Row] | Exception) -> None:
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
        connection: "_Connection",
        reader: sqlite3.Connection,
        identity: Identity,
        close: Callable[[], Awaitable[None]],
    ) -> None:
        self._identity = identity
        self._connection = connection
        self._reader = reader
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
                return cls(connection, reader, Identity(path), stack.pop_all().aclose)

    async def fetch(self, statement: str, values: Mapping[str, Any]) -> Sequence[Row]:
        """Run one statement; returns the rows it gives.

        Where nothing is at work, one that begins with SELECT is run on the spot: it looks at a few
        rows by an index, and the hop to a thread and back would cost ten times as much. What reads
        much begins with a comment that says so.
        """
        if self._work is None and statement.lstrip().startswith("SELECT"):
            with suppress(sqlite3.Error):  # then in the thread, which has patience
                return self._reader.execute(statement, values).fetchall()
        step = _Step(statement, values, asyncio.get_running_loop().create_future())
        self._waiting.append(step)
        if self._work is None:
            self._work = asyncio.create_task(self._run())
        with sqlite_errors():
            return await step.rows

    async def watch(self) -> None:
        """Raises StorageGone once the file was moved, removed or replaced."""
        await self._identity.watch()

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
        outcomes: Sequence[Sequence[Row] | Exception]
        try:
            outcomes = await self._connection.run(steps, self._identity)
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
) -> Sequence[Sequence[Row] | Exception]:
    """Nothing is acknowledged that stands in a file nobody will find: looked at after the work."""
    outcomes = _run_all(connection, steps)
    if lost := identity.lost():
        return [StorageUnavailable(lost)] * len(steps)
    return outcomes


def _run_all(
    connection: sqlite3.Connection, steps: Sequence[_Step]
) -> Sequence[Sequence[Row] | Exception]:
    """In one transaction; where one of them is at fault, each by itself, so that it fails alone."""
    if len(steps) > 1:
        try:
            return _run_together(connection, steps)
        except sqlite3.OperationalError as error:  # the disk, or a lock: that is nobody's fault
            return [error] * len(steps)
        except Exception:  # noqa: BLE001 - it is rolled back, and comes again below
            log.debug("steps_parted", count=len(steps))
    return [_run_alone(connection, step) for step in steps]


def _run_together(
    connection: sqlite3.Connection, steps: Sequence[_Step]
) -> Sequence[Sequence[Row]]:
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


def _run_alone(connection: sqlite3.Connection, step: _Step) -> Sequence[Row] | Exception:
    try:
        return step.run(connection)
    except Exception as error:  # noqa: BLE001 - told to who waits for it
        return error


class _Connection(aiosqlite.Connection):
    """One whose thread can be waited for."""

    stopped: asyncio.Future[None] | None = None

    async def run(
        self, steps: Sequence[_Step], identity: Identity
    ) -> Sequence[Sequence[Row] | Exception]:
        """One hop to the thread for all of them."""
        outcomes: Sequence[Sequence[Row] | Exception] = await self._execute(  # type: ignore[no-untyped-call]
            _run_found, self._conn, steps, identity
        )
        return outcomes

    def stop(self) -> asyncio.Future[None] | None:
        self.stopped = super().stop()
        return self.stopped


@asynccontextmanager
async def connect(path: Path | str, *, uri: bool = False) -> AsyncIterator["_Connection"]:
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
