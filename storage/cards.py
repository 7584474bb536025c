"""Cards of the staff: fenced steps, as with turns."""

from collections.abc import Sequence
from dataclasses import asdict, fields

from bot.core.cards import Card, Matter, Shown, Stand
from storage.database import Fetch, Row

_NAMES = [field.name for field in fields(Card) if field.name != "id"]
_ADD = f"""
INSERT INTO cards ({", ".join(_NAMES)}) VALUES ({", ".join(f":{name}" for name in _NAMES)})
ON CONFLICT (nonce) DO NOTHING
"""
_BY_NONCE = "SELECT * FROM cards WHERE nonce = :nonce"
_CARD = "SELECT * FROM cards WHERE id = :id"
_CHANGES = ("words", "stand", "holder", "holder_name", "due_at", "raised")
_STEP = f"""
UPDATE cards SET epoch = epoch + 1, {", ".join(f"{name} = :{name}" for name in _CHANGES)}
WHERE id = :id AND epoch = :epoch RETURNING *
"""
_OPEN = "stand IN ('open', 'claimed')"
_WAITING = f"""
SELECT * FROM cards
WHERE course = :course AND {_OPEN} AND (CAST(:matter AS TEXT) IS NULL OR matter = :matter)
ORDER BY id
"""
_ALARMS = """
SELECT * FROM cards WHERE course = :course AND matter IN ('alert', 'note') ORDER BY id
"""
_DUE = f"SELECT * FROM cards WHERE {_OPEN} AND due_at <= :now ORDER BY id"
_PURGE = f"DELETE FROM cards WHERE course = :course AND created_at < :before AND NOT ({_OPEN})"
_OF = "SELECT * FROM cards WHERE person = :person ORDER BY id"
_HELD = f"""
SELECT * FROM cards
WHERE {_OPEN} AND stand = 'claimed' AND place = :place AND person = :person
ORDER BY id DESC LIMIT 1
"""


class SqlCards:
    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch

    async def add(self, card: Card) -> Card:
        await self._fetch(_ADD, asdict(card))
        [row] = await self._fetch(_BY_NONCE, {"nonce": card.nonce})
        return _card_from(row)

    async def card(self, number: int) -> Card | None:
        return _first(await self._fetch(_CARD, {"id": number}))

    async def named(self, nonce: str) -> Card | None:
        return _first(await self._fetch(_BY_NONCE, {"nonce": nonce}))

    async def step(self, card: Card) -> Card | None:
        return _first(await self._fetch(_STEP, asdict(card)))

    async def waiting(self, course: int, matter: Matter | None = None) -> Sequence[Card]:
        rows = await self._fetch(_WAITING, {"course": course, "matter": matter})
        return [_card_from(row) for row in rows]

    async def alarms(self, course: int) -> Sequence[Card]:
        return [_card_from(row) for row in await self._fetch(_ALARMS, {"course": course})]

    async def due(self, now: float) -> Sequence[Card]:
        return [_card_from(row) for row in await self._fetch(_DUE, {"now": now})]

    async def purge(self, course: int, before: float) -> None:
        await self._fetch(_PURGE, {"course": course, "before": before})

    async def of(self, person: str) -> Sequence[Card]:
        return [_card_from(row) for row in await self._fetch(_OF, {"person": person})]

    async def held_of(self, place: str, person: str) -> Card | None:
        return _first(await self._fetch(_HELD, {"place": place, "person": person}))


def _first(rows: Sequence[Row]) -> Card | None:
    return next((_card_from(row) for row in rows), None)


def _card_from(row: Row) -> Card:
    values = {name: row[name] for name in ("id", *_NAMES)}
    kinds = {
        "matter": Matter(row["matter"]),
        "shown": Shown(row["shown"]),
        "stand": Stand(row["stand"]),
    }
    return Card(**{**values, **kinds})
