"""What only one process at a time may do, and others stand by for: locks held by a connection."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import psycopg
import structlog
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from bot.core.ending import end
from bot.core.errors import ConfigError, StorageUnavailable
from storage.connections import connect, limited, postgres_errors

log = structlog.get_logger()

Connection = AsyncConnection[TupleRow]

_LOOK = 1.0  # seconds between two looks, of who stands by and of who sits
# Seconds for which a free seat is left to others: for each that one has already, and at most.
_LEAVE, _LONGEST = 2.0, 6.0
# After these ms the server gives up on a holder that is frozen, or cut off.
_FROZEN = "SET idle_session_timeout = 10000"
_PATIENCE = 3.0  # seconds for a statement; well below `_FROZEN`, so that nobody sits twice

_NUMBER = "hashtextextended('homeroom ' || %(name)s, 0)"
_HELD = f"""EXISTS (
    SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
    WHERE datname = current_database() AND locktype = 'advisory' AND pid = pg_backend_pid()
      AND (classid::bigint << 32 | objid::bigint) = {_NUMBER})"""
# A connection that has the lock gets it again: where it is not ours alone, that would be another's.
TAKE = f"SELECT CASE WHEN {_HELD} THEN false ELSE pg_try_advisory_lock({_NUMBER}) END"
HOLD = f"SELECT {_HELD}"


class Seats:
    """The seats that a process sits on. Who has fewer takes a free one sooner."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._held = 0
        self._taking = asyncio.Lock()

    async def hold(self, name: str, action: Callable[[], Awaitable[None]]) -> None:
        """Run an action while no other process runs one under this name; stand by until then.

        The lock ends with its connection, however that ends; so does the action.
        """
        while True:
            try:
                async with connect(self._url, autocommit=True) as connection:
                    await connection.execute(_FROZEN)
                    await self._sit(connection, name, action)
                    return
            except (psycopg.Error, StorageUnavailable) as error:
                log.warning("seat_lost", seat=name, error=str(error))
            await asyncio.sleep(_LOOK)

    async def _sit(
        self, connection: Connection, name: str, action: Callable[[], Awaitable[None]]
    ) -> None:
        await self._stand_by(connection, name)
        try:
            await _act(connection, name, action)
        finally:
            self._held -= 1

    async def _stand_by(self, connection: Connection, name: str) -> None:
        is_new = True
        while not await self._reach(connection, name):
            if is_new:
                log.info("standing_by", seat=name)
            is_new = False
            await asyncio.sleep(_LOOK)
        log.info("seat_taken", seat=name)

    async def _reach(self, connection: Connection, name: str) -> bool:
        """Take it, if it is free and this process has waited as long as befits what it has."""
        held = self._held
        await asyncio.sleep(min(held * _LEAVE, _LONGEST))
        async with self._taking:
            taken = held == self._held and await ask(connection, TAKE, name)
            self._held += taken
        return taken


@asynccontextmanager
async def only_seat(url: str, name: str) -> AsyncIterator[None]:
    """Nobody stands by: raises ConfigError where the seat is taken."""
    with postgres_errors("DATABASE_URL"):
        async with connect(url, autocommit=True) as connection:
            if not await ask(connection, TAKE, name):
                raise ConfigError(f"another Homeroom has this database open as {name}")
            yield


async def ask(connection: Connection, question: str, name: str) -> bool:
    with limited(connection, _PATIENCE):
        found = await (await connection.execute(question.encode(), {"name": name})).fetchone()
    return bool(found and found[0])


async def _act(connection: Connection, name: str, action: Callable[[], Awaitable[None]]) -> None:
    """Run it to its end, as long as the connection lives and has the lock."""
    acting = asyncio.ensure_future(action())
    try:
        while not (await asyncio.wait([acting], timeout=_LOOK))[0]:
            if not await ask(connection, HOLD, name):
                raise StorageUnavailable("the lock is gone")
        acting.result()
    finally:
        await end([acting])
