"""Whether the log beside a database file is that file's.

SQLite takes whatever `-wal` lies there for its own: a backup that is copied over a file whose
process was killed would silently become a mixture of both. So each file carries a brand in its
header (`application_id`), new with each start, and none in a backup; those that the log belongs to
stand beside it.
"""

import os
import secrets
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import aiosqlite
import structlog

from bot.core.errors import StorageDamaged
from storage.private import PRIVATE

log = structlog.get_logger()

_LOG_HEAD = 32  # bytes; what is longer holds pages


def require_own_log(path: Path) -> None:
    """Raises StorageDamaged before anything is read or written."""
    brands = _noted(path)
    if brands and _brand_of(path) not in brands and _has_pages(path):
        raise StorageDamaged(
            f"{path} is not the file that {path.name}-wal belongs to: it was put there, perhaps as "
            f"a backup, while the log of the old one lay beside it. Nothing was changed. To go on "
            f"with the backup, name it to `homeroom restore`, which puts {path.name} and the log "
            f"aside; to go on as before, put the old {path.name} back"
        )


def has_own_log(path: Path) -> bool:
    try:
        require_own_log(path)
    except StorageDamaged:
        return False
    return True


def take_in(path: Path) -> None:
    """What is written from now on belongs to this file. Raises StorageDamaged as above."""
    require_own_log(path)
    brands = _noted(path)
    if brands and _brand_of(path) not in brands:
        _note(path, [_brand_of(path)])


async def brand(connection: aiosqlite.Connection, path: Path) -> None:
    """A new one: noted first, so that at no moment the file carries one that is not."""
    new = secrets.randbelow(2**31 - 1) + 1
    old = _noted(path) or [_brand_of(path)]
    if not _note(path, [*old, new]):
        return
    await connection.execute_fetchall(f"PRAGMA application_id = {new}")
    await connection.execute_fetchall("PRAGMA wal_checkpoint(PASSIVE)")  # waits for nobody
    if _brand_of(path) == new:  # nobody reads what was before
        _note(path, [new])


async def unbrand(copy: aiosqlite.Connection) -> None:
    """A copy is another file."""
    await copy.execute_fetchall("PRAGMA application_id = 0")


def _brand_of(path: Path) -> int:
    """What the file itself says, and not the log.

    Through SQLite: whoever closes a file of his own lets go of all locks that his process has on
    it, and then any reader who leaves takes the log with him (sqlite.org/howtocorrupt.html, 2.2).
    """
    address = f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(address, uri=True)) as file:
            return int(file.execute("PRAGMA application_id").fetchone()[0])
    except sqlite3.Error:
        return 0


def _has_pages(path: Path) -> bool:
    real = path.resolve()
    try:
        return real.with_name(f"{real.name}-wal").stat().st_size > _LOG_HEAD
    except OSError:
        return False


def _notes(path: Path) -> Path:
    return path.with_name(f"{path.name}.brand")


def _noted(path: Path) -> list[int]:
    """Nothing where nobody knows: then nothing is said against the log."""
    try:
        return [int(line) for line in _notes(path).read_text("ascii").split()]
    except (OSError, ValueError):
        return []


def _note(path: Path, brands: list[int]) -> bool:
    target = _notes(path)
    partial = target.with_name(f"{target.name}.partial")
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE), "w") as it:
            it.write("\n".join(map(str, brands)))
            it.flush()
            os.fsync(it.fileno())
        partial.replace(target)
    except OSError as error:
        log.warning("brand_not_written", error=error.strerror)
        return False
    return True
