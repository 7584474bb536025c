"""Answers that staff stand by."""

from collections.abc import Sequence
from dataclasses import asdict, fields

from bot.core.endorsements import Endorsement
from storage.database import Fetch

_NAMES = [field.name for field in fields(Endorsement)]
_OF = """
SELECT * FROM endorsements WHERE course = :course AND revoked_at IS NULL ORDER BY id DESC
"""
_ADD = """
INSERT INTO endorsements (course, question, answer, "by", name, at)
VALUES (:course, :question, :answer, :by, :name, :at)
RETURNING id
"""
_REPLACE = """
UPDATE endorsements SET revoked_at = :at
WHERE course = :course AND question = :question AND id < :id AND revoked_at IS NULL
"""
_REVOKE = """
UPDATE endorsements SET revoked_at = :now
WHERE course = :course AND id = :id AND revoked_at IS NULL RETURNING id
"""


class SqlEndorsements:
    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch

    async def of(self, course: int) -> Sequence[Endorsement]:
        rows = await self._fetch(_OF, {"course": course})
        return [Endorsement(**{name: row[name] for name in _NAMES}) for row in rows]

    async def add(self, one: Endorsement) -> int:
        [row] = await self._fetch(_ADD, asdict(one))
        await self._fetch(_REPLACE, {**asdict(one), "id": row["id"]})
        return int(row["id"])

    async def revoke(self, course: int, number: int, now: float) -> bool:
        values = {"course": course, "id": number, "now": now}
        return bool(await self._fetch(_REVOKE, values))
