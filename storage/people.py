"""What there is of a person. To erase may read everything: it is rare."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from bot.core.messages import Vote
from bot.core.ports.storage import Kept
from storage.database import READS_MUCH, Fetch
from storage.statements import IN_SCOPE, JOINED

_VOTE = """
INSERT INTO votes (turn_id, person, vote, reason, voted_at)
SELECT id, :person, :vote, :reason, :now FROM turns WHERE message_key = :message_key
ON CONFLICT (turn_id, person)
DO UPDATE SET vote = excluded.vote, reason = excluded.reason, voted_at = excluded.voted_at
RETURNING turn_id
"""

# The conversations within a scope in which a person said something.
_TAKEN_PART_IN = (
    f"SELECT turns.conversation_id FROM {JOINED} WHERE author_id = :person AND {IN_SCOPE}"
)

_KEPT_OF = f"""{READS_MUCH}
SELECT sessions.backend, sessions.session, turns.run
FROM sessions LEFT JOIN turns ON turns.conversation_id = sessions.conversation_id
                             AND turns.session = sessions.session AND turns.run IS NOT NULL
WHERE sessions.conversation_id IN ({_TAKEN_PART_IN})
ORDER BY sessions.backend, sessions.session
"""

# To erase is four statements, each harmless when repeated; the texts go last.
_BEGIN_ANEW_OF = f"""
UPDATE conversations SET begins_after =
    coalesce((SELECT max(turns.id) FROM turns WHERE turns.conversation_id = conversations.id), 0)
WHERE id IN ({_TAKEN_PART_IN})
"""

_END_SESSIONS_OF = f"DELETE FROM sessions WHERE conversation_id IN ({_TAKEN_PART_IN})"

_ERASE_VOTES = f"""
DELETE FROM votes
WHERE person = :person AND turn_id IN (SELECT turns.id FROM {JOINED} WHERE {IN_SCOPE})
"""

_ERASE = f"""
UPDATE turns SET text = '', prompt = NULL, answer = NULL, remark = NULL, thoughts = NULL,
                 author_name = '', details = '{{}}', error = NULL
WHERE author_id = :person AND state = 'done'
  AND conversation_id IN (SELECT id FROM conversations WHERE {IN_SCOPE})
RETURNING id
"""


class SqlPeople:
    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch

    async def vote(
        self, message_key: str, person: str, vote: Vote, reason: str, now: float
    ) -> bool:
        values = {"message_key": message_key, "person": person, "vote": vote, "reason": reason}
        return bool(await self._fetch(_VOTE, {**values, "now": now}))

    async def kept_of(self, person: str, scope: str) -> Sequence[Kept]:
        rows = await self._fetch(_KEPT_OF, person_in(scope, person))
        sessions = groupby(rows, lambda row: (row["backend"], row["session"]))
        return [
            Kept(*session, tuple(row["run"] for row in runs if row["run"]))
            for session, runs in sessions
        ]

    async def erase(self, person: str, scope: str) -> int:
        values = person_in(scope, person)
        for statement in (_BEGIN_ANEW_OF, _END_SESSIONS_OF, _ERASE_VOTES):
            await self._fetch(statement, values)
        return len(await self._fetch(_ERASE, values))


def person_in(scope: str, person: str) -> dict[str, Any]:
    """The values of a statement about a person within a scope."""
    return {"person": person, "below": f"{scope}:"}
