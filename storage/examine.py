"""Looks at a database file without changing it."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from storage.belonging import require_own_log
from storage.migrate import known_migrations, schema_version
from storage.opening import connect, sqlite_errors

LONGEST_QUEUE = """
SELECT conversations.key, count(*) AS waiting
FROM turns JOIN conversations ON conversations.id = turns.conversation_id
WHERE state <> 'done' AND command IS NULL
GROUP BY conversations.key ORDER BY waiting DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """Questions that wait for one another in a conversation."""

    key: str
    waiting: int


@dataclass(frozen=True, slots=True)
class Findings:
    version: int
    newest_version: int
    problems: tuple[str, ...]  # what SQLite's own check found
    free_bytes: int | None = None  # of a file's disk
    is_private: bool = True  # whether its owner alone can read a file
    queue: WaitingLine | None = None  # the longest there is


async def examine(path: Path) -> Findings | None:
    """None if there is no file yet. Raises StorageDamaged if the file is no database."""
    if not path.exists():
        return None
    require_own_log(path)
    with sqlite_errors(path):
        async with connect(f"{path.resolve().as_uri()}?mode=ro", uri=True) as connection:
            version = await schema_version(connection)
            rows = await connection.execute_fetchall("PRAGMA quick_check")
            found = tuple(str(row[0]) for row in rows)
            is_sound = version and found == ("ok",)
            queues = await connection.execute_fetchall(LONGEST_QUEUE) if is_sound else ()
    return Findings(
        version=version,
        newest_version=known_migrations()[-1].version,
        problems=() if found == ("ok",) else found,
        free_bytes=shutil.disk_usage(path.parent).free,
        is_private=not path.stat().st_mode & 0o077,
        queue=next((WaitingLine(*row) for row in queues), None),
    )
