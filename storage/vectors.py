"""What passages mean: the `Vectors` port."""

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence

from bot.core.materials import Passage, Source
from bot.core.ports.embedder import Vector
from bot.rules.vectors import likeness, packed, signs
from storage.database import READS_MUCH, Fetch
from storage.fulltext import FOUND, VISIBLE, source_from, within

_CLAIM_HOLDS = 60.0  # seconds: longer than a request
_WEIGHED = 50  # passages that are near by their signs
_GIVEN_UP = "refused"

_CLAIM = """
INSERT INTO vectors (passage_id, model, signs, vector, claimed_at)
SELECT p.id, :model, '', '', :now
FROM passages p JOIN documents d ON d.id = p.document_id
WHERE d.is_current = 1 AND NOT EXISTS (
    SELECT 1 FROM vectors v WHERE v.passage_id = p.id AND v.model = :model
                              AND (v.vector <> '' OR v.claimed_at > :since))
ORDER BY p.id LIMIT :limit
ON CONFLICT (passage_id) DO UPDATE SET
    model = excluded.model, signs = '', vector = '', claimed_at = excluded.claimed_at
WHERE vectors.model <> excluded.model
   OR (vectors.vector = '' AND vectors.claimed_at <= :since)
RETURNING passage_id
"""
_CLAIMED = "SELECT id, text, place, heading FROM passages WHERE id IN ({ids}) ORDER BY id"
_SAVE = """
UPDATE vectors SET signs = :signs, vector = :vector
WHERE passage_id = :passage_id AND model = :model
"""
_PROGRESS = f"""{READS_MUCH}
SELECT count(v.passage_id) AS done, count(*) AS every
FROM passages p JOIN documents d ON d.id = p.document_id
     LEFT JOIN vectors v ON v.passage_id = p.id AND v.model = :model AND v.vector <> ''
WHERE d.is_current = 1
"""
_NEAREST = f"""{READS_MUCH}
{FOUND.format(number=0)}, v.vector
FROM (SELECT v.passage_id AS id, {{apart}} AS far
      FROM vectors v JOIN passages p ON p.id = v.passage_id
                     JOIN documents d ON d.id = p.document_id
      WHERE v.model = :model AND length(v.signs) = :digits AND {VISIBLE}
      ORDER BY far, v.passage_id LIMIT {_WEIGHED}) AS best
     JOIN vectors v ON v.passage_id = best.id
     JOIN passages p ON p.id = best.id JOIN documents d ON d.id = p.document_id
"""
SQLITE_APART = "apart(v.signs, :signs)"
POSTGRES_APART = (
    "bit_count(CAST('x' || v.signs AS bit varying) # CAST('x' || CAST(:signs AS TEXT)"
    " AS bit varying))"
)


class SqlVectors:
    """`apart`: how its dialect counts the signs in which two vectors differ."""

    def __init__(self, fetch: Fetch, apart: str = SQLITE_APART) -> None:
        self._fetch = fetch
        self._apart = apart

    async def claim(self, model: str, limit: int, now: float) -> Mapping[int, Passage]:
        values = {"model": model, "limit": limit, "now": now, "since": now - _CLAIM_HOLDS}
        claimed = [row["passage_id"] for row in await self._fetch(_CLAIM, values)]
        if not claimed:
            return {}
        ids = {f"id{number}": one for number, one in enumerate(claimed)}
        marks = ", ".join(f":{name}" for name in ids)
        rows = await self._fetch(_CLAIMED.format(ids=marks), ids)
        names = ("text", "place", "heading")
        return {row["id"]: Passage(**{name: row[name] for name in names}) for row in rows}

    async def save(self, model: str, vectors: Mapping[int, Vector]) -> None:
        for passage_id, vector in vectors.items():
            written = b64encode(packed(vector)).decode()
            values = {"passage_id": passage_id, "model": model, "vector": written}
            await self._fetch(_SAVE, {**values, "signs": signs(vector)})

    async def give_up(self, model: str, passage_id: int) -> None:
        values = {"passage_id": passage_id, "model": model, "vector": _GIVEN_UP, "signs": ""}
        await self._fetch(_SAVE, values)

    async def nearest(
        self, model: str, vector: Vector, scopes: Sequence[str], limit: int
    ) -> Sequence[tuple[Source, float]]:
        """The nearest by their signs are weighed, and those alone."""
        if not scopes:
            return []
        marks, values = within(scopes)
        asked = packed(vector)
        digits = {"digits": len(signs(vector))}
        values |= {"model": model, "signs": signs(vector)}
        statement = _NEAREST.format(apart=self._apart, scopes=marks)
        rows = await self._fetch(statement, {**values, **digits})
        found = [(source_from(row), likeness(b64decode(row["vector"]), asked)) for row in rows]
        return sorted(found, key=lambda one: -one[1])[:limit]

    async def progress(self, model: str) -> tuple[int, int]:
        [row] = await self._fetch(_PROGRESS, {"model": model})
        return row["done"], row["every"]
