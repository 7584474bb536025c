"""Small facts that outlive the process: the `Memory` port."""

from storage.database import Fetch

_REMEMBER = """
INSERT INTO memos (name, value) VALUES (:name, :value)
ON CONFLICT (name) DO UPDATE SET value = excluded.value
"""

_REPLACE = """
INSERT INTO memos (name, value) VALUES (:name, :value)
ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE memos.value = :known
RETURNING name
"""

_RECALL = "SELECT value FROM memos WHERE name = :name"


class SqlMemory:
    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch

    async def remember(self, name: str, value: str) -> None:
        await self._fetch(_REMEMBER, {"name": name, "value": value})

    async def replace(self, name: str, known: str, value: str) -> bool:
        values = {"name": name, "known": known, "value": value}
        return bool(await self._fetch(_REPLACE, values))

    async def recall(self, name: str) -> str | None:
        for row in await self._fetch(_RECALL, {"name": name}):
            return str(row["value"])
        return None
