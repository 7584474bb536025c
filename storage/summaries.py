"""What is remembered of a conversation: the newest exchanges, and a summary of all before them.

A summary is the answer to a turn in a conversation aside, whose words name the last turn it tells
of. Only the newest counts, and none that tells of what was before the conversation began anew.
"""

from collections.abc import Sequence

from bot.core.answers import Answer
from bot.core.messages import SUMS, ConversationKey
from bot.core.prompts import Exchange
from bot.core.summaries import SUM_UP, Summary, remembered
from bot.core.turns import Turn
from storage.database import Fetch, Row
from storage.leftovers import leave

_SUMS_OF = f"""conversation_id = (
    SELECT sums.id FROM conversations AS sums JOIN conversations AS place
      ON sums.key = place.key || '{SUMS}'
    WHERE place.id = {{place}})"""
_BEGUN = "(SELECT begins_after FROM conversations WHERE id = {place})"

# The newest summary of a place, if it still counts.
_NEWEST = f"""
SELECT last, said_at, words, made_at FROM (
    SELECT CAST(text AS BIGINT) AS last, accepted_at AS said_at, answer AS words,
           answered_at AS made_at
    FROM turns
    WHERE command = '{SUM_UP}' AND kind = 'answer' AND answer <> '' AND {_SUMS_OF}
    ORDER BY turns.id DESC LIMIT 1) AS newest
WHERE last > {_BEGUN}"""

_REMEMBERED = f"""
SELECT * FROM (
    SELECT id, accepted_at AS said_at, coalesce(prompt, text) AS question, answer AS words,
           coalesce(remark, '') AS remark, 0 AS is_summary
    FROM turns
    WHERE conversation_id = {{place}} AND {{which}} AND id > {_BEGUN}
      AND id > coalesce((SELECT last FROM ({_NEWEST}) AS told), 0)
      AND kind = 'answer' AND answer NOT IN ('', coalesce(remark, '')) AND command IS NULL
    ORDER BY id DESC LIMIT :limit) AS said
UNION ALL
SELECT last, said_at, '', words, '', 1 FROM ({_NEWEST}) AS summary
ORDER BY id DESC"""

_HERE = ":conversation_id"
IN_SUMS = _SUMS_OF.format(place=_HERE)
_HISTORY = _REMEMBERED.format(place=_HERE, which="id <> :turn_id")
_THERE = "(SELECT conversation_id FROM turns WHERE id = :last)"
_SOURCES = _REMEMBERED.format(place=_THERE, which="id <= :last")
_OF = _NEWEST.format(place="(SELECT id FROM conversations WHERE key = :key)")
_TRIED = f"""
SELECT CAST(text AS BIGINT) AS last FROM turns
WHERE command = '{SUM_UP}' AND text <> '' AND {IN_SUMS}
ORDER BY id DESC LIMIT 1
"""
LAST = f"(SELECT last FROM ({_NEWEST.format(place=_HERE)}) AS summary)"
_SESSIONS = """
SELECT conversation_id, backend, session FROM sessions WHERE conversation_id = :conversation_id
"""


class SqlSummaries:
    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch

    async def of(self, key: ConversationKey) -> Summary | None:
        for row in await self._fetch(_OF, {"key": str(key)}):
            return Summary(row["words"], row["last"], row["said_at"], row["made_at"])
        return None

    async def sources(self, last: int, limit: int) -> Sequence[Exchange]:
        return _exchanges(await self._fetch(_SOURCES, {"last": last, "limit": limit}))

    async def tried(self, conversation_id: int) -> int:
        for row in await self._fetch(_TRIED, {"conversation_id": conversation_id}):
            return int(row["last"])
        return 0

    async def leave_sessions(self, conversation_id: int) -> None:
        found = await self._fetch(_SESSIONS, {"conversation_id": conversation_id})
        await leave(self._fetch, found)


async def history(fetch: Fetch, turn: Turn, limit: int) -> Sequence[Exchange]:
    values = {"conversation_id": turn.conversation_id, "turn_id": turn.id, "limit": limit}
    return _exchanges(await fetch(_HISTORY, values))


def _exchanges(rows: Sequence[Row]) -> Sequence[Exchange]:
    """The oldest first."""
    return [_exchange(row) for row in reversed(rows)]


def _exchange(row: Row) -> Exchange:
    if row["is_summary"]:
        return remembered(row["words"], row["id"], row["said_at"])
    words = Answer(row["words"], remark=row["remark"]).words
    return Exchange(row["question"], words, row["id"], row["said_at"])
