"""What the page looks at: the `Views` port. No look takes long; what would is refused."""

import json
import time
from collections.abc import Sequence
from typing import Any

from bot.core.messages import Attachment, ConversationKey
from bot.core.ports.clock import Clock
from bot.core.ports.records import Choice, ConversationLine
from bot.core.ports.views import (
    Dimension,
    EndedTurn,
    Found,
    OpenWork,
    SpendingRecord,
    TurnLine,
    TurnView,
)
from storage.database import GLANCES, Database, Row
from storage.days import SqlDays
from storage.page_parts import page_parts
from storage.records import SqlRecords, turn_record
from storage.statements import EVERY_RUN, IN_SCOPE, JOINED, OPEN

_LAST = 2**63 - 1
_WINDOW = 20_000  # turns that are searched at a time
_PATIENCE = 1.5  # seconds for a search
_WORKED_OUT = {"status", "is_shared"}  # of a line, and no column

_LINE = """turns.id, conversations.key, author_id, author_name, details, command,
       substr(text, 1, 200) AS text, state, step, changes, error, accepted_at, done_at"""
_OPEN = f"""{GLANCES}
SELECT state, count(*) AS turns, min(accepted_at) AS oldest FROM turns WHERE {OPEN} GROUP BY state
"""
# By its index of open turns, which an order by the plain id would pass over.
_WAITING = f"""{GLANCES}
SELECT {_LINE} FROM {JOINED} WHERE {OPEN} ORDER BY +turns.id LIMIT :most
"""
_ENDED = f"""{GLANCES}
SELECT accepted_at, done_at, kind, step FROM turns
WHERE accepted_at >= :since AND state = 'done' AND command IS NULL
ORDER BY accepted_at DESC LIMIT :most
"""
_TROUBLED = f"""{GLANCES}
SELECT {_LINE} FROM {JOINED}
WHERE accepted_at >= :since AND (kind = 'notice' OR step = 'undeliverable') AND command IS NULL
ORDER BY accepted_at DESC LIMIT :most
"""
_NEWEST = f"{GLANCES}\nSELECT coalesce(max(id), 0) AS id FROM turns WHERE id < :before"
_FOUND = f"""{GLANCES}
SELECT {_LINE} FROM {JOINED}
WHERE turns.id <= :newest AND turns.id > :oldest AND (
    lower(text) LIKE :words ESCAPE '!' OR lower(answer) LIKE :words ESCAPE '!'
    OR lower(author_name) LIKE :words ESCAPE '!' OR lower(conversations.key) LIKE :words ESCAPE '!')
ORDER BY turns.id DESC LIMIT :most
"""
_HELD = """turns.id < :before AND (:words = '%%' OR lower(text) LIKE :words ESCAPE '!'
    OR (step = 'delivered' AND lower(answer) LIKE :words ESCAPE '!'))"""
_SAID_BY = f"""{GLANCES}
SELECT {_LINE} FROM {JOINED}
WHERE author_id = :person AND {IN_SCOPE} AND {_HELD} ORDER BY +turns.id DESC LIMIT :most
"""
_HEARD_IN = f"""{GLANCES}
SELECT {_LINE} FROM {JOINED}
WHERE conversations.id IN (SELECT id FROM conversations WHERE {IN_SCOPE})
  AND command IS NULL AND details LIKE '%"is_shared": true%' AND {_HELD}
ORDER BY +turns.id DESC LIMIT :most
"""
_AT = f"{GLANCES}\nSELECT max(accepted_at) AS at FROM turns WHERE id <= :id AND id > :id - 1000"
_TURNS = f"""{GLANCES}
SELECT turns.*, conversations.key FROM {JOINED}
WHERE conversations.key IN (:first, :second) AND turns.id < :before
ORDER BY turns.id DESC LIMIT :most
"""
_TURN = f"{GLANCES}\nSELECT turns.*, conversations.key FROM {JOINED} WHERE turns.id = :id"
# What belongs to some turns: parts of replies, runs, and calls of tools.
_PARTS = (
    f"{GLANCES}\nSELECT * FROM posts WHERE turn_id IN ({{these}}) ORDER BY part",
    f"{GLANCES}\nSELECT * FROM {EVERY_RUN} WHERE turn_id IN ({{these}}) ORDER BY step",
    f"{GLANCES}\nSELECT * FROM calls WHERE turn_id IN ({{these}}) ORDER BY step, place",
)
_ON_PAGE = f"{GLANCES}\nSELECT * FROM page_parts WHERE turn_id IN ({{these}}) ORDER BY ref"


class SqlViews:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._fetch = database.fetch
        self._clock = clock
        self._records = SqlRecords(database)
        self._days = SqlDays(database, clock)

    async def queue(self) -> OpenWork:
        rows = await self._fetch(_OPEN, {})
        oldest = min((row["oldest"] for row in rows), default=None)
        return OpenWork({row["state"]: row["turns"] for row in rows}, oldest, self._clock())

    async def waiting(self, most: int) -> Sequence[TurnLine]:
        return _lines(await self._fetch(_WAITING, {"most": most}))

    async def ended(self, since: float, most: int) -> Sequence[EndedTurn]:
        return [
            EndedTurn(row["accepted_at"], row["done_at"] or row["accepted_at"], _has_failed(row))
            for row in await self._fetch(_ENDED, {"since": since, "most": most})
        ]

    async def troubled(self, since: float, most: int) -> Sequence[TurnLine]:
        return _lines(await self._fetch(_TROUBLED, {"since": since, "most": most}))

    async def conversations(self, choice: Choice) -> Sequence[ConversationLine]:
        return await self._records.conversations(choice)

    async def found(self, words: str, before: int | None, most: int) -> Found:
        values: dict[str, Any] = {"words": _like(words), "most": most}
        rows = await self._fetch(_NEWEST, {"before": before or _LAST})
        newest, lines, until = rows[0]["id"], list[TurnLine](), time.monotonic() + _PATIENCE
        while newest > 0 and len(lines) < most and time.monotonic() < until:
            window = {"newest": newest, "oldest": newest - _WINDOW}
            lines += _lines(await self._fetch(_FOUND, values | window))
            newest -= _WINDOW
        if newest <= 0:
            return Found(tuple(lines[:most]), None)
        back_to = (await self._fetch(_AT, {"id": newest + 1}))[0]["at"]
        return Found(tuple(lines[:most]), back_to)

    async def said_by(
        self, person: str, words: str, before: int | None, most: int
    ) -> Sequence[TurnLine]:
        scope, _, id_ = person.rpartition(":")
        values = {"person": id_, "below": f"{scope}:", "words": _like(words), "most": most}
        return _lines(await self._fetch(_SAID_BY, {**values, "before": before or _LAST}))

    async def heard_in(
        self, scope: str, words: str, before: int | None, most: int
    ) -> Sequence[TurnLine]:
        values = {"below": f"{scope}:", "words": _like(words), "most": most}
        return _lines(await self._fetch(_HEARD_IN, {**values, "before": before or _LAST}))

    async def turns(
        self, keys: Sequence[ConversationKey], before: int | None, most: int
    ) -> Sequence[TurnView]:
        values = {"first": str(keys[0]), "second": str(keys[-1]), "most": most}
        rows = await self._fetch(_TURNS, {**values, "before": before or _LAST})
        return [] if not rows else await self._whole(list(reversed(rows)))

    async def turn(self, turn_id: int) -> TurnView | None:
        rows = await self._fetch(_TURN, {"id": turn_id})
        return (await self._whole(rows))[0] if rows else None

    async def _whole(self, rows: Sequence[Row]) -> Sequence[TurnView]:
        values = {f"t{number}": row["id"] for number, row in enumerate(rows)}
        these = ", ".join(f":{name}" for name in values)
        parts = [await self._fetch(one.format(these=these), values) for one in _PARTS]
        shown = await self._fetch(_ON_PAGE.format(these=these), values)
        return [
            TurnView(
                row["key"],
                turn_record(row, *parts),
                _files(row),
                _is_shared(row),
                page_parts(shown, row["id"]),
            )
            for row in rows
        ]

    async def spending(self, since: float, by: Dimension) -> Sequence[SpendingRecord]:
        return await self._days.spending(since, by)


def _lines(rows: Sequence[Row]) -> list[TurnLine]:
    return [
        TurnLine(
            **{name: row[name] for name in TurnLine.__slots__ if name not in _WORKED_OUT},
            is_shared=_is_shared(row),
            status=next((change[0] for change in reversed(json.loads(row["changes"]))), ""),
        )
        for row in rows
    ]


def _has_failed(row: Row) -> bool:
    return bool(row["kind"] == "notice" or row["step"] == "undeliverable")


def _files(row: Row) -> tuple[Attachment, ...]:
    return tuple(Attachment(**one) for one in json.loads(row["details"]).get("attachments", ()))


def _is_shared(row: Row) -> bool:
    return bool(json.loads(row["details"]).get("is_shared"))


def _like(words: str) -> str:
    escaped = words.lower().replace("!", "!!").replace("%", "!%").replace("_", "!_")
    return f"%{escaped}%"
