"""The parts of replies. A row without a ref is an intent: the part may have been posted."""

from storage.database import Fetch

_OF = "SELECT part, ref FROM posts WHERE turn_id = :turn_id"

_INTEND = """
INSERT INTO posts (turn_id, part) VALUES (:turn_id, :part) ON CONFLICT DO NOTHING
"""

_SAVE = """
INSERT INTO posts (turn_id, part, ref) VALUES (:turn_id, :part, :ref)
ON CONFLICT (turn_id, part) DO UPDATE SET ref = excluded.ref
"""

_DROP = "DELETE FROM posts WHERE turn_id = :turn_id AND part = :part AND ref IS NULL"


class SqlPosts:
    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch

    async def of(self, turn_id: int) -> dict[int, str | None]:
        rows = await self._fetch(_OF, {"turn_id": turn_id})
        return {row["part"]: row["ref"] for row in rows}

    async def intend(self, turn_id: int, part: int) -> None:
        await self._fetch(_INTEND, {"turn_id": turn_id, "part": part})

    async def save(self, turn_id: int, part: int, ref: str) -> None:
        await self._fetch(_SAVE, {"turn_id": turn_id, "part": part, "ref": ref})

    async def drop(self, turn_id: int, part: int) -> None:
        await self._fetch(_DROP, {"turn_id": turn_id, "part": part})
