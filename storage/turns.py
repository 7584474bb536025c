"""The `Storage` port over any database that speaks the statements' SQL."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Any, Protocol

from bot.core.answers import Answer, Kind, Usage
from bot.core.errors import StaleTurn
from bot.core.messages import Attachment, Author, ConversationKey, Message, Receipt, Vote
from bot.core.ports.storage import Kept, Used
from bot.core.prompts import Exchange
from bot.core.turns import Change, Session, State, Step, Turn
from storage import scopes
from storage import statements as sql

Row = Mapping[str, Any]


class Database(Protocol):
    """Runs one statement with named values, in a transaction of its own."""

    async def fetch(self, statement: str, values: Mapping[str, Any]) -> Sequence[Row]: ...


class SqlStorage:
    add_turn_sql = sql.ADD_TURN
    cancel_turn_sql = sql.CANCEL_TURN

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add_turn(self, message: Message, now: float) -> Receipt:
        values = _message_values(message, now)
        await self._fetch(sql.ADD_CONVERSATION, {"key": values["key"], "now": now})
        for row in await self._fetch(self.add_turn_sql, values):
            place = {"conversation_id": row["conversation_id"], "turn_id": row["id"]}
            ahead = (await self._fetch(sql.COUNT_AHEAD, place))[0]["ahead"]
            return Receipt(row["id"], row["conversation_id"], ahead)
        for row in await self._fetch(sql.CONVERSATION_OF, values):
            return Receipt(None, row["conversation_id"])
        return await self.add_turn(message, now)  # the conversation was deleted in between

    async def claim_turn(self, conversation_id: int, now: float) -> Turn | None:
        values = {"conversation_id": conversation_id, "now": now}
        for row in await self._fetch(sql.CLAIM_TURN, values):
            return turn_from(row)
        return None

    async def save_turn(self, turn: Turn) -> None:
        if not await self._fetch(sql.SAVE_TURN, _turn_values(turn)):
            raise StaleTurn(f"turn {turn.id} is not held under epoch {turn.epoch} any more")

    async def due_at(self, conversation_id: int) -> float | None:
        for row in await self._fetch(sql.DUE_AT, {"conversation_id": conversation_id}):
            return float(row["due_at"])
        return None

    async def open_conversations(self) -> Sequence[tuple[int, ConversationKey]]:
        rows = await self._fetch(sql.OPEN_CONVERSATIONS, {})
        return [(row["id"], ConversationKey.parse(row["key"])) for row in rows]

    async def cancel_turn(self, message_key: str, now: float) -> Receipt | None:
        values = {"message_key": message_key, "now": now}
        for row in await self._fetch(self.cancel_turn_sql, values):
            return Receipt(row["id"], row["conversation_id"])
        return None

    async def is_withdrawn(self, turn_id: int) -> bool:
        return bool(await self._fetch(sql.IS_WITHDRAWN, {"turn_id": turn_id}))

    async def replace_turn(self, message_key: str, text: str) -> bool:
        values = {"message_key": message_key, "text": text}
        return bool(await self._fetch(sql.REPLACE_TURN, values))

    async def message(self, message_key: str) -> Message | None:
        for row in await self._fetch(sql.MESSAGE, {"message_key": message_key}):
            return _message_from(row)
        return None

    async def knows(self, key: ConversationKey) -> bool:
        return bool(await self._fetch(sql.KNOWS, {"key": str(key)}))

    async def add_vote(
        self, message_key: str, person: str, vote: Vote, reason: str, now: float
    ) -> bool:
        values = {"message_key": message_key, "person": person, "vote": vote, "reason": reason}
        return bool(await self._fetch(sql.VOTE, {**values, "now": now}))

    async def history(self, turn: Turn, limit: int) -> Sequence[Exchange]:
        values = {"conversation_id": turn.conversation_id, "turn_id": turn.id, "limit": limit}
        rows = await self._fetch(sql.HISTORY, values)
        return [Exchange(row["question"], row["answer"]) for row in reversed(rows)]

    async def begin_anew(self, conversation_id: int, turn_id: int, now: float) -> None:
        values = {"conversation_id": conversation_id, "turn_id": turn_id, "now": now}
        await self._fetch(sql.BEGIN_ANEW, values)
        await self._fetch(sql.END_SESSIONS, values)

    async def kind_before(
        self, conversation_id: int, turn_id: int, author: str | None = None
    ) -> Kind | None:
        place = {"conversation_id": conversation_id, "turn_id": turn_id}
        values = {**place, "author_id": author}
        for row in await self._fetch(sql.KIND_BEFORE, values):
            return Kind(row["kind"]) if row["kind"] else None
        return None

    async def session(self, conversation_id: int, backend: str) -> Session | None:
        values = {"conversation_id": conversation_id, "backend": backend}
        for row in await self._fetch(sql.SESSION, values):
            return Session(row["session"], row["cursor"])
        return None

    async def save_session(
        self, conversation_id: int, backend: str, session: Session, now: float
    ) -> None:
        values = {"conversation_id": conversation_id, "backend": backend, "now": now}
        values |= {"session": session.id, "cursor": session.cursor}
        await self._fetch(sql.SAVE_SESSION, values)

    async def end_session(self, conversation_id: int, now: float) -> None:
        await self._fetch(sql.END_SESSIONS, {"conversation_id": conversation_id, "now": now})

    async def posts(self, turn_id: int) -> dict[int, str | None]:
        rows = await self._fetch(sql.POSTS, {"turn_id": turn_id})
        return {row["part"]: row["ref"] for row in rows}

    async def intend_post(self, turn_id: int, part: int) -> None:
        await self._fetch(sql.INTEND_POST, {"turn_id": turn_id, "part": part})

    async def save_post(self, turn_id: int, part: int, ref: str) -> None:
        await self._fetch(sql.SAVE_POST, {"turn_id": turn_id, "part": part, "ref": ref})

    async def drop_post(self, turn_id: int, part: int) -> None:
        await self._fetch(sql.DROP_POST, {"turn_id": turn_id, "part": part})

    async def bind(self, scope: str, name: str, value: str, now: float) -> None:
        await self._fetch(sql.BIND, {"scope": scope, "name": name, "value": value, "now": now})

    async def bindings(self, scopes: Sequence[str], name: str) -> dict[str, str]:
        values = {f"scope{number}": scope for number, scope in enumerate(scopes)}
        marks = ", ".join(f":{mark}" for mark in values)
        rows = await self._fetch(sql.BINDINGS.format(scopes=marks), {**values, "name": name})
        return {row["scope"]: row["value"] for row in rows}

    async def usage_of(self, conversation_id: int) -> Used:
        rows = await self._fetch(sql.USAGE_OF, {"conversation_id": conversation_id})
        return Used(**rows[0])

    async def usage_of_person(self, scope: str, person: str) -> Used:
        return Used(**(await self._fetch(sql.USAGE_OF_PERSON, _of(person, scope)))[0])

    async def open_turns(self, key: ConversationKey, limit: int) -> Sequence[Turn]:
        rows = await self._fetch(sql.OPEN_TURNS, {"key": str(key), "limit": limit})
        return [turn_from(row) for row in rows]

    async def turns_in(self, scope: str, limit: int) -> Sequence[Turn]:
        rows = await self._fetch(scopes.TURNS_IN, {"below": f"{scope}:", "limit": limit})
        return [turn_from(row) for row in reversed(rows)]

    async def asked(self, turn: Turn, scope: str, since: float, limit: int) -> Sequence[float]:
        values = _of(turn.message.author.id, scope)
        values |= {"since": since, "turn_id": turn.id, "limit": limit}
        return [row["accepted_at"] for row in await self._fetch(sql.ASKED, values)]

    async def kept_of(self, person: str, scope: str) -> Sequence[Kept]:
        rows = await self._fetch(scopes.KEPT_OF, _of(person, scope))
        sessions = groupby(rows, lambda row: (row["backend"], row["session"]))
        return [
            Kept(*session, tuple(row["run"] for row in runs if row["run"]))
            for session, runs in sessions
        ]

    async def erase(self, person: str, scope: str) -> int:
        values = _of(person, scope)
        for statement in (scopes.BEGIN_ANEW_OF, scopes.END_SESSIONS_OF, scopes.ERASE_VOTES):
            await self._fetch(statement, values)
        return len(await self._fetch(scopes.ERASE, values))

    async def remember(self, name: str, value: str) -> None:
        await self._fetch(sql.REMEMBER, {"name": name, "value": value})

    async def replace_memo(self, name: str, known: str, value: str) -> bool:
        return bool(
            await self._fetch(sql.REPLACE_MEMO, {"name": name, "known": known, "value": value})
        )

    async def recall(self, name: str) -> str | None:
        for row in await self._fetch(sql.RECALL, {"name": name}):
            return str(row["value"])
        return None

    async def _fetch(self, statement: str, values: Mapping[str, Any]) -> Sequence[Row]:
        storable = {name: _storable(value) for name, value in values.items()}
        return await self._database.fetch(statement, storable)


def _of(person: str, scope: str) -> dict[str, Any]:
    return {"person": person, "below": f"{scope}:"}


def _storable(value: Any) -> Any:
    """A lone surrogate, which a server's JSON may well hold, is text to us but to no database."""
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value


def turn_from(row: Row) -> Turn:
    """The turn a row of `turns` holds; needs `conversation_key` and `is_stopped` beside it."""
    plain = (
        "id conversation_id epoch attempts failures failing_since reruns due_at error assistant "
        "backend session prompt run run_at accepted_at answered_at done_at"
    )
    return Turn(
        **{name: row[name] for name in plain.split()},
        message=_message_from(row),
        state=State(row["state"]),
        step=Step(row["step"]) if row["step"] else None,
        is_stopped=bool(row["is_stopped"]),
        is_submitted=bool(row["is_submitted"]),
        changes=tuple(Change(*change) for change in json.loads(row["changes"])),
        answer=_answer_from(row),
    )


def _message_from(row: Row) -> Message:
    client_key, details = row["client_key"], json.loads(row["details"])
    return Message(
        key=ConversationKey.parse(row["conversation_key"]),
        id=row["message_id"],
        author=Author(row["author_id"], row["author_name"]),
        text=row["text"],
        command=row["command"],
        client_id=client_key and client_key.partition(":")[2],
        is_shared=details.get("is_shared", False),
        attachments=tuple(Attachment(**one) for one in details.get("attachments", ())),
        origin=details.get("origin", {}),
    )


def _answer_from(row: Row) -> Answer | None:
    if row["answer"] is None:
        return None
    aside = {"remark": row["remark"] or "", "thoughts": row["thoughts"] or ""}
    kind, usage = Kind(row["kind"]), _usage_from(row)
    return Answer(row["answer"], kind, model=row["model"], usage=usage, **aside)


def _usage_from(row: Row) -> Usage | None:
    if row["input_tokens"] is None:
        return None
    return Usage(**{name: row[name] for name in Usage.__slots__})


def _message_values(message: Message, now: float) -> dict[str, Any]:
    return {
        "key": str(message.key),
        "message_key": message.unique_key,
        "client_key": message.unique_client_key,
        "message_id": message.id,
        "author_id": message.author.id,
        "author_name": message.author.name,
        "text": message.text,
        "command": message.command,
        "details": _details(message),
        "now": now,
    }


def _details(message: Message) -> str:
    """As JSON, what only few messages have."""
    details = {
        "is_shared": message.is_shared,
        "attachments": [asdict(attachment) for attachment in message.attachments],
        "origin": dict(message.origin),
    }
    return json.dumps({name: value for name, value in details.items() if value})


def _turn_values(turn: Turn) -> dict[str, Any]:
    plain = (
        "id epoch state step attempts failures failing_since reruns due_at error assistant "
        "backend session prompt run run_at answered_at done_at"
    )
    answer, usage = turn.answer, turn.answer and turn.answer.usage
    return {
        **{name: getattr(turn, name) for name in plain.split()},
        "is_submitted": int(turn.is_submitted),
        "changes": json.dumps([[change.status, change.at] for change in turn.changes]),
        "answer": answer and answer.text,
        "kind": answer and answer.kind,
        "remark": answer and answer.remark,
        "thoughts": answer and answer.thoughts,
        "model": answer and answer.model,
        **{name: usage and getattr(usage, name) for name in Usage.__slots__},
    }
