"""The line of work, over any database that speaks the statements' SQL."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from bot.core.along import Along
from bot.core.answers import Answer, Kind
from bot.core.erasures import SHORT_LIVED
from bot.core.errors import StaleTurn
from bot.core.messages import ConversationKey, Message, Receipt
from bot.core.prompts import Exchange
from bot.core.turns import Turn
from storage import posts, sessions
from storage import statements as sql
from storage.columns import MESSAGE, SAID, SAVED, message_from, turn_from, written
from storage.database import Row, Statement, Writable
from storage.sealing import Sealing
from storage.summaries import history


class SqlTurns:
    add_sql = sql.ADD_TURN
    take_sql = sql.TAKE_TURN
    give_sql = sql.GIVE_TURN
    cancel_sql = sql.CANCEL_TURN
    show_anew_sql = sql.SHOW_ANEW
    reword_sql = sql.REWORD

    def __init__(self, fetch: Writable, secret: str = "") -> None:
        self._fetch = fetch
        self._sealing = Sealing(fetch, secret)
        self._taken: dict[int, Turn] = {}  # claimed when added, by conversation, until asked for

    async def add(self, message: Message, now: float, *, is_taken: bool = False) -> Receipt:
        if message.command == "stop":
            self._taken.clear()
        due_at = now + message.may_grow if message.may_grow else 0.0
        statement = self.take_sql if is_taken else self.add_sql
        return await self._insert(statement, message, {"now": now, "due_at": due_at})

    async def give(self, message: Message, answer: Answer, now: float) -> Receipt:
        values = {"now": now, "answer": answer.text, "kind": answer.kind}
        return await self._insert(self.give_sql, message, values)

    async def _insert(self, statement: str, message: Message, more: dict[str, Any]) -> Receipt:
        sealed = await self._sealing.close(message)
        values = {**written(MESSAGE, sealed), "key": str(message.key), **more}
        for row in await self._fetch(statement, values):
            return self._inserted(row, message)
        for row in await self._fetch(sql.CONVERSATION_OF, values):
            return Receipt(None, row["conversation_id"])
        first = (sql.ADD_CONVERSATION, {"key": values["key"], "now": more["now"]})
        _, rows = await self._fetch.together([first, (statement, values)])
        for row in rows:
            return self._inserted(row, message)
        return await self._insert(statement, message, more)  # it was told twice at once

    def _inserted(self, row: Row, message: Message) -> Receipt:
        if row["epoch"]:
            # Counted as an attempt by its next step: until then nothing was begun.
            taken = replace(turn_from(row), attempts=1)
            taken = replace(taken, message=replace(taken.message, origin=dict(message.origin)))
            self._taken[row["conversation_id"]] = taken
        return Receipt(row["id"], row["conversation_id"], row["ahead"])

    async def show_anew(self, message_key: str, text: str) -> Receipt | None:
        values = {"message_key": message_key, "answer": text}
        for row in await self._fetch(self.show_anew_sql, values):
            return Receipt(row["id"], row["conversation_id"])
        return None

    async def reword(self, message_key: str, old: str, new: str) -> Receipt | None:
        values = {"message_key": message_key, "old": old, "new": new}
        for row in await self._fetch(self.reword_sql, values):
            return Receipt(row["id"], row["conversation_id"])
        return None

    async def claim(self, conversation_id: int, now: float) -> Turn | None:
        if taken := self._taken.pop(conversation_id, None):
            return taken
        values = {"conversation_id": conversation_id, "now": now}
        for row in await self._fetch(sql.CLAIM_TURN, values):
            self._taken.pop(conversation_id, None)  # added meanwhile, and claimed once more
            return await self._turn_from(row)
        return None

    async def save(self, turn: Turn, along: Along | None = None) -> None:
        sealed = replace(turn, message=await self._sealing.close(turn.message))
        values = {**written(SAVED, sealed), "id": turn.id, "epoch": turn.epoch}
        others = _along(turn, along) if along else ()
        rows = await self._fetch.together([(sql.SAVE_TURN, values), *others])
        if not rows[0]:
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
            self._taken.pop(row["conversation_id"], None)
            return Receipt(row["id"], row["conversation_id"])
        return None

    async def hand_on(self, turn: Turn) -> None:
        since = turn.failing_since
        if since is not None:
            values = {"conversation_id": turn.conversation_id, "id": turn.id}
            await self._fetch(sql.HAND_ON, {**values, "since": since, "failures": turn.failures})

    async def is_abandoned(self, turn_id: int) -> bool:
        return bool(await self._fetch(sql.IS_ABANDONED, {"turn_id": turn_id}))

    async def undelivered(self, person: str, scope: str, limit: int) -> Sequence[Turn]:
        values = {"person": person, "below": f"{scope}:", "limit": limit}
        return [await self._turn_from(row) for row in await self._fetch(sql.UNDELIVERED, values)]

    async def note_told(self, turn_id: int) -> None:
        await self._fetch(sql.NOTE_TOLD, {"turn_id": turn_id})

    async def replace(self, message: Message, now: float) -> Receipt | None:
        waiting = self._waiting(message.unique_key)
        values = {**await self._said(message), "now": now, "waiting": waiting}
        for row in await self._fetch(sql.REPLACE_TURN, values):
            self._taken.pop(row["conversation_id"], None)
            return Receipt(row["id"], row["conversation_id"])
        return None

    async def complete(self, message: Message) -> Receipt | None:
        for row in await self._fetch(sql.COMPLETE_TURN, await self._said(message)):
            self._taken.pop(row["conversation_id"], None)
            return Receipt(row["id"], row["conversation_id"])
        return None

    async def begin(self, message_key: str) -> None:
        await self._fetch(sql.BEGIN_TURN, {"message_key": message_key})

    async def message(self, message_key: str) -> Message | None:
        for row in await self._fetch(sql.MESSAGE, {"message_key": message_key}):
            return await self._sealing.open(message_from(row))
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

    async def _turn_from(self, row: Row) -> Turn:
        turn = turn_from(row)
        return replace(turn, message=await self._sealing.open(turn.message))

    async def _said(self, message: Message) -> dict[str, Any]:
        sealed = await self._sealing.close(message)
        return {**written(SAID, sealed), "message_key": message.unique_key}

    def _waiting(self, message_key: str) -> int:
        """The id of the turn that is claimed, and that nobody asked for yet; 0: none."""
        taken = self._taken.values()
        return next((one.id for one in taken if one.message.unique_key == message_key), 0)


def _along(turn: Turn, along: Along) -> Iterator[Statement]:
    if along.session:
        place = (turn.conversation_id, str(turn.backend))
        yield sessions.saving(*place, along.session, along.at)
    for part, post in along.posts.items():
        yield (
            posts.saving(turn.id, part, post.ref) if post.ref else posts.intending(turn, part, post)
        )
