"""Sessions that end here, and are still to be deleted at the servers that keep them."""

import json
from collections.abc import Sequence
from typing import Any

from bot.core.ports.storage import Kept
from storage.database import READS_MUCH, Fetch, Row

_RUNS = f"""{READS_MUCH}
SELECT run, id FROM turns WHERE conversation_id = :conversation_id AND session = :session
  AND run IS NOT NULL
UNION
SELECT runs.run, turn_id FROM runs JOIN turns ON turns.id = turn_id
WHERE conversation_id = :conversation_id AND runs.session = :session AND runs.run IS NOT NULL
ORDER BY id
"""
_ADD = """
INSERT INTO leftovers (backend, session, runs) VALUES (:backend, :session, :runs)
ON CONFLICT (backend, session) DO UPDATE SET runs = excluded.runs
"""
_END = """
DELETE FROM sessions
WHERE conversation_id = :conversation_id AND backend = :backend AND session = :session
"""


async def leave(fetch: Fetch, sessions: Sequence[Row]) -> None:
    """Of each, first the note that it is to be deleted, and then its end here."""
    for session in sessions:
        runs = [row["run"] for row in await fetch(_RUNS, _some(session, "conversation_id session"))]
        noted = _some(session, "backend session") | {"runs": json.dumps(runs)}
        await fetch(_ADD, noted)
        await fetch(_END, _some(session, "conversation_id backend session"))


async def note_leftover(fetch: Fetch, kept: Kept) -> None:
    noted = {"backend": kept.backend, "session": kept.session, "runs": json.dumps(kept.runs)}
    await fetch(_ADD, noted)


def _some(row: Row, names: str) -> dict[str, Any]:
    return {name: row[name] for name in names.split()}
