"""Deletes what belongs to a course, in an order in which each step finds what it needs.

What was said goes first, by the places and the aliases that tell where that was; the course itself,
with the key of its aliases, goes last, and with it all that only it says.
"""

from collections.abc import Sequence
from typing import Any

from bot.core.courses import Course
from storage.database import Fetch
from storage.leftovers import leave
from storage.purging import is_purged, purge

# Also where the course is not held: what its people asked there was asked under its rules.
_THERE = """conversation_id IN (SELECT conversation_id FROM aliases WHERE course = :course)"""
_SINCE = """accepted_at < :before AND accepted_at >= (
    SELECT min(at) FROM aliases
    WHERE course = :course AND aliases.conversation_id = turns.conversation_id)"""
_SESSIONS = f"SELECT conversation_id, backend, session FROM sessions WHERE {_THERE}"
_SAID = f"DELETE FROM turns WHERE {_THERE} AND {_SINCE} AND state = 'done'"
_STILL_THERE = f"SELECT 1 AS found FROM turns WHERE {_THERE} AND {_SINCE} LIMIT 1"
_OF_COURSE = tuple(
    f"DELETE FROM {table} WHERE course = :course"
    for table in ("cards", "shares", "ladders", "endorsements", "aliases")
)
_DIGESTS = "DELETE FROM memos WHERE name = 'digests:' || CAST(:course AS TEXT)"
_COURSE = "DELETE FROM courses WHERE id = :course"


async def end_course(fetch: Fetch, course: Course, besides: Sequence[str]) -> bool:
    """False while something is still open there."""
    before = course.plan.ends_at
    values: dict[str, Any] = {"course": course.id, "before": before}
    is_empty = True
    for scope in filter(None, (*course.scopes, course.plan.staff)):
        others = [one for one in besides if one.startswith(f"{scope}:")]
        await purge(fetch, scope, others, before)
        is_empty = is_empty and await is_purged(fetch, scope, others, before)
    await leave(fetch, await fetch(_SESSIONS, values))
    await fetch(_SAID, values)
    if not is_empty or await fetch(_STILL_THERE, values):
        return False
    for statement in (*_OF_COURSE, _DIGESTS, _COURSE):
        await fetch(statement, values)
    return True
