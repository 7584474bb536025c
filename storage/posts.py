"""The parts of replies. A row without a ref is an intent: the part may have been posted."""

from bot.core.messages import ConversationKey
from storage.database import Fetch
from storage.statements import IN_SCOPE

_OF = "SELECT part, ref FROM posts WHERE turn_id = :turn_id"

_INTEND = """
INSERT INTO posts (turn_id, part) VALUES (:turn_id, :part) ON CONFLICT DO NOTHING
"""

_SAVE = """
INSERT INTO posts (turn_id, part, ref) VALUES (:turn_id, :part, :ref)
ON CONFLICT (turn_id, part) DO UPDATE SET ref = excluded.ref
"""

_DROP = "DELETE FROM posts WHERE turn_id = :turn_id AND part = :part AND ref IS NULL"

_CONVERSATION_OF = f"""
SELECT conversations.key
FROM posts JOIN turns ON turns.id = posts.turn_id
           JOIN conversations ON conversations.id = turns.conversation_id
WHERE posts.ref = :ref AND {IN_SCOPE} LIMIT 1
"""


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

    async def conversation_of(self, scope: str, ref: str) -> ConversationKey | None:
        for row in await self._fetch(_CONVERSATION_OF, {"ref": ref, "below": f"{scope}:"}):
            return ConversationKey.parse(row["key"])
        return None
