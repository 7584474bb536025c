"""Aliases of people and files, by conversation."""

from collections.abc import Sequence
from dataclasses import asdict, fields

from bot.core.aliases import Alias
from storage.database import Fetch

_NAMES = [field.name for field in fields(Alias)]
_OF = "SELECT * FROM aliases WHERE conversation_id = :conversation_id ORDER BY at, alias"
_AROUND = """
SELECT aliases.* FROM aliases JOIN turns ON turns.conversation_id = aliases.conversation_id
WHERE turns.id = :turn_id ORDER BY at, alias
"""
_ADD = f"""
INSERT INTO aliases ({", ".join(_NAMES)}) VALUES ({", ".join(f":{name}" for name in _NAMES)})
ON CONFLICT (conversation_id, course, subject) DO UPDATE SET name = excluded.name
"""
_PURGE = "DELETE FROM aliases WHERE course = :course AND at < :before"


class SqlAliases:
    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch

    async def of(self, conversation_id: int) -> Sequence[Alias]:
        rows = await self._fetch(_OF, {"conversation_id": conversation_id})
        return [Alias(**row) for row in rows]

    async def around(self, turn_id: int) -> Sequence[Alias]:
        return [Alias(**row) for row in await self._fetch(_AROUND, {"turn_id": turn_id})]

    async def add(self, alias: Alias) -> None:
        await self._fetch(_ADD, asdict(alias))

    async def purge(self, course: int, before: float) -> None:
        await self._fetch(_PURGE, {"course": course, "before": before})
