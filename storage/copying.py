"""Moves all of a SQLite file to PostgreSQL, and looks whether all of it has arrived."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import aiosqlite
from psycopg import AsyncConnection, AsyncServerCursor
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Identifier

from bot.core.errors import ConfigError, StorageDamaged
from storage.belonging import require_own_log
from storage.connections import connect as connect_to
from storage.connections import postgres_errors
from storage.jobs import SWEEP
from storage.migrate import known_migrations, schema_version
from storage.opening import connect, sqlite_errors
from storage.postgres import in_dialect, storable
from storage.postgres_schema import migrate

Target = AsyncConnection[TupleRow]

_MODULUS = 1 << 256
_TABLES = """
SELECT name FROM sqlite_master
WHERE name NOT LIKE 'sqlite_%' AND name IN (SELECT name FROM pragma_table_list WHERE type = 'table')
ORDER BY rowid
"""
_NUMBERED = """
SELECT tables.name FROM pragma_table_list AS tables, pragma_table_info(tables.name) AS columns
WHERE tables.type = 'table' AND (columns.name, columns.type, columns.pk) = ('id', 'INTEGER', 1)
"""
_CONTINUE = SQL("""
SELECT setval(pg_get_serial_sequence({}, 'id'), coalesce(max(id), 0) + 1, false) FROM {}
""")


@dataclass(slots=True)
class Tally:
    """How many rows, and a sum over them which does not depend on their order."""

    rows: int = 0
    digest: int = field(default=0)

    def add(self, row: Sequence[Any]) -> None:
        self.rows += 1
        number = int.from_bytes(sha256(repr(tuple(row)).encode()).digest())
        self.digest = (self.digest + number) % _MODULUS


async def copy(path: Path, url: str) -> Mapping[str, int]:
    """Copy everything, or nothing; returns the number of rows by table.

    The file must not be in use, and the database must be empty.
    """
    await _require_current(path)
    await migrate(url)
    with sqlite_errors(path), postgres_errors("the target"):
        async with _read_only(path) as source, connect_to(url) as target:
            tables = [row[0] for row in await source.execute_fetchall(_TABLES)]
            await _require_empty(target, tables)
            copied = {table: await _copy_table(source, target, table) for table in tables}
            await _continue_numbers(source, target)
            await target.execute(in_dialect(SWEEP))  # a job for whatever is open
    return copied


def _read_only(path: Path) -> Any:
    return connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)


async def _require_current(path: Path) -> None:
    if not path.exists():
        raise ConfigError(f"{path}: there is no such database")
    require_own_log(path)
    with sqlite_errors(path):
        async with _read_only(path) as source:
            version, newest = await schema_version(source), known_migrations()[-1].version
    if version != newest:
        raise ConfigError(f"{path} has schema {version} and not {newest}: homeroom migrate")


async def _require_empty(target: Target, tables: Iterable[str]) -> None:
    for table in tables:
        query = SQL("SELECT EXISTS (SELECT 1 FROM {})").format(Identifier(table))
        if (await (await target.execute(query)).fetchone()) == (True,):
            raise ConfigError(f"the target is not empty: there is something in {table}")


async def _copy_table(source: aiosqlite.Connection, target: Target, table: str) -> int:
    columns = [row[1] for row in await source.execute_fetchall(f"PRAGMA table_info({table})")]
    names = SQL(", ").join(map(Identifier, columns))
    sent, arrived = Tally(), Tally()
    writing = SQL("COPY {} ({}) FROM STDIN").format(Identifier(table), names)
    async with target.cursor().copy(writing) as stream:
        async for row in _rows(source, table, columns):
            sent.add(row)
            await stream.write_row(row)
    reading = SQL("SELECT {} FROM {}").format(names, Identifier(table))
    async with AsyncServerCursor(target, "copied") as cursor:
        async for found in await cursor.execute(reading):
            arrived.add(found)
    if sent != arrived:
        raise StorageDamaged(f"{table} did not arrive as it was: nothing is copied")
    return sent.rows


async def _rows(
    source: aiosqlite.Connection, table: str, columns: Sequence[str]
) -> AsyncIterator[list[Any]]:
    names = ", ".join(f'"{column}"' for column in columns)
    query = f"SELECT {names} FROM {table}"  # noqa: S608 - from our own schema
    async with source.execute(query) as cursor:
        async for row in cursor:
            yield [storable(value) for value in row]


async def _continue_numbers(source: aiosqlite.Connection, target: Target) -> None:
    """New rows are numbered behind the copied ones."""
    for (table,) in await source.execute_fetchall(_NUMBERED):
        await target.execute(_CONTINUE.format(table, Identifier(table)))
