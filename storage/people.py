"""What there is of a person: votes, and all that is deleted on request or after a time."""

import json
from collections.abc import Sequence
from typing import Any

from bot.core.erasures import Erasure
from bot.core.messages import Vote
from bot.core.ports.storage import Kept
from bot.core.turns import Turn
from storage.columns import turn_from
from storage.database import READS_MUCH, Fetch
from storage.erasing import Eraser
from storage.leftovers import note_leftover
from storage.purging import purge
from storage.statements import IN_SCOPE, JOINED, WHOLE_TURN

_VOTE = """
INSERT INTO votes (turn_id, person, vote, reason, voted_at)
SELECT id, :person, :vote, :reason, :now FROM turns WHERE message_key = :message_key
ON CONFLICT (turn_id, person)
DO UPDATE SET vote = excluded.vote, reason = excluded.reason, voted_at = excluded.voted_at
RETURNING turn_id
"""

_SAID_BY = f"""{READS_MUCH}
SELECT {WHOLE_TURN} FROM {JOINED}
WHERE author_id = :person AND {IN_SCOPE} ORDER BY turns.id DESC LIMIT :limit
"""

_ERASURES = "SELECT scope, person, names, last, asked_at FROM erasures ORDER BY asked_at"
_LEFTOVERS = "SELECT backend, session, runs FROM leftovers ORDER BY backend, session"
_DROP = "DELETE FROM leftovers WHERE backend = :backend AND session = :session"


class SqlPeople:
    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch

    async def vote(
        self, message_key: str, person: str, vote: Vote, reason: str, now: float
    ) -> bool:
        values = {"message_key": message_key, "person": person, "vote": vote, "reason": reason}
        return bool(await self._fetch(_VOTE, {**values, "now": now}))

    async def said_by(self, person: str, scope: str, limit: int) -> Sequence[Turn]:
        rows = await self._fetch(_SAID_BY, {**person_in(scope, person), "limit": limit})
        return [turn_from(row) for row in reversed(rows)]

    async def erase(self, erasure: Erasure, pseudonym: str, now: float) -> int:
        return await Eraser(self._fetch, erasure, pseudonym, now).erase()

    async def is_erased(self, erasure: Erasure) -> bool:
        return await Eraser(self._fetch, erasure, "", 0.0).is_done()

    async def erasures(self) -> Sequence[Erasure]:
        rows = await self._fetch(_ERASURES, {})
        return [Erasure(**{**row, "names": tuple(json.loads(row["names"]))}) for row in rows]

    async def leftovers(self) -> Sequence[Kept]:
        rows = await self._fetch(_LEFTOVERS, {})
        return [
            Kept(row["backend"], row["session"], tuple(json.loads(row["runs"]))) for row in rows
        ]

    async def leave(self, leftover: Kept) -> None:
        await note_leftover(self._fetch, leftover)

    async def drop_leftover(self, leftover: Kept) -> None:
        await self._fetch(_DROP, {"backend": leftover.backend, "session": leftover.session})

    async def purge(self, scope: str, besides: Sequence[str], before: float) -> int:
        return await purge(self._fetch, scope, besides, before)


def person_in(scope: str, person: str) -> dict[str, Any]:
    """The values of a statement about a person within a scope."""
    return {"person": person, "below": f"{scope}:"}
