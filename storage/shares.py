"""Chains of what was spent. Each step is one statement: whoever is second finds its place taken.

A step that was not added has three reasons: it is there already, nothing is left, or somebody else
was faster. One look tells which; the last is tried again.
"""

import asyncio
import random
from collections.abc import Mapping, Sequence
from typing import Any

from bot.core.answers import Usage
from bot.core.errors import StorageUnavailable
from bot.core.ports.shares import Reserve
from bot.core.shares import Purse
from storage.columns import USAGE
from storage.database import Fetch, Row

_TRIES = 500  # as many may be faster, one after another
_LONGEST_WAIT = 0.05  # seconds between two of them
_OFF = 0.000001  # what sums of seconds may be off by

_STEP = "INSERT INTO shares (course, person, n, turn_id, kind, amount, used, at)"
_IN_PURSE = "course = :course AND person = :person"
# Time gives back; a clock that was set back does not, nor does it take.
_NOW_USED = """CASE WHEN at >= :now THEN used
                     WHEN used > :rate * (:now - at) THEN used - :rate * (:now - at)
                     ELSE 0.0 END"""
# Where hearts come back sooner than they did, nobody waits for more of them than there are.
_LAST = f"""
(SELECT n, {_NOW_USED} AS used
 FROM (SELECT n, at, CASE WHEN :rate > 0 AND used > :room THEN :room ELSE used END AS used
       FROM (SELECT n, used, at FROM shares WHERE {_IN_PURSE} UNION ALL SELECT 0, 0.0, :now)
            AS chain) AS steps
 ORDER BY n DESC LIMIT 1) AS last"""

_SPEND = f"""
{_STEP}
SELECT :course, :person, last.n + 1, :turn_id, 'spent', :amount, last.used + :amount, :now
FROM {_LAST}
WHERE last.used + :amount <= :room + {_OFF}
  AND NOT EXISTS (SELECT 1 FROM shares
                  WHERE {_IN_PURSE} AND turn_id = :turn_id AND kind = 'spent')
ON CONFLICT DO NOTHING RETURNING used
"""

_GRANT = f"""
{_STEP}
SELECT :course, :person, last.n + 1, NULL, 'gift', :amount,
       CASE WHEN last.used > :amount THEN last.used - :amount ELSE 0.0 END, :now
FROM {_LAST}
WHERE true -- what follows belongs to the INSERT
ON CONFLICT DO NOTHING RETURNING used
"""

_LOOK = f"""
SELECT (SELECT count(*) FROM shares
        WHERE {_IN_PURSE} AND turn_id = :turn_id AND kind = 'spent') AS mine, last.used
FROM {_LAST}
"""

_OPEN = f"""
spent.{_IN_PURSE.replace("AND ", "AND spent.")} AND spent.kind = 'spent'
  AND NOT EXISTS (SELECT 1 FROM shares AS back
                  WHERE back.course = spent.course AND back.person = spent.person
                    AND back.turn_id = spent.turn_id AND back.kind = 'back')"""
_BACK = f"""
{_STEP}
SELECT spent.course, spent.person, last.n + 1, spent.turn_id, 'back', {{amount}},
       CASE WHEN last.used > {{amount}} THEN last.used - {{amount}} ELSE 0.0 END, :now
FROM {_LAST}, shares AS spent
{{besides}}
  AND {_OPEN}
LIMIT 1
ON CONFLICT DO NOTHING RETURNING n
"""

# Ended without an answer that anybody could read; what staff see first, or have given, is one.
UNANSWERED = """((turns.state <> 'pending' AND coalesce(turns.kind, '') <> 'answer'
  OR turns.step = 'cancelled')
  AND NOT EXISTS (SELECT 1 FROM cards WHERE cards.stand <> 'dropped'
    AND cards.nonce IN ('draft:' || turns.message_key, 'exam:' || turns.message_key)))"""
_RESTORE = _BACK.format(
    amount="spent.amount",
    besides=f"JOIN turns ON turns.id = spent.turn_id WHERE {UNANSWERED}",
)
_TO_RESTORE = f"""
SELECT count(*) AS open FROM shares AS spent JOIN turns ON turns.id = spent.turn_id
WHERE {UNANSWERED} AND {_OPEN}
"""

_SETTLE = _BACK.format(amount="(spent.amount - :cost)", besides="WHERE spent.turn_id = :turn_id")
_TO_SETTLE = f"SELECT count(*) AS open FROM shares AS spent WHERE turn_id = :turn_id AND {_OPEN}"
_UNSETTLED = f"""
SELECT spent.amount, turns.*
FROM shares AS spent JOIN turns ON turns.id = spent.turn_id
WHERE turns.state = 'done' AND {_OPEN}
ORDER BY spent.n
"""

# Of students alone: money goes by the day and the month.
_HEARTS = """
SELECT count(*) AS spent FROM shares AS spent
WHERE course = :course AND kind = 'spent' AND at >= :since
  AND person NOT LIKE 'day:%' AND person NOT LIKE 'month:%'
  AND NOT EXISTS (SELECT 1 FROM shares AS back
                  WHERE back.course = spent.course AND back.person = spent.person
                    AND back.turn_id = spent.turn_id AND back.kind = 'back')
"""
_PURGE = """
DELETE FROM shares WHERE course = :course AND at < :before
  AND n < (SELECT max(n) FROM shares AS later
           WHERE later.course = shares.course AND later.person = shares.person)
"""


class SqlShares:
    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch

    async def used(self, purse: Purse, now: float) -> float:
        return float((await self._look(_values(purse, now)))["used"])

    async def spend(self, purse: Purse, turn_id: int, amount: float, now: float) -> float | None:
        values = _values(purse, now) | {"turn_id": turn_id, "amount": amount}
        for tried in range(_TRIES):
            for row in await self._fetch(_SPEND, values):
                return float(row["used"])
            look = await self._look(values)
            if look["mine"]:
                return float(look["used"])
            if look["used"] + amount > purse.room + _OFF:
                return None
            await _wait(tried)
        raise _outrun()

    async def restore(self, purse: Purse, now: float) -> int:
        return await self._add_all(_RESTORE, _TO_RESTORE, _values(purse, now))

    async def settle(self, purse: Purse, turn_id: int, cost: float, now: float) -> None:
        values = _values(purse, now) | {"turn_id": turn_id, "cost": cost}
        await self._add_all(_SETTLE, _TO_SETTLE, values)

    async def unsettled(self, purse: Purse) -> Sequence[Reserve]:
        return [_reserve_from(row) for row in await self._fetch(_UNSETTLED, _named(purse))]

    async def grant(self, purse: Purse, amount: float, now: float) -> float:
        values = _values(purse, now) | {"amount": amount}
        for tried in range(_TRIES):
            for row in await self._fetch(_GRANT, values):
                return float(row["used"])
            await _wait(tried)
        raise _outrun()

    async def hearts(self, course: int, since: float) -> int:
        [row] = await self._fetch(_HEARTS, {"course": course, "since": since})
        return int(row["spent"])

    async def purge(self, course: int, before: float) -> None:
        await self._fetch(_PURGE, {"course": course, "before": before})

    async def _add_all(self, step: str, left: str, values: Mapping[str, Any]) -> int:
        """Take a step until there is none of its kind left to take."""
        added = 0
        for tried in range(_TRIES):
            if await self._fetch(step, values):
                added += 1
            elif not (await self._fetch(left, values))[0]["open"]:
                return added
            else:
                await _wait(tried)
        raise _outrun()

    async def _look(self, values: Mapping[str, Any]) -> Row:
        return (await self._fetch(_LOOK, {"turn_id": None, **values}))[0]


def _named(purse: Purse) -> dict[str, Any]:
    return {"course": purse.course, "person": purse.person}


def _values(purse: Purse, now: float) -> dict[str, Any]:
    return _named(purse) | {"rate": purse.rate, "room": purse.room, "now": now}


def _outrun() -> StorageUnavailable:
    return StorageUnavailable(f"{_TRIES} others were faster")


def _reserve_from(row: Row) -> Reserve:
    usage = None
    if row["input_tokens"] is not None:
        usage = Usage(**{name: row[name] for name in USAGE})
    return Reserve(
        turn_id=row["id"],
        amount=row["amount"],
        was_begun=row["run"] is not None or usage is not None,
        backend=row["backend"],
        model=row["model"],
        usage=usage,
    )


async def _wait(tried: int) -> None:
    """Each a little, and not all of them together."""
    await asyncio.sleep(random.random() * min(0.01 * (tried + 1), _LONGEST_WAIT))  # noqa: S311
