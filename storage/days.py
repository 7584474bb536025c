"""What was used, by day: finished days are summed up once, and read together with all others."""

import asyncio
import math
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

import structlog

from bot.core.errors import BotError
from bot.core.ports.storage import Used
from bot.core.ports.views import Dimension, SpendingRecord
from storage import columns
from storage.database import GLANCES, Database, Row
from storage.statements import JOINED, PAID_WITHIN, TOKENS, WAS_PAID

log = structlog.get_logger()

_DAY = 86_400
_MOST = 400  # days back
_ROUND = 3600.0  # seconds between two looks for days that are over, or have changed
_PAUSE = 0.2  # seconds between two days, for all who wait to write
_EVER = 2.0**53
_ALIKE = 100_000  # tokens: longer runs may cost more a token, so they are priced apart
_NAMES = {
    Dimension.DAY: f"CAST(CAST(accepted_at AS BIGINT) / {_DAY} AS TEXT)",
    Dimension.MODEL: "coalesce(model, 'unknown')",
    # By time alone: in the order of an index of theirs all turns there are would be looked at.
    Dimension.PERSON: "author_id || ''",
    Dimension.CHANNEL: "conversations.key || ''",
    Dimension.ASSISTANT: "coalesce(assistant, '')",
}
_OF_TURNS = f"""
SELECT {{first}}{{name}} AS name, max(author_name) AS author_name, max(conversations.key) AS key,
       backend, model, coalesce(input_tokens, 0) / {_ALIKE} AS alike, {TOKENS}
FROM {JOINED}
WHERE {PAID_WITHIN} AND {WAS_PAID}
GROUP BY {{name}}, backend, model, coalesce(input_tokens, 0) / {_ALIKE}
"""
_SUMS = ", ".join(f"CAST(sum({name}) AS BIGINT) AS {name}" for name in Used.__slots__)
_OF_DAYS = f"""{GLANCES}
SELECT name, max(author_name) AS author_name, max(key) AS key, backend, model, alike, {_SUMS}
FROM spendings WHERE day >= :first AND day < :last AND dimension = :dimension
GROUP BY name, backend, model, alike
"""
_KNOWN = f"{GLANCES}\nSELECT day FROM finished_days WHERE day >= :first AND day < :last"
_OLDEST = f"{GLANCES}\nSELECT min(accepted_at) AS at FROM turns"
_BEGIN = "INSERT INTO finished_days (day) VALUES (:day) ON CONFLICT DO NOTHING RETURNING day"
_SUM_UP = f"""
INSERT INTO spendings (day, dimension, name, author_name, key, backend, model, alike, runs,
                       uncounted, unpriced, {", ".join(columns.USAGE)})
{_OF_TURNS}"""


class SqlDays:
    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._fetch = database.fetch
        self._clock = clock

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            await asyncio.sleep(_ROUND)
            try:
                await self.fill(_PAUSE)
            except BotError as error:
                log.warning("days_not_summed", error=str(error))

    async def fill(self, pause: float = 0.0) -> int:
        """Sum up each day that is over and is not, or has changed; returns how many."""
        oldest = (await self._fetch(_OLDEST, {}))[0]["at"]
        today = int(self._clock() // _DAY)
        first = today if oldest is None else max(int(oldest // _DAY), today - _MOST)
        missing = set(range(first, today)) - set(await self._known(first, today))
        for day in sorted(missing, reverse=True):
            await self._sum_up(day)
            await asyncio.sleep(pause)
        return len(missing)

    async def spending(self, since: float, by: Dimension) -> Sequence[SpendingRecord]:
        """The same as of the turns alone."""
        first, last = math.ceil(since / _DAY), int(self._clock() // _DAY)
        known = await self._known(first, last)
        while True:
            values = {"first": first, "last": last, "dimension": by}
            rows = list(await self._fetch(_OF_DAYS, values))
            statement = f"{GLANCES}{_OF_TURNS.format(first='', name=_NAMES[by])}"
            for begin, end in _gaps(since, known):
                rows += await self._fetch(statement, {"since": begin, "until": end})
            before, known = known, await self._known(first, last)
            if before == known:  # else a day was dropped, or summed up, meanwhile
                return await asyncio.to_thread(_spending, rows, by)  # there may be thousands

    async def _known(self, first: int, last: int) -> Collection[int]:
        return {row["day"] for row in await self._fetch(_KNOWN, {"first": first, "last": last})}

    async def _sum_up(self, day: int) -> None:
        within = {"day": day, "since": float(day * _DAY), "until": float((day + 1) * _DAY)}
        own = "CAST(:day AS BIGINT), CAST(:dimension AS TEXT), "
        steps = [
            (_SUM_UP.format(first=own, name=name), {**within, "dimension": by})
            for by, name in _NAMES.items()
        ]
        await self._database.together([(_BEGIN, {"day": day}), *steps])


def _gaps(since: float, known: Collection[int]) -> Iterator[tuple[float, float]]:
    """The spans since then which no day that is known covers."""
    begin = since
    for day in sorted(known):
        if begin < day * _DAY:
            yield begin, float(day * _DAY)
        begin = float((day + 1) * _DAY)
    yield begin, _EVER


def _spending(rows: Iterable[Row], by: Dimension) -> Sequence[SpendingRecord]:
    """Those of one name and of runs that are alike are one, however many days they are of."""
    found: dict[tuple[Any, ...], tuple[Row, list[int]]] = {}
    for row in rows:
        group = tuple(row[name] for name in ("name", "backend", "model", "alike"))
        used = [row[name] for name in Used.__slots__]
        named, sums = found.get(group, (row, [0] * len(used)))
        named = max(named, row, key=lambda one: (one["author_name"], one["key"]))
        found[group] = named, [one + other for one, other in zip(sums, used, strict=True)]
    return [
        SpendingRecord(_name(row, by), row["backend"], row["model"], Used(*used))
        for row, used in found.values()
    ]


def _name(row: Row, by: Dimension) -> str:
    """As people read it."""
    match by:
        case Dimension.DAY:
            return datetime.fromtimestamp(int(row["name"]) * _DAY, UTC).date().isoformat()
        case Dimension.PERSON:
            return f"{row['key'].partition(':')[0]}: {row['author_name'] or row['name']}"
        case Dimension.CHANNEL:
            return unquote(":".join(row["key"].split(":")[:3]))
    return str(row["name"])
