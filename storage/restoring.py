"""Puts a backup in the place of the database; what was there is kept beside it."""

import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog

from bot.core.errors import BotError, ConfigError, StorageDamaged
from storage.belonging import has_own_log, take_in
from storage.locks import FileLock
from storage.migrate import known_migrations, schema_version, sound_copy
from storage.opening import connect, sqlite_errors

log = structlog.get_logger()

_TURNS = "SELECT count(*), coalesce(sum(state <> 'done'), 0) FROM turns"
_END = """
UPDATE turns SET state = 'done', step = 'cancelled', epoch = epoch + 1,
       done_at = coalesce(answered_at, accepted_at)
WHERE state <> 'done'
"""
_SIDES = ("-wal", "-shm")  # what SQLite keeps beside a file; left there, they would undo a restore


@dataclass(frozen=True, slots=True)
class Backup:
    version: int
    turns: int
    open: int = 0  # of them: nobody knows whether they were answered since


async def restore(
    source: Path, path: Path, *, dry_run: bool = False, answers_open: bool = False
) -> tuple[Backup, Path | None]:
    """Returns what was in the backup, and where the old file is now.

    What is open in it counts as done, for it was most likely answered since, unless it
    `answers_open`: that answers it at the next start, perhaps once more. `source` is only read,
    and brought up to date at the next start. Raises ConfigError where the database is in use, or
    `source` is no sound backup: then all is as it was.
    """
    if not source.is_file():
        raise ConfigError(f"{source}: there is no such backup")
    if path.exists() and source.samefile(path):
        raise ConfigError(f"{source} is the database itself")
    lock = FileLock(path).acquire()
    partial = path.with_name(f"{path.name}.restoring")
    try:
        with sqlite_errors(source):
            await sound_copy(source, partial)
            found = await _look(partial, source)
            if not answers_open:
                await _end_open(partial)
        if dry_run:
            return found, None
        return found, await _exchange(partial, path)
    finally:
        partial.unlink(missing_ok=True)
        lock.release()


async def _look(copy: Path, source: Path) -> Backup:
    newest = known_migrations()[-1].version
    async with connect(copy) as connection:
        version = await schema_version(connection)
        if not 0 < version <= newest:
            whose = "a newer Homeroom" if version > newest else "something else than Homeroom"
            raise StorageDamaged(f"{source} was written by {whose}: nothing is changed")
        [row] = await connection.execute_fetchall(_TURNS)
    return Backup(version, *row)


async def _end_open(copy: Path) -> None:
    """With columns that every schema has."""
    async with connect(copy) as connection:
        await connection.execute_fetchall(_END)
        await connection.commit()


async def _exchange(partial: Path, path: Path) -> Path | None:
    """At no moment is there no database, nor one beside the log of another."""
    aside = path.with_name(f"{path.name}.replaced-{datetime.now(UTC):%Y%m%dT%H%M%S%f}")
    log_of = aside.name
    if has_own_log(path):
        await _settle(path)
    else:
        log_of += ".log-alone"  # it would spoil this file as well
    for side in _SIDES:
        with suppress(FileNotFoundError):
            path.with_name(path.name + side).rename(aside.with_name(log_of + side))
    is_kept = path.exists()
    if is_kept:
        os.link(path, aside)
    partial.replace(path)
    take_in(path)
    _sync(path.parent)
    log.info("database_restored", kept=aside.name if is_kept else None)
    return aside if is_kept else None


async def _settle(path: Path) -> None:
    """What stands in the log goes into the file, where both are sound."""
    if path.exists():
        with suppress(BotError), sqlite_errors(path):
            async with connect(path) as connection:
                await connection.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")


def _sync(folder: Path) -> None:
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
