"""A backend's own ids of conversations."""

from bot.core.turns import Session
from storage.database import Fetch, Statement
from storage.leftovers import leave
from storage.summaries import LAST

_CURRENT = f"""
SELECT session, cursor, tokens, since, since < coalesce({LAST}, 0) AS is_outdated FROM sessions
WHERE conversation_id = :conversation_id AND backend = :backend AND ended_at IS NULL
ORDER BY opened_at DESC LIMIT 1
"""

_SAVE = """
INSERT INTO sessions (conversation_id, backend, session, cursor, tokens, since, opened_at)
VALUES (:conversation_id, :backend, :session, :cursor, :tokens, :since, :now)
ON CONFLICT (conversation_id, backend, session)
DO UPDATE SET cursor = excluded.cursor, tokens = excluded.tokens
"""

_END = """
UPDATE sessions SET ended_at = :now
WHERE conversation_id = :conversation_id AND ended_at IS NULL
"""

_ALL = """
SELECT conversation_id, backend, session FROM sessions WHERE conversation_id = :conversation_id
"""

_BEGIN_ANEW = """
UPDATE conversations SET begins_after = :turn_id WHERE id = :conversation_id RETURNING id
"""


def saving(conversation_id: int, backend: str, session: Session, now: float) -> Statement:
    values = {"conversation_id": conversation_id, "backend": backend, "now": now}
    values |= {"session": session.id, "cursor": session.cursor}
    return _SAVE, {**values, "tokens": session.tokens, "since": session.since}


class SqlSessions:
    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch

    async def current(self, conversation_id: int, backend: str) -> Session | None:
        values = {"conversation_id": conversation_id, "backend": backend}
        for row in await self._fetch(_CURRENT, values):
            counts = (row["tokens"], row["since"], bool(row["is_outdated"]))
            return Session(row["session"], row["cursor"], *counts)
        return None

    async def save(self, conversation_id: int, backend: str, session: Session, now: float) -> None:
        await self._fetch(*saving(conversation_id, backend, session, now))

    async def end(self, conversation_id: int, now: float) -> None:
        await self._fetch(_END, {"conversation_id": conversation_id, "now": now})

    async def leave(self, conversation_id: int) -> None:
        await leave(self._fetch, await self._fetch(_ALL, {"conversation_id": conversation_id}))

    async def begin_anew(self, conversation_id: int, turn_id: int, now: float) -> None:
        values = {"conversation_id": conversation_id, "turn_id": turn_id}
        await self._fetch(_BEGIN_ANEW, values)
        await self.end(conversation_id, now)
