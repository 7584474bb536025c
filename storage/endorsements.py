"""Answers that staff stand by."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

from bot.core.endorsements import Endorsement
from bot.rules.likeness import repeats
from storage.database import READS_MUCH, Fetch
from storage.statements import IN_SCOPE, JOINED

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
_SAID = f"""{READS_MUCH}
SELECT text FROM {JOINED} WHERE author_id = :person AND turns.id <= :last AND {IN_SCOPE}
  AND text <> '' AND command IS NULL
"""
_AROUND = """
SELECT id, question, answer FROM endorsements
WHERE "by" NOT IN (:in_courses, :pseudonym) AND course IN
  (SELECT course FROM course_scopes
   WHERE substr(scope || ':', 1, length(:below)) = :below
      OR substr(:below, 1, length(scope) + 1) = scope || ':')
"""
_DROP = "DELETE FROM endorsements WHERE id = :id"
# Others were told it, and the question with it.
_UNTELL = f"""
UPDATE turns SET answer = replace(answer, :question, '…'), prompt = NULL
WHERE state = 'done' AND id IN (SELECT turns.id FROM {JOINED} WHERE {IN_SCOPE})
  AND (replace(answer, :question, '') <> answer OR replace(prompt, :question, '') <> prompt)
"""


async def drop_repeating(fetch: Fetch, values: Mapping[str, Any]) -> None:
    """What staff stand by in a student's own words goes with these; what is their own stays."""
    endorsed = await fetch(_AROUND, values)
    said = [row["text"] for row in await fetch(_SAID, values)] if endorsed else ()
    for one in endorsed:
        if any(repeats(f"{one['question']}\n{one['answer']}", text) for text in said):
            await fetch(_UNTELL, {**values, "question": one["question"]})
            await fetch(_DROP, {"id": one["id"]})


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
