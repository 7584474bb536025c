"""Deletes what is older than it is to be kept, whoever said it."""

from collections.abc import Sequence
from typing import Any

from storage.database import READS_MUCH, Fetch
from storage.leftovers import leave
from storage.statements import IN_SCOPE

_EMPTY = "NOT EXISTS (SELECT 1 FROM turns WHERE conversation_id = conversations.id)"
_OLD = """
DELETE FROM turns
WHERE state = 'done' AND accepted_at < :before
  AND conversation_id IN (SELECT id FROM conversations WHERE {within})
RETURNING id
"""
_SESSIONS = """{much}
SELECT conversation_id, backend, session
FROM sessions JOIN conversations ON conversations.id = conversation_id
WHERE {within} AND opened_at < :before
"""
_UNBIND = """
DELETE FROM bindings WHERE bound_at < :before
  AND scope IN (SELECT key FROM conversations WHERE {within} AND {empty})
"""
_NOTES = "DELETE FROM notes WHERE noted_at < :before AND {of_people}"
_FILES = "DELETE FROM uploads WHERE {of_files} AND kept_at < :before"
_SEEN = """
DELETE FROM sightings WHERE at < :before
  AND conversation_id IN (SELECT id FROM conversations WHERE {within})
"""
_LEFT = """{much}
SELECT 1 AS found FROM turns JOIN conversations ON conversations.id = conversation_id
WHERE {within} AND accepted_at < :before LIMIT 1
"""
_FORGET = "DELETE FROM conversations WHERE {within} AND {empty} AND created_at < :before"


async def purge(fetch: Fetch, scope: str, besides: Sequence[str], before: float) -> int:
    """Returns how many messages. A conversation of which nothing is left goes as well.

    So does a session that began before then: the next one is begun with what is left.
    """
    within, values = _within(scope, besides)
    values["before"] = before
    of_people = within.replace("conversations.key", "notes.person")
    of_files = within.replace("conversations.key", "uploads.key")
    words = {"within": within, "empty": _EMPTY, "much": READS_MUCH, "of_people": of_people}
    words["of_files"] = of_files
    # Before the turns, which know the runs in them.
    await leave(fetch, await fetch(_SESSIONS.format(**words), values))
    purged = await fetch(_OLD.format(**words), values)
    for statement in (_UNBIND, _NOTES, _FILES, _SEEN, _FORGET):
        await fetch(statement.format(**words), values)
    return len(purged)


async def is_purged(fetch: Fetch, scope: str, besides: Sequence[str], before: float) -> bool:
    """Whether nothing of it is left: what is open is not purged."""
    within, values = _within(scope, besides)
    statement = _LEFT.format(within=within, much=READS_MUCH)
    return not await fetch(statement, {**values, "before": before})


def _within(scope: str, besides: Sequence[str]) -> tuple[str, dict[str, Any]]:
    """A condition on conversations, and its values."""
    values: dict[str, Any] = {"below": f"{scope}:"}
    within = IN_SCOPE
    for number, other in enumerate(besides):
        values[f"other{number}"] = f"{other}:"
        within += f" AND NOT {IN_SCOPE}".replace(":below", f":other{number}")
    return within, values
