"""Notes about people: the `Notes` port."""

from collections.abc import Sequence

from bot.core.ports.notes import Note
from storage.database import Fetch

_ADD = """
INSERT INTO notes (person, text, noted_at)
SELECT CAST(:person AS TEXT), CAST(:text AS TEXT), :noted_at
WHERE (SELECT count(*) FROM notes WHERE person = :person AND text <> :text) < :most
ON CONFLICT (person, text) DO UPDATE SET noted_at = excluded.noted_at
RETURNING person
"""
_OF = "SELECT text, noted_at FROM notes WHERE person = :person ORDER BY noted_at, text"
_DROP = "DELETE FROM notes WHERE person = :person AND text = :text"


class SqlNotes:
    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch

    async def add(self, person: str, note: Note, most: int) -> bool:
        values = {"person": person, "text": note.text, "noted_at": note.noted_at, "most": most}
        return bool(await self._fetch(_ADD, values))

    async def of(self, person: str) -> Sequence[Note]:
        return [Note(**row) for row in await self._fetch(_OF, {"person": person})]

    async def drop(self, person: str, text: str) -> None:
        await self._fetch(_DROP, {"person": person, "text": text})
