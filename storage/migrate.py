"""Forward-only migrations, each with a verified backup before it; and backups at any time."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import aiosqlite
import structlog

from bot.errors import ConfigError, StorageDamaged
from storage.sqlite import sqlite_errors

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Migration:
    version: int
    name: str
    sql: str


def known_migrations(folder: Traversable | None = None) -> Sequence[Migration]:
    """The numbered files, in order; version 1 is the first."""
    folder = folder or files("storage.migrations")
    named = sorted((file.name, file) for file in folder.iterdir() if file.name.endswith(".sql"))
    return [Migration(int(name.split("_")[0]), name, file.read_text()) for name, file in named]


async def schema_version(connection: aiosqlite.Connection) -> int:
    rows = await connection.execute_fetchall("PRAGMA user_version")
    return int(next(iter(rows))[0])


async def migrate(path: Path, migrations: Sequence[Migration] | None = None) -> Sequence[str]:
    """Bring a database file up to date (making it if need be); returns what was applied.

    Raises StorageDamaged if a newer Homeroom wrote it.
    """
    migrations = known_migrations() if migrations is None else migrations
    with sqlite_errors(path):
        async with aiosqlite.connect(path, isolation_level=None) as connection:
            version = await schema_version(connection)
            newest = migrations[-1].version
            if version > newest:
                raise StorageDamaged(
                    f"{path} was written by a newer Homeroom (schema {version}; this one knows "
                    f"{newest}): upgrade Homeroom, or restore an older backup"
                )
            due = [migration for migration in migrations if migration.version > version]
            for migration in due:
                await _apply(connection, path, migration)
            return [migration.name for migration in due]


async def backup(path: Path, target: Path) -> None:
    """Copy a database that may be in use, and check the copy. An existing file stays as it is."""
    if not path.exists():
        raise ConfigError(f"{path}: there is no such database")
    if target.exists():
        raise ConfigError(f"{target} exists already: name another file")
    partial = target.with_name(f"{target.name}.partial")
    with sqlite_errors(path):
        async with aiosqlite.connect(path, isolation_level=None) as source:
            await _copy(source, partial)
    partial.replace(target)
    log.info("backup_made", bytes=target.stat().st_size)


async def _apply(connection: aiosqlite.Connection, path: Path, migration: Migration) -> None:
    if migration.version > 1:
        copy = path.with_name(f"{path.name}.before-{migration.version:04}.bak")
        await _copy(connection, copy)
    # BEGIN IMMEDIATE: another process that starts now waits, and then finds the work done.
    script = (
        f"BEGIN IMMEDIATE;\n{migration.sql}\nPRAGMA user_version = {migration.version};\nCOMMIT;"
    )
    try:
        await connection.executescript(script)
    except sqlite3.Error:
        if connection.in_transaction:
            await connection.execute_fetchall("ROLLBACK")
        raise
    log.info("migration_applied", name=migration.name)


async def _copy(source: aiosqlite.Connection, target: Path) -> None:
    target.unlink(missing_ok=True)
    async with aiosqlite.connect(target) as copy:
        await source.backup(copy)
        found = [row[0] for row in await copy.execute_fetchall("PRAGMA integrity_check")]
    if found != ["ok"]:
        target.unlink(missing_ok=True)
        raise StorageDamaged(f"the copy is not sound: {'; '.join(map(str, found[:3]))}")
