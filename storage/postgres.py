"""PostgreSQL through psycopg: a pool of connections, one statement a step, no open transaction."""

import asyncio
import logging
import re
import select
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import cache
from typing import Any, Self

from psycopg import AsyncConnection, errors
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool

from storage.connections import (
    PASSING,
    connect,
    limited,
    postgres_errors,
    require_sessions,
    with_defaults,
)
from storage.database import READS_MUCH, Row, Statement, patience

Pool = AsyncConnectionPool[AsyncConnection[DictRow]]

logging.getLogger("psycopg.pool").setLevel(logging.ERROR)  # who asks is told as well

_CONNECTIONS = 8  # of one process; a statement takes a millisecond, and most of a turn is waiting
_PATIENCE = 5.0  # seconds for a connection that is free
_LIMIT = 5.0  # seconds for a statement, at the server
_SILENCE = 6.0  # seconds for its answer; a connection that is silent for longer is dead
_HURRY = 0.1  # seconds for one at the end
_START = 10.0  # seconds for the first one
_GIVE_UP = 2.0  # seconds; then the next who asks begins anew, where the pool would wait ever longer
_NUL = ("\x00", "\ufffd")  # the one character PostgreSQL's text does not have
_VALUE = re.compile(r"(?<!:):(\w+)")

NOW = "CAST(extract(epoch FROM clock_timestamp()) AS DOUBLE PRECISION)"


class PostgresDatabase:
    """Connections in autocommit mode: what a statement did is on disk when it returns."""

    def __init__(self, pool: Pool, url: str) -> None:
        self.pool = pool
        self._url = url
        self._ahead = time.time() - time.monotonic()

    def hurry(self) -> None:
        """The process ends: nobody waits any longer for a server that is away."""
        self.pool.timeout = _HURRY

    def clock(self) -> float:
        """The server's: the clocks of several machines do not agree, and each may jump."""
        return time.monotonic() + self._ahead

    def set_clock(self, now: float) -> None:
        self._ahead = now - time.monotonic()

    @classmethod
    async def open(cls, url: str) -> Self:
        """Connect. Raises StorageUnavailable if there is nobody to connect to."""
        with postgres_errors("DATABASE_URL"):
            await require_sessions(url)
        pool: Pool = AsyncConnectionPool(
            with_defaults(url),
            open=False,
            min_size=1,
            max_size=_CONNECTIONS,
            timeout=_PATIENCE,
            configure=_prepare,
            reconnect_timeout=_GIVE_UP,
            kwargs={"row_factory": dict_row},
        )
        with postgres_errors():
            try:
                await pool.open(wait=True, timeout=_START)
            except BaseException:
                await pool.close()
                raise
        database = cls(pool, url)
        database.set_clock((await database.fetch(f"SELECT {NOW} AS now", {}))[0]["now"])
        return database

    async def watch(self) -> None:
        """One that is away comes back."""
        await asyncio.Event().wait()

    async def scrub(self) -> None:
        """The server's own vacuum overwrites what was deleted."""

    async def close(self) -> None:
        await self.pool.close()

    async def fetch(self, statement: str, values: Mapping[str, Any]) -> Sequence[Row]:
        """Run one statement; returns the rows it gives."""
        given = _storable(values)
        with postgres_errors():
            if statement.startswith(READS_MUCH):
                return await self._look(statement, given)
            async with self._connection() as connection:
                return await _run(connection, statement, given, _SILENCE)

    async def together(self, statements: Sequence[Statement]) -> Sequence[Sequence[Row]]:
        rows: list[Sequence[Row]] = [()] * len(statements)
        with postgres_errors():
            async with self._connection() as connection:
                with limited(connection, _SILENCE):
                    async with connection.transaction():
                        for number, (statement, values) in enumerate(statements):
                            given = _storable(values)
                            rows[number] = await _run(connection, statement, given, _SILENCE)
                            if not rows[0]:
                                break
        return rows

    async def _look(self, statement: str, given: Mapping[str, Any]) -> Sequence[Row]:
        """Over a connection of its own, which only reads and has more time."""
        async with connect(self._url, autocommit=True) as connection:
            await connection.execute("SET default_transaction_read_only = on")
            return await _run(connection, statement, given, patience(statement))

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[AsyncConnection[DictRow]]:
        """One that is alive, as far as one can see: a restart of the server costs no statement.

        One over which something failed is closed and not put back: its server may be shutting
        down, silent, or a primary no more, and then so are those of all the others.
        """
        connection = await self._living()
        try:
            yield connection
        except errors.ReadOnlySqlTransaction:
            await connection.close()
            await self.pool.drain()
            raise
        except PASSING:
            await connection.close()
            raise
        finally:
            await self.pool.putconn(connection)

    async def _living(self) -> AsyncConnection[DictRow]:
        connection = await self.pool.getconn()
        try:
            if _has_been_told(connection):
                with limited(connection, _SILENCE):
                    await self.pool.check_connection(connection)
        except PASSING:
            await self.pool.putconn(connection)
            await self.pool.drain()
            connection = await self.pool.getconn()
        return connection


async def _run(
    connection: AsyncConnection[Any], statement: str, given: Mapping[str, Any], limit: float
) -> Sequence[Row]:
    with limited(connection, limit):
        async with connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(in_dialect(statement), given)
            return await cursor.fetchall() if cursor.description else []


def _storable(values: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: storable(value) for name, value in values.items()}


def storable(value: Any) -> Any:
    return value.replace(*_NUL) if isinstance(value, str) else value


@cache
def in_dialect(statement: str) -> bytes:
    """`:name` as psycopg writes it; this is the one place that knows."""
    return _VALUE.sub(r"%(\1)s", statement.replace("%", "%%")).encode()


async def _prepare(connection: AsyncConnection[DictRow]) -> None:
    await connection.set_autocommit(True)
    await connection.execute(f"SET statement_timeout = {_LIMIT * 1000:.0f}".encode())


def _has_been_told(connection: AsyncConnection[DictRow]) -> bool:
    """A server that speaks first says good-bye."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))
