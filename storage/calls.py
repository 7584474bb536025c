"""Calls of tools: an intent, a beginning and an end, each a step of its own."""

import base64
import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from bot.core.errors import StaleTurn
from bot.core.files import File
from bot.core.messages import Message
from bot.core.tools import Call, Decision, EndedCall, MadeCall, Output
from bot.core.turns import Turn
from storage.columns import message_from
from storage.database import Fetch, Row
from storage.fulltext import within
from storage.statements import JOINED

_HELD = "SELECT id FROM turns WHERE id = :turn_id AND epoch = :epoch AND state = 'pending'"

# What was about to be made before was not begun: no step of it had been counted.
_DROP = f"""
DELETE FROM calls WHERE turn_id IN ({_HELD}) AND step = :step AND begun_at IS NULL
"""
_INTEND = """
INSERT INTO calls (turn_id, step, made_at, place, call_id, tool, arguments, decision)
SELECT turns.id, :step, :now, {columns}
FROM turns CROSS JOIN (VALUES {rows}) AS made
WHERE turns.id = :turn_id AND epoch = :epoch AND state = 'pending'
ON CONFLICT (turn_id, call_id) DO UPDATE SET call_id = excluded.call_id
RETURNING *
"""
_COLUMNS = ", ".join(f"made.column{number}" for number in range(1, 6))
_ROW = "({place}, :call{place}, :tool{place}, :arguments{place}, :decision{place})"

# What is kept before the step is counted is kept once.
_KEEP = """
INSERT INTO calls (turn_id, step, made_at, begun_at, ended_at, is_hosted, container,
                   place, call_id, tool, arguments, output, is_error, files)
SELECT id, :step, :now, :now, :now, 1, :container,
       :place, :call_id, :tool, :arguments, :output, :is_error, :files
FROM turns WHERE id = :turn_id AND epoch = :epoch AND state = 'pending'
ON CONFLICT (turn_id, call_id) DO NOTHING
"""
_KNOWN = """
SELECT DISTINCT container FROM calls
WHERE container IN ({marks}) AND NOT (turn_id = :turn_id AND step >= :step)
"""

_OF = "SELECT * FROM calls WHERE turn_id = :turn_id ORDER BY step, place"
_FIND = f"""
SELECT turns.*, conversations.key AS conversation_key
FROM {JOINED} WHERE turns.id = (SELECT turn_id FROM calls WHERE id = :number)
"""
_ONE = "SELECT * FROM calls WHERE id = :number"
_BEGIN = f"""
UPDATE calls SET begun_at = :now
WHERE id = :number AND ended_at IS NULL AND EXISTS ({_HELD})
RETURNING id
"""
_END = """
UPDATE calls SET ended_at = :now, output = :output, is_error = :is_error, files = :files
WHERE id = :number AND ended_at IS NULL
"""
_DECIDE = """
UPDATE calls SET decision = :decision WHERE id = :number AND decision = 'asked' RETURNING id
"""
_DROP_FILES = "UPDATE calls SET files = NULL WHERE turn_id = :turn_id AND files IS NOT NULL"


class SqlCalls:
    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch

    async def intend(
        self, turn: Turn, calls: Sequence[tuple[Call, Decision | None]], now: float
    ) -> Sequence[MadeCall]:
        values = {**_held(turn), "step": turn.tool_steps}
        await self._fetch(_DROP, values)
        rows = ", ".join(_ROW.format(place=place) for place in range(len(calls)))
        statement = _INTEND.format(columns=_COLUMNS, rows=rows)
        made = await self._fetch(statement, {**values, **_numbered(calls), "now": now})
        if not made:
            raise _stale(turn)
        return sorted(map(_call_from, made), key=lambda call: call.number)

    async def keep(self, turn: Turn, ended: Sequence[EndedCall], now: float) -> None:
        for place, one in enumerate(ended):
            call = one.call
            values = {**_held(turn), "step": turn.tool_steps, "now": now, "place": place}
            about = {"call_id": call.id, "tool": call.tool, "arguments": call.arguments}
            done = {"container": one.place or None, **_came(one.output)}
            await self._fetch(_KEEP, {**values, **about, **done})

    async def known(self, turn: Turn, places: Sequence[str]) -> Collection[str]:
        marks, named = within(places)
        if not places:
            return ()
        values = {**named, "turn_id": turn.id, "step": turn.tool_steps}
        return {row["container"] for row in await self._fetch(_KNOWN.format(marks=marks), values)}

    async def of(self, turn_id: int) -> Sequence[MadeCall]:
        return [_call_from(row) for row in await self._fetch(_OF, {"turn_id": turn_id})]

    async def find(self, number: int) -> tuple[MadeCall, Message] | None:
        for row in await self._fetch(_ONE, {"number": number}):
            for asked in await self._fetch(_FIND, {"number": number}):
                return _call_from(row), message_from(asked)
        return None

    async def begin(self, turn: Turn, number: int, now: float) -> None:
        if not await self._fetch(_BEGIN, {**_held(turn), "number": number, "now": now}):
            raise _stale(turn)

    async def end(self, number: int, output: Output, now: float) -> None:
        await self._fetch(_END, {"number": number, "now": now, **_came(output)})

    async def decide(self, number: int, decision: Decision) -> bool:
        return bool(await self._fetch(_DECIDE, {"number": number, "decision": decision}))

    async def drop_files(self, turn_id: int) -> None:
        await self._fetch(_DROP_FILES, {"turn_id": turn_id})


def _came(output: Output) -> Mapping[str, Any]:
    said = {"output": output.text, "is_error": int(output.is_error)}
    return {**said, "files": _as_json(output.files)}


def _held(turn: Turn) -> Mapping[str, Any]:
    return {"turn_id": turn.id, "epoch": turn.epoch}


def _stale(turn: Turn) -> StaleTurn:
    return StaleTurn(f"turn {turn.id} is not held under epoch {turn.epoch} any more")


def _numbered(calls: Sequence[tuple[Call, Decision | None]]) -> dict[str, Any]:
    return {
        f"{name}{place}": value
        for place, (call, decision) in enumerate(calls)
        for name, value in (
            ("call", call.id),
            ("tool", call.tool),
            ("arguments", call.arguments),
            ("decision", decision),
        )
    }


def _call_from(row: Row) -> MadeCall:
    ended, decision = row["ended_at"] is not None, row["decision"]
    files = tuple(map(_file_from, json.loads(row["files"] or "[]")))
    return MadeCall(
        number=row["id"],
        call=Call(row["call_id"], row["tool"], row["arguments"]),
        decision=Decision(decision) if decision else None,
        output=Output(row["output"], files, bool(row["is_error"])) if ended else None,
        is_hosted=bool(row["is_hosted"]),
        container=row["container"] or "",
        **{name: row[name] for name in ("turn_id", "step", "made_at", "begun_at", "ended_at")},
    )


def _as_json(files: Sequence[File]) -> str | None:
    kept = [[file.name, file.mime, base64.b64encode(file.data).decode()] for file in files]
    return json.dumps(kept) if kept else None


def _file_from(kept: Sequence[str]) -> File:
    name, mime, data = kept
    return File(name, mime, base64.b64decode(data))
