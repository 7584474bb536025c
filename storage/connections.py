"""Connections to PostgreSQL: how long one is waited for, and what its errors are to us."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from typing import Any

import psycopg
from psycopg import AsyncConnection, errors
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import TupleRow

from bot.core.errors import ConfigError, StatementRefused, StorageDamaged, StorageUnavailable

PASSING = (psycopg.OperationalError, psycopg.InterfaceError, errors.ReadOnlySqlTransaction)
_DAMAGE = (errors.DataCorrupted, errors.IndexCorrupted)

# Where the address does not say: a network that falls silent is noticed within half a minute.
_DEFAULTS = {
    "connect_timeout": 5,  # seconds
    "keepalives_idle": 10,  # seconds
    "keepalives_interval": 5,  # seconds
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,  # ms
}
_LOOKS = 4
_PID = "SELECT pg_backend_pid()"


def with_defaults(url: str) -> str:
    """The address, with how long a silent network is borne. Raises ConfigError if it is none."""
    try:
        given = conninfo_to_dict(url)
    except psycopg.ProgrammingError:  # not repeated: it may hold a password
        raise ConfigError("DATABASE_URL is no address as PostgreSQL writes them") from None
    return make_conninfo(url, **{name: _DEFAULTS[name] for name in _DEFAULTS.keys() - given})


@asynccontextmanager
async def connect(
    url: str, *, autocommit: bool = False
) -> AsyncIterator[AsyncConnection[TupleRow]]:
    """A connection outside of any pool; without `autocommit`, all that is done is one step."""
    async with await AsyncConnection.connect(
        with_defaults(url), autocommit=autocommit
    ) as connection:
        yield connection


@contextmanager
def limited(connection: AsyncConnection[Any], seconds: float) -> Iterator[None]:
    """Cut the connection off after so long: whoever waits for it then has an error at once.

    psycopg's own way, to cancel, would ask the silent server, and wait for it once more.
    """
    cut = asyncio.get_running_loop().call_later(seconds, _cut, connection)
    try:
        yield
    finally:
        cut.cancel()


@contextmanager
def postgres_errors(place: str = "the database") -> Iterator[None]:
    """The one door through which PostgreSQL's errors come, as ours."""
    try:
        yield
    except PASSING as error:
        raise StorageUnavailable(f"{place}: {error}") from error
    except _DAMAGE as error:
        raise StorageDamaged(f"{place} is damaged: {error}") from error
    except psycopg.Error as error:
        raise StatementRefused(f"{place}: {type(error).__name__}: {error}") from error


async def require_sessions(url: str) -> None:
    """Raises ConfigError behind a pooler that deals out connections by the transaction.

    There, what belongs to a connection (locks, settings, prepared statements) is somebody else's
    a moment later: two would sit on one seat.
    """
    async with connect(url, autocommit=True) as one, connect(url, autocommit=True) as other:
        seen = [(await _server_of(one), await _server_of(other)) for _ in range(_LOOKS)]
    mine, others = map(set, zip(*seen, strict=True))
    if len(mine) > 1 or len(others) > 1 or mine & others:
        raise ConfigError(
            "DATABASE_URL leads through a pooler that shares connections between transactions "
            "(PgBouncer's pool_mode): Homeroom needs pool_mode = session, or the server itself"
        )


async def _server_of(connection: AsyncConnection[TupleRow]) -> int:
    """The process id of the server's side."""
    with limited(connection, _DEFAULTS["connect_timeout"]):
        found = await (await connection.execute(_PID, prepare=False)).fetchone()
    return int(found[0]) if found else 0


def _cut(connection: AsyncConnection[Any]) -> None:
    with suppress(OSError, psycopg.Error), closing(_line_of(connection)) as line:
        line.shutdown(socket.SHUT_RDWR)


def _line_of(connection: AsyncConnection[Any]) -> socket.socket:
    return socket.socket(fileno=os.dup(connection.fileno()))
