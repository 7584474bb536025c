"""Course material: the `Materials` port."""

import json
from collections.abc import Sequence
from typing import Any

from bot.core.materials import Document, Draft, Passage, Source, Unread
from bot.core.turns import Turn
from bot.rules.citing import named
from bot.rules.retrieval import best_first, indexed, sought
from storage.columns import turn_from
from storage.database import READS_MUCH, Fetch, Row
from storage.fulltext import BITS_OF_PASSAGE, FOUND, FullText, fts5, source_from, within
from storage.statements import IN_SCOPE, JOINED, WHOLE_TURN

_WEIGHED = 100  # passages whose headings are looked at
_AT_ONCE = 100  # passages in a statement
_PATIENCE = 3600.0  # seconds after which nobody is adding a document any more

_CLEAR = "DELETE FROM documents WHERE version = 0 AND added_at < :before"
_BEGIN = """
INSERT INTO documents (scope, name, digest, address, unread, added_by, added_at)
VALUES (:scope, :name, :digest, :address, :unread, :added_by, :now)
RETURNING id
"""
_FILL = """
INSERT INTO passages (id, document_id, place, heading, text, heading_words, words) VALUES {rows}
"""
_ROW = "(:id{n}, :document_id, :place{n}, :heading{n}, :text{n}, :heading_words{n}, :words{n})"

_OF_NAME = "scope = :scope AND name = :name"
_PUT_IN_FORCE = f"""
UPDATE documents SET
    is_current = CASE id WHEN :id THEN 1 ELSE 0 END,
    version = CASE id WHEN :id THEN
        (SELECT max(version) + 1 FROM documents WHERE {_OF_NAME}) ELSE version END
WHERE {_OF_NAME} AND (id = :id OR version > 0)
RETURNING version
"""
_REPLACED = f"""
document_id IN (SELECT id FROM documents WHERE {_OF_NAME} AND is_current = 0 AND version > 0)
"""
_DROP_UNCITED = f"""
DELETE FROM passages WHERE {_REPLACED} AND id NOT IN (SELECT passage_id FROM sources)
"""
_HIDE_CITED = (
    f"UPDATE passages SET heading_words = '', words = '' WHERE {_REPLACED} AND words <> ''"
)
_REMOVE = f"DELETE FROM documents WHERE {_OF_NAME} RETURNING version"

_DOCUMENTS = """
SELECT d.*, (SELECT count(*) FROM passages p WHERE p.document_id = d.id) AS passages
FROM documents d WHERE d.is_current = 1 {among} ORDER BY d.scope, d.name
"""
_PASSAGES = """
SELECT text, place, heading FROM passages WHERE document_id = :document_id ORDER BY id
"""

_GIVE = """
INSERT INTO sources (turn_id, number, passage_id)
SELECT CAST(:turn_id AS BIGINT), row_number() OVER (ORDER BY found.column1)
       + (SELECT coalesce(max(number), 0) FROM sources WHERE turn_id = :turn_id), found.column2
FROM (VALUES {rows}) AS found
WHERE found.column2 IN (SELECT id FROM passages)
  AND found.column2 NOT IN (SELECT passage_id FROM sources WHERE turn_id = :turn_id)
ON CONFLICT DO NOTHING
"""
_SOURCES = f"""{FOUND.format(number="s.number")}
FROM sources s JOIN passages p ON p.id = s.passage_id JOIN documents d ON d.id = p.document_id
"""
_NAMED = FOUND.format(number="s.number") + ", turns.answer"
_GIVEN = f"{_SOURCES} WHERE s.turn_id = :turn_id ORDER BY s.number"
_CITED = f"""{_NAMED}
FROM sources s JOIN passages p ON p.id = s.passage_id JOIN documents d ON d.id = p.document_id
               JOIN turns ON turns.id = s.turn_id
WHERE turns.message_key = :message_key AND d.scope IN ({{scopes}}) ORDER BY s.number
"""
_GAPS = f"""{READS_MUCH}
SELECT {WHOLE_TURN} FROM {JOINED}
WHERE remark LIKE :remark AND {IN_SCOPE} ORDER BY turns.id DESC LIMIT :limit
"""


class SqlMaterials:
    def __init__(self, fetch: Fetch, fulltext: FullText = fts5) -> None:
        self._fetch = fetch
        self._fulltext = fulltext

    async def add(self, draft: Draft, passages: Sequence[Passage], now: float) -> None:
        """Nothing of it is seen before all of it is there; then it is in force, in one step."""
        place = {"scope": draft.scope, "name": draft.name}
        values = {**place, "digest": draft.digest, "address": draft.address, "now": now}
        values |= {"unread": _written(draft.unread), "added_by": draft.added_by}
        document = (await self._fetch(_BEGIN, values))[0]["id"]
        for start in range(0, len(passages), _AT_ONCE):
            await self._fill(document, start, passages[start : start + _AT_ONCE])
        versions = await self._fetch(_PUT_IN_FORCE, {**place, "id": document})
        if len(versions) > 1:
            for statement in (_DROP_UNCITED, _HIDE_CITED):
                await self._fetch(statement, place)
            await self._fetch(_CLEAR, {"before": now - _PATIENCE})

    async def _fill(self, document: int, first: int, passages: Sequence[Passage]) -> None:
        """Each id says which document it is of: that is asked of thousands at a time."""
        values: dict[str, Any] = {"document_id": document}
        for number, one in enumerate(passages):
            values[f"id{number}"] = (document << BITS_OF_PASSAGE) + first + number
            columns = {"place": one.place, "heading": one.heading, "text": one.text}
            columns |= {"heading_words": indexed(one.heading), "words": indexed(one.text)}
            values |= {f"{name}{number}": value for name, value in columns.items()}
        rows = ", ".join(_ROW.format(n=number) for number in range(len(passages)))
        await self._fetch(_FILL.format(rows=rows), values)

    async def find(self, scope: str, name: str) -> Document | None:
        statement = _DOCUMENTS.format(among="AND d.scope = :scope AND d.name = :name")
        rows = await self._fetch(statement, {"scope": scope, "name": name})
        return _document(rows[0]) if rows else None

    async def documents(self, scopes: Sequence[str] | None = None) -> Sequence[Document]:
        marks, values = within(scopes or ())
        among = "" if scopes is None else f"AND d.scope IN ({marks})"
        rows = await self._fetch(_DOCUMENTS.format(among=among), values)
        return [_document(row) for row in rows]

    async def passages(self, document_id: int) -> Sequence[Passage]:
        rows = await self._fetch(_PASSAGES, {"document_id": document_id})
        return [Passage(**row) for row in rows]

    async def remove(self, scope: str, name: str) -> bool:
        return bool(await self._fetch(_REMOVE, {"scope": scope, "name": name}))

    async def search(
        self, words: Sequence[str], scopes: Sequence[str], limit: int
    ) -> Sequence[Source]:
        if not words or not scopes:
            return []
        rows = await self._fulltext(self._fetch, sought(words), scopes, max(limit, _WEIGHED))
        return best_first(words, [(source_from(row), row["fit"]) for row in rows])[:limit]

    async def give(self, turn_id: int, passage_ids: Sequence[int]) -> None:
        if not passage_ids:
            return
        values = {f"passage{number}": one for number, one in enumerate(passage_ids)}
        rows = ", ".join(f"({number}, :{name})" for number, name in enumerate(values))
        await self._fetch(_GIVE.format(rows=rows), {**values, "turn_id": turn_id})

    async def given(self, turn_id: int) -> Sequence[Source]:
        return [source_from(row) for row in await self._fetch(_GIVEN, {"turn_id": turn_id})]

    async def cited(self, message_key: str, scopes: Sequence[str]) -> Sequence[Source]:
        marks, values = within(scopes)
        statement = _CITED.format(scopes=marks)
        rows = await self._fetch(statement, {**values, "message_key": message_key})
        return [source_from(row) for row in rows if row["number"] in named(row["answer"] or "")]

    async def gaps(self, scope: str, remark: str, limit: int) -> Sequence[Turn]:
        values = {"below": f"{scope}:", "remark": f"%{remark}%", "limit": limit}
        return [turn_from(row) for row in await self._fetch(_GAPS, values)]


def _written(unread: Sequence[Unread]) -> str:
    return json.dumps([[one.place, one.why] for one in unread])


def _document(row: Row) -> Document:
    names = set(Document.__slots__) - {"unread"}
    unread = tuple(Unread(*one) for one in json.loads(row["unread"]))
    return Document(**{name: row[name] for name in names}, unread=unread)
