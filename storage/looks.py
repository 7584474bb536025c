"""What is looked at, and counted, while people talk."""

from collections.abc import Sequence

from bot.core.aliases import FILE
from bot.core.digests import Asking
from bot.core.messages import ConversationKey
from bot.core.ports.storage import Spent, Used
from bot.core.turns import Turn
from storage.columns import turn_from
from storage.database import READS_MUCH, Fetch, Row
from storage.people import person_in
from storage.shares import UNANSWERED
from storage.statements import (
    IN_SCOPE,
    JOINED,
    OPEN,
    ORDER,
    PAID_SINCE,
    TOKENS,
    WAS_PAID,
    WHOLE_TURN,
)
from storage.summaries import IN_SUMS

_USAGE_OF = f"""
SELECT {TOKENS} FROM turns
WHERE (conversation_id = :conversation_id OR {IN_SUMS}) AND {WAS_PAID}
"""

_USAGE_OF_PERSON = f"""
SELECT {TOKENS} FROM {JOINED}
WHERE author_id = :person AND {PAID_SINCE} AND {WAS_PAID} AND {IN_SCOPE}
"""

_OPEN_TURNS = f"""
SELECT {WHOLE_TURN} FROM {JOINED}
WHERE conversations.key = :key AND {OPEN} ORDER BY {ORDER} LIMIT :limit
"""

_TURNS_IN = f"""{READS_MUCH}
SELECT {WHOLE_TURN} FROM {JOINED} WHERE {IN_SCOPE} ORDER BY turns.id DESC LIMIT :limit
"""

_ASKED = f"""
SELECT accepted_at FROM {JOINED}
WHERE author_id IN (:person, :alias) AND accepted_at > :since AND turns.id < :turn_id
  AND command IS NULL
  AND (backend IS NOT NULL OR state = 'pending') AND {IN_SCOPE}
ORDER BY accepted_at DESC LIMIT :limit
"""

_SPENT = f"""
SELECT backend, model, {TOKENS} FROM {JOINED}
WHERE {PAID_SINCE} AND {WAS_PAID}
  AND {IN_SCOPE} AND (CAST(:person AS TEXT) IS NULL OR author_id = :person)
GROUP BY backend, model ORDER BY max(turns.id) DESC
"""

_USAGE_BY_PERSON = f"""{READS_MUCH}
SELECT max(author_name) AS name, {TOKENS} FROM {JOINED}
WHERE {WAS_PAID} AND {IN_SCOPE}
GROUP BY author_id ORDER BY runs DESC, author_id LIMIT :limit
"""

_BEGAN = f"""
SELECT author_id FROM {JOINED} WHERE conversations.key = :key ORDER BY turns.id LIMIT 1
"""

_LAST_ASKED = f"""
SELECT conversations.key FROM {JOINED}
WHERE author_id = :person AND command IS NULL AND {IN_SCOPE}
ORDER BY accepted_at DESC LIMIT 1
"""

_ASKED_IN = f"""{READS_MUCH}
SELECT {WHOLE_TURN}, shares.person AS asker, {UNANSWERED} AS is_unanswered,
    EXISTS (SELECT 1 FROM votes WHERE votes.turn_id = turns.id AND vote = 'down') AS is_bad
FROM {JOINED} JOIN shares ON shares.turn_id = turns.id
WHERE shares.course = :course AND shares.kind = 'spent' AND accepted_at >= :since
  AND accepted_at < :until AND substr(shares.person, 1, 4) <> 'day:'
  AND substr(shares.person, 1, 6) <> 'month:'
ORDER BY turns.id
"""
_GONE_BY = f"""{READS_MUCH}
SELECT DISTINCT author_name AS name FROM turns WHERE author_name <> ''
UNION SELECT name FROM aliases WHERE substr(subject, 1, 5) <> '{FILE}'
UNION SELECT holder_name FROM cards UNION SELECT name FROM endorsements
"""


class SqlLooks:
    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch

    async def usage_of(self, conversation_id: int) -> Used:
        rows = await self._fetch(_USAGE_OF, {"conversation_id": conversation_id})
        return Used(**rows[0])

    async def usage_of_person(self, scope: str, person: str, since: float = 0.0) -> Used:
        values = {**person_in(scope, person), "since": since}
        return Used(**(await self._fetch(_USAGE_OF_PERSON, values))[0])

    async def usage_by_person(self, scope: str, limit: int) -> Sequence[tuple[str, Used]]:
        rows = await self._fetch(_USAGE_BY_PERSON, {"below": f"{scope}:", "limit": limit})
        used = [{name: row[name] for name in Used.__slots__} for row in rows]
        return [(row["name"], Used(**one)) for row, one in zip(rows, used, strict=True)]

    async def began(self, key: ConversationKey, person: str) -> bool:
        rows = await self._fetch(_BEGAN, {"key": str(key)})
        return any(row["author_id"] == person for row in rows)

    async def last_asked(self, scope: str, person: str) -> ConversationKey | None:
        for row in await self._fetch(_LAST_ASKED, person_in(scope, person)):
            return ConversationKey.parse(row["key"])
        return None

    async def open_turns(self, key: ConversationKey, limit: int) -> Sequence[Turn]:
        rows = await self._fetch(_OPEN_TURNS, {"key": str(key), "limit": limit})
        return [turn_from(row) for row in rows]

    async def turns_in(self, scope: str, limit: int) -> Sequence[Turn]:
        rows = await self._fetch(_TURNS_IN, {"below": f"{scope}:", "limit": limit})
        return [turn_from(row) for row in reversed(rows)]

    async def spent(self, scope: str, since: float, person: str | None) -> Sequence[Spent]:
        below = f"{scope}:" if scope else ""
        values = {"below": below, "since": since, "person": person}
        rows = await self._fetch(_SPENT, values)
        return [Spent(**{name: row[name] for name in Spent.__slots__}) for row in rows]

    async def asked(
        self, turn: Turn, alias: str, scope: str, since: float, limit: int
    ) -> Sequence[float]:
        values = person_in(scope, turn.message.author.id)
        values |= {"alias": alias, "since": since, "turn_id": turn.id, "limit": limit}
        return [row["accepted_at"] for row in await self._fetch(_ASKED, values)]

    async def asked_in(self, course: int, since: float, until: float) -> Sequence[Asking]:
        values = {"course": course, "since": since, "until": until}
        return [_asking_from(row) for row in await self._fetch(_ASKED_IN, values)]

    async def names(self) -> Sequence[str]:
        return [row["name"] for row in await self._fetch(_GONE_BY, {})]


def _asking_from(row: Row) -> Asking:
    words = turn_from(row).message.own_words
    return Asking(row["asker"], words, bool(row["is_unanswered"]), bool(row["is_bad"]))
