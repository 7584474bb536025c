"""What is there to look at: conversations with all their turns, and what they used."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from bot.core.messages import ConversationKey
from storage import statements as sql
from storage.database import Database

Record = dict[str, Any]

_LIST = """
SELECT c.key, c.created_at,
       count(t.id) AS turns,
       count(CASE WHEN t.state <> 'done' THEN 1 END) AS open,
       max(t.accepted_at) AS last_at,
       (SELECT s.backend || ' ' || s.session FROM sessions s
        WHERE s.conversation_id = c.id AND s.ended_at IS NULL
        ORDER BY s.opened_at DESC LIMIT 1) AS session
FROM conversations c LEFT JOIN turns t ON t.conversation_id = c.id
GROUP BY c.id ORDER BY coalesce(max(t.accepted_at), 0) DESC
"""

_CONVERSATION = "SELECT * FROM conversations WHERE key = :key"
_SESSIONS = """
SELECT backend, session, cursor, opened_at, ended_at FROM sessions
WHERE conversation_id = :id ORDER BY opened_at
"""
_TURNS = "SELECT * FROM turns WHERE conversation_id = :id ORDER BY id"
_POSTS = """
SELECT p.* FROM posts p JOIN turns t ON t.id = p.turn_id
WHERE t.conversation_id = :id ORDER BY p.turn_id, p.part
"""
_MADE = "SELECT name, value FROM memos WHERE name LIKE 'assistant %' ORDER BY name"
_DELETE = "DELETE FROM conversations WHERE key = :key RETURNING id"
_UNBIND = "DELETE FROM bindings WHERE scope = :key"

_USAGE = f"""
SELECT c.key, t.author_id, t.author_name, t.backend, t.model, {sql.TOKENS}
FROM turns t JOIN conversations c ON c.id = t.conversation_id
WHERE t.accepted_at >= :since AND t.command IS NULL AND {sql.WAS_PAID}
GROUP BY c.key, t.author_id, t.author_name, t.backend, t.model
"""  # noqa: S608 - put together from constants


class SqlRecords:
    def __init__(self, database: Database) -> None:
        self._fetch = database.fetch

    async def conversations(self) -> Sequence[Record]:
        return [dict(row) for row in await self._fetch(_LIST, {})]

    async def conversation(self, key: ConversationKey) -> Record | None:
        """Everything there is about one conversation, in the order it happened."""
        for row in await self._fetch(_CONVERSATION, {"key": str(key)}):
            place = {"id": row["id"]}
            posts = await self._fetch(_POSTS, place)
            turns = await self._fetch(_TURNS, place)
            return {
                "key": row["key"],
                "created_at": row["created_at"],
                "begins_after": row["begins_after"],
                "sessions": [dict(session) for session in await self._fetch(_SESSIONS, place)],
                "assistants": [dict(made) for made in await self._fetch(_MADE, {})],
                "turns": [_turn_record(turn, posts) for turn in turns],
            }
        return None

    async def delete(self, key: ConversationKey) -> bool:
        """Forget a conversation with all that hangs on it; False if there was none."""
        await self._fetch(_UNBIND, {"key": str(key)})
        return bool(await self._fetch(_DELETE, {"key": str(key)}))

    async def usage(self, since: float) -> Sequence[Record]:
        """Tokens by conversation, person and model, of answers asked for after `since`."""
        return [dict(row) for row in await self._fetch(_USAGE, {"since": since})]


def _turn_record(row: Mapping[str, Any], posts: Sequence[Mapping[str, Any]]) -> Record:
    names = ["input_tokens", "history_tokens", "cached_tokens", "output_tokens", "reasoning_tokens"]
    tokens = {name: row[name] for name in names}
    return {
        "id": row["id"],
        "message": _some(row, "message_key author_id author_name command text accepted_at"),
        **_some(row, "state step epoch attempts failures reruns due_at error"),
        **_some(row, "assistant backend session run run_at"),
        "changes": [
            dict(zip(("status", "at"), c, strict=True)) for c in json.loads(row["changes"])
        ],
        "answer": _some(row, "answer kind remark thoughts model answered_at"),
        "usage": tokens if row["input_tokens"] is not None else None,
        "posts": [_some(post, "part ref") for post in posts if post["turn_id"] == row["id"]],
        "done_at": row["done_at"],
    }


def _some(row: Mapping[str, Any], names: str) -> Record:
    return {name: row[name] for name in names.split()}
