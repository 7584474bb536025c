"""Who has looked at whose words: the `Sightings` port."""

from collections.abc import Collection, Sequence
from typing import Any

from bot.core.sightings import Sighting
from storage.database import Fetch, Row
from storage.statements import IN_SCOPE

_MINUTE = 60
_NOTE = """
INSERT INTO sightings (conversation_id, author_id, viewer, name, at)
SELECT conversation_id, author_id, CAST(:viewer AS TEXT), CAST(:name AS TEXT), :at FROM turns
WHERE id IN ({these}) AND NOT EXISTS (
    SELECT 1 FROM sightings
    WHERE sightings.conversation_id = turns.conversation_id
      AND sightings.author_id = turns.author_id AND sightings.at = :at AND viewer = :viewer)
GROUP BY conversation_id, author_id
"""
_SEEN = """
SELECT viewer, name, author_id, at,
       coalesce((SELECT max(author_name) FROM turns
                 WHERE turns.conversation_id = sightings.conversation_id
                   AND turns.author_id = sightings.author_id), '') AS author_name
FROM sightings JOIN conversations ON conversations.id = sightings.conversation_id
"""
_OF = f"{_SEEN} WHERE author_id = :author_id AND {IN_SCOPE} ORDER BY at DESC, viewer LIMIT :most"
_AT = f"{_SEEN} WHERE conversations.key = :key ORDER BY at DESC, viewer LIMIT :most"


class SqlSightings:
    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch

    async def note(self, viewer: str, name: str, turns: Collection[int], now: float) -> None:
        values: dict[str, Any] = {f"t{number}": turn for number, turn in enumerate(turns)}
        if not values:
            return
        these = ", ".join(f":{name}" for name in values)
        values |= {"viewer": viewer, "name": name, "at": now // _MINUTE * _MINUTE}
        await self._fetch(_NOTE.format(these=these), values)

    async def of(self, author_id: str, scope: str, most: int) -> Sequence[Sighting]:
        values = {"author_id": author_id, "below": f"{scope}:", "most": most}
        return _sightings(await self._fetch(_OF, values))

    async def at(self, key: str, most: int) -> Sequence[Sighting]:
        return _sightings(await self._fetch(_AT, {"key": key, "most": most}))


def _sightings(rows: Sequence[Row]) -> Sequence[Sighting]:
    return [Sighting(**row) for row in rows]
