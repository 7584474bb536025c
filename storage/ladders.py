"""Hint ladders: chains, to which a step is added where nobody else has added one."""

from collections.abc import Sequence
from dataclasses import asdict, fields

from bot.core.ladders import HintLevel, LadderStep, Why
from storage.database import Fetch, Row

_NAMES = [field.name for field in fields(LadderStep)]
_OF = """
SELECT * FROM ladders
WHERE course = :course AND person = :person AND subject = :subject ORDER BY n
"""
_OF_PERSON = "SELECT * FROM ladders WHERE person = :person ORDER BY at, n"
_ADD = f"""
INSERT INTO ladders ({", ".join(_NAMES)}) VALUES ({", ".join(f":{name}" for name in _NAMES)})
ON CONFLICT DO NOTHING RETURNING n
"""
_PURGE = "DELETE FROM ladders WHERE course = :course AND at < :before"


class SqlLadders:
    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch

    async def of(self, course: int, person: str, subject: str) -> Sequence[LadderStep]:
        values = {"course": course, "person": person, "subject": subject}
        return [*map(_step_from, await self._fetch(_OF, values))]

    async def of_person(self, person: str) -> Sequence[LadderStep]:
        return [*map(_step_from, await self._fetch(_OF_PERSON, {"person": person}))]

    async def add(self, step: LadderStep) -> bool:
        values = {**asdict(step), "level": int(step.level)}
        return bool(await self._fetch(_ADD, values))

    async def purge(self, course: int, before: float) -> None:
        await self._fetch(_PURGE, {"course": course, "before": before})


def _step_from(row: Row) -> LadderStep:
    return LadderStep(**{**row, "level": HintLevel(row["level"]), "why": Why(row["why"])})
