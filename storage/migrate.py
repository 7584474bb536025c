"""Forward-only migrations, each with a verified backup before it; and backups at any time."""

import sqlite3
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import aiosqlite
import structlog

from bot.core.errors import ConfigError, StorageDamaged
from storage.belonging import require_own_log, take_in, unbrand
from storage.opening import PRIMARY_CODE, connect, sqlite_errors
from storage.private import make_private

log = structlog.get_logger()

# What a migration itself can get wrong: its SQL, or what it believes about the data.
_MISTAKES = {sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH}


@dataclass(frozen=True, slots=True)
class Migration:
    """`sqlite` and `postgres` follow, where the dialects have no words in common."""

    version: int
    name: str
    sql: str
    sqlite: str = ""
    postgres: str = ""


def known_migrations(folder: Traversable | None = None) -> Sequence[Migration]:
    """The numbered files, in order, with what one dialect alone is told; version 1 is the first."""
    folder = folder or files("storage.migrations")
    texts = {one.name: one.read_text("utf-8") for one in folder.iterdir() if _is_sql(one.name)}
    return [
        Migration(int(name.split("_")[0]), name, text, *_in_dialects(texts, name))
        for name, text in sorted(texts.items())
        if name.count(".") == 1
    ]


def _is_sql(name: str) -> bool:
    return name.endswith(".sql")


def _in_dialects(texts: Mapping[str, str], name: str) -> tuple[str, str]:
    """Of `0012_noun.sql` what stands in `0012_noun.sqlite.sql` and `0012_noun.postgres.sql`."""
    stem = name.removesuffix(".sql")
    return texts.get(f"{stem}.sqlite.sql", ""), texts.get(f"{stem}.postgres.sql", "")


async def schema_version(connection: aiosqlite.Connection) -> int:
    rows = await connection.execute_fetchall("PRAGMA user_version")
    return int(next(iter(rows))[0])


async def migrate(path: Path, migrations: Sequence[Migration] | None = None) -> Sequence[str]:
    """Bring a database file up to date (making it if need be); returns what was applied.

    Raises StorageDamaged if a newer Homeroom wrote it.
    """
    migrations = known_migrations() if migrations is None else migrations
    take_in(path)
    make_private(path)
    with sqlite_errors(path):
        async with connect(path) as connection:
            version = await schema_version(connection)
            newest = migrations[-1].version
            if version > newest:
                raise StorageDamaged(
                    f"{path} was written by a newer Homeroom (schema {version}; this one knows "
                    f"{newest}): upgrade Homeroom, or restore an older backup"
                )
            if version == 0:
                return await _make(connection, path, migrations)
            return [
                migration.name
                for migration in migrations
                if migration.version > version and await _apply(connection, path, migration)
            ]


async def backup(path: Path, target: Path) -> None:
    """Copy a database that may be in use, and check the copy. An existing file stays as it is."""
    if not path.exists():
        raise ConfigError(f"{path}: there is no such database")
    if target.exists():
        raise ConfigError(f"{target} exists already: name another file")
    require_own_log(path)
    partial = target.with_name(f"{target.name}.partial")
    try:
        partial.touch()
    except OSError as error:
        raise ConfigError(f"{target} cannot be written: {error.strerror}") from error
    with sqlite_errors(path):
        await sound_copy(path, partial)
    partial.replace(target)
    log.info("backup_made", bytes=target.stat().st_size)


async def _make(
    connection: aiosqlite.Connection, path: Path, migrations: Sequence[Migration]
) -> Sequence[str]:
    """A new file has all of it or nothing, and waits for the disk once; none if others made it."""
    async with _sole_writer(connection):
        if await schema_version(connection) > 0:
            return []
        for migration in migrations:
            await _run(connection, path, migration)
    log.info("database_made", schema=migrations[-1].version)
    return [migration.name for migration in migrations]


async def _apply(connection: aiosqlite.Connection, path: Path, migration: Migration) -> bool:
    """Take one step, or none of it; False if another process took it in the meantime."""
    async with _sole_writer(connection):
        # Only now: a process that started with this one waited here, and finds the work done.
        if await schema_version(connection) >= migration.version:
            return False
        await sound_copy(path, path.with_name(f"{path.name}.before-{migration.version:04}.bak"))
        await _run(connection, path, migration)
    log.info("migration_applied", name=migration.name)
    return True


@asynccontextmanager
async def _sole_writer(connection: aiosqlite.Connection) -> AsyncIterator[None]:
    await connection.execute_fetchall("BEGIN IMMEDIATE")
    try:
        yield
        await connection.execute_fetchall("COMMIT")
    finally:
        if connection.in_transaction:
            await connection.execute_fetchall("ROLLBACK")


async def _run(connection: aiosqlite.Connection, path: Path, migration: Migration) -> None:
    try:
        for statement in _statements(f"{migration.sql}\n{migration.sqlite}"):
            await connection.execute_fetchall(statement)
    except sqlite3.Error as error:
        if error.sqlite_errorcode & PRIMARY_CODE not in _MISTAKES:
            raise
        raise StorageDamaged(
            f"{path}: {migration.name} failed, nothing changed: {error}"
        ) from error
    await connection.execute_fetchall(f"PRAGMA user_version = {migration.version}")


def _statements(script: str) -> Iterator[str]:
    """One by one: SQLite's own way to run a script would first end our transaction."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        yield statement


async def sound_copy(path: Path, target: Path) -> None:
    """A copy that was checked, or none. Raises StorageDamaged if it is not sound."""
    target.unlink(missing_ok=True)
    make_private(target)
    try:
        # A connection of its own: one that is writing cannot be copied from.
        async with connect(path) as source:
            await schema_version(source)  # where this is locked out, copying would wait for ever
            await _fill(target, source)
    except BaseException:
        target.unlink(missing_ok=True)
        raise


async def _fill(target: Path, source: aiosqlite.Connection) -> None:
    async with connect(target) as copy:
        await source.backup(copy)
        found = [row[0] for row in await copy.execute_fetchall("PRAGMA integrity_check")]
        if found == ["ok"]:
            await unbrand(copy)
    if found != ["ok"]:
        raise StorageDamaged(f"the copy is not sound: {'; '.join(map(str, found[:3]))}")
