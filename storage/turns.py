"""The line of work, over any database that speaks the statements' SQL."""

import json
from collections.abc import Sequence
from typing import Any

from bot.core.answers import Answer, Kind
from bot.core.erasures import SHORT_LIVED
from bot.core.errors import StaleTurn
from bot.core.messages import ConversationKey, Message, Receipt
from bot.core.prompts import Exchange
from bot.core.turns import Turn
from storage import statements as sql
from storage.columns import MESSAGE, SAID, SAVED, message_from, turn_from, written
from storage.database import Fetch
from storage.summaries import history


class SqlTurns:
    add_sql = sql.ADD_TURN
    give_sql = sql.GIVE_TURN
    cancel_sql = sql.CANCEL_TURN
    show_anew_sql = sql.SHOW_ANEW

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch

    async def add(self, message: Message, now: float) -> Receipt:
        due_at = now + message.may_grow if message.may_grow else 0.0
        return await self._insert(self.add_sql, message, {"now": now, "due_at": due_at})

    async def give(self, message: Message, answer: Answer, now: float) -> Receipt:
        values = {"now": now, "answer": answer.text, "kind": answer.kind}
        return await self._insert(self.give_sql, message, values)

    async def _insert(self, statement: str, message: Message, more: dict[str, Any]) -> Receipt:
        values = {**written(MESSAGE, message), "key": str(message.key), **more}
        for row in await self._fetch(statement, values):
            return Receipt(row["id"], row["conversation_id"], row["ahead"])
        for row in await self._fetch(sql.CONVERSATION_OF, values):
            return Receipt(None, row["conversation_id"])
        # It is the first of a conversation, or that was deleted in between.
        await self._fetch(sql.ADD_CONVERSATION, {"key": values["key"], "now": more["now"]})
        return await self._insert(statement, message, more)

    async def show_anew(self, message_key: str, text: str) -> Receipt | None:
        values = {"message_key": message_key, "answer": text}
        for row in await self._fetch(self.show_anew_sql, values):
            return Receipt(row["id"], row["conversation_id"])
        return None

    async def claim(self, conversation_id: int, now: float) -> Turn | None:
        values = {"conversation_id": conversation_id, "now": now}
        for row in await self._fetch(sql.CLAIM_TURN, values):
            return turn_from(row)
        return None

    async def save(self, turn: Turn) -> None:
        values = {**written(SAVED, turn), "id": turn.id, "epoch": turn.epoch}
        if not await self._fetch(sql.SAVE_TURN, values):
            raise StaleTurn(f"turn {turn.id} is not held under epoch {turn.epoch} any more")

    async def due_at(self, conversation_id: int) -> float | None:
        for row in await self._fetch(sql.DUE_AT, {"conversation_id": conversation_id}):
            return float(row["due_at"])
        return None

    async def open_conversations(self) -> Sequence[tuple[int, ConversationKey]]:
        rows = await self._fetch(sql.OPEN_CONVERSATIONS, {})
        return [(row["id"], ConversationKey.parse(row["key"])) for row in rows]

    async def cancel(self, message_key: str, now: float) -> Receipt | None:
        values = {"message_key": message_key, "now": now}
        for row in await self._fetch(self.cancel_sql, values):
            return Receipt(row["id"], row["conversation_id"])
        return None

    async def is_abandoned(self, turn_id: int) -> bool:
        return bool(await self._fetch(sql.IS_ABANDONED, {"turn_id": turn_id}))

    async def undelivered(self, person: str, scope: str, limit: int) -> Sequence[Turn]:
        values = {"person": person, "below": f"{scope}:", "limit": limit}
        return [turn_from(row) for row in await self._fetch(sql.UNDELIVERED, values)]

    async def note_told(self, turn_id: int) -> None:
        await self._fetch(sql.NOTE_TOLD, {"turn_id": turn_id})

    async def replace(self, message: Message, now: float) -> Receipt | None:
        for row in await self._fetch(sql.REPLACE_TURN, {**_said(message), "now": now}):
            return Receipt(row["id"], row["conversation_id"])
        return None

    async def complete(self, message: Message) -> Receipt | None:
        for row in await self._fetch(sql.COMPLETE_TURN, _said(message)):
            return Receipt(row["id"], row["conversation_id"])
        return None

    async def begin(self, message_key: str) -> None:
        await self._fetch(sql.BEGIN_TURN, {"message_key": message_key})

    async def message(self, message_key: str) -> Message | None:
        for row in await self._fetch(sql.MESSAGE, {"message_key": message_key}):
            return message_from(row)
        return None

    async def knows(self, key: ConversationKey) -> bool:
        return bool(await self._fetch(sql.KNOWS, {"key": str(key)}))

    async def drop_tokens(self, since: float, before: float) -> None:
        for row in await self._fetch(sql.WITH_TOKENS, {"since": since, "before": before}):
            details = json.loads(row["details"])
            for name in SHORT_LIVED:
                details.get("origin", {}).pop(name, None)
            await self._fetch(sql.SAVE_DETAILS, {"id": row["id"], "details": json.dumps(details)})

    async def history(self, turn: Turn, limit: int) -> Sequence[Exchange]:
        return await history(self._fetch, turn, limit)

    async def kind_before(
        self, conversation_id: int, turn_id: int, author: str | None = None
    ) -> Kind | None:
        place = {"conversation_id": conversation_id, "turn_id": turn_id}
        for row in await self._fetch(sql.KIND_BEFORE, {**place, "author_id": author}):
            return Kind(row["kind"]) if row["kind"] else None
        return None


def _said(message: Message) -> dict[str, Any]:
    return {**written(SAID, message), "message_key": message.unique_key}
