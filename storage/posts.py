"""The parts of replies. A row without a ref is an intent: the part may have been posted."""

import json

from bot.core.errors import StaleTurn
from bot.core.messages import ConversationKey
from bot.core.posts import Post
from bot.core.turns import Turn
from storage.database import Fetch, Row, Statement
from storage.statements import IN_SCOPE

_OF = "SELECT * FROM posts WHERE turn_id = :turn_id"

_INTEND = """
INSERT INTO posts (turn_id, part, way, intended_at, dead)
SELECT id, :part, :way, :intended_at, :dead FROM turns
WHERE id = :turn_id AND epoch = :epoch AND state <> 'done'
ON CONFLICT (turn_id, part) DO UPDATE SET
    ref = NULL, way = excluded.way, intended_at = excluded.intended_at, dead = excluded.dead
RETURNING part
"""

_SAVE = """
INSERT INTO posts (turn_id, part, ref) VALUES (:turn_id, :part, :ref)
ON CONFLICT (turn_id, part) DO UPDATE SET ref = excluded.ref
"""

# The newest are enough: what is in doubt was posted a moment ago.
_BESIDE = """
SELECT posts.ref FROM posts JOIN turns ON turns.id = posts.turn_id
WHERE turns.conversation_id = :conversation AND turns.id <> :turn_id AND posts.ref IS NOT NULL
ORDER BY turns.id DESC LIMIT 1000
"""

_DROP = "DELETE FROM posts WHERE turn_id = :turn_id AND part = :part AND ref IS NULL"

# UNION ALL, for either has an index of its own.
_CONVERSATION_OF = f"""
SELECT conversations.key
FROM (SELECT turn_id AS id FROM posts WHERE ref = :ref
      UNION ALL
      SELECT id FROM turns WHERE message_key = :question AND command IS NULL) AS named
JOIN turns ON turns.id = named.id
JOIN conversations ON conversations.id = turns.conversation_id
WHERE {IN_SCOPE} LIMIT 1
"""


def intending(turn: Turn, part: int, post: Post) -> Statement:
    values = {"turn_id": turn.id, "epoch": turn.epoch, "part": part, "way": post.way}
    return _INTEND, {**values, "intended_at": post.intended_at, "dead": json.dumps(post.dead)}


def saving(turn_id: int, part: int, ref: str) -> Statement:
    return _SAVE, {"turn_id": turn_id, "part": part, "ref": ref}


class SqlPosts:
    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch

    async def of(self, turn_id: int) -> dict[int, Post]:
        rows = await self._fetch(_OF, {"turn_id": turn_id})
        return {row["part"]: _post_from(row) for row in rows}

    async def beside(self, turn: Turn) -> frozenset[str]:
        values = {"conversation": turn.conversation_id, "turn_id": turn.id}
        return frozenset(row["ref"] for row in await self._fetch(_BESIDE, values))

    async def intend(self, turn: Turn, part: int, post: Post) -> None:
        if not await self._fetch(*intending(turn, part, post)):
            raise StaleTurn(f"turn {turn.id} is not held under epoch {turn.epoch} any more")

    async def save(self, turn_id: int, part: int, ref: str) -> None:
        await self._fetch(*saving(turn_id, part, ref))

    async def drop(self, turn_id: int, part: int) -> None:
        await self._fetch(_DROP, {"turn_id": turn_id, "part": part})

    async def conversation_of(
        self, scope: str, ref: str, question: str = ""
    ) -> ConversationKey | None:
        values = {"ref": ref, "question": question, "below": f"{scope}:"}
        for row in await self._fetch(_CONVERSATION_OF, values):
            return ConversationKey.parse(row["key"])
        return None


def _post_from(row: Row) -> Post:
    dead = tuple(json.loads(row["dead"]))
    return Post(way=row["way"], ref=row["ref"], intended_at=row["intended_at"], dead=dead)
