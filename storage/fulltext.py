"""How passages are found by their words: one statement in each dialect, with one meaning."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from storage.database import READS_MUCH

FOUND = """
SELECT p.id AS passage_id, p.place, p.heading, p.text, d.name, d.version, d.address,
       1 - d.is_current AS is_replaced, {number} AS number
"""
_SYNTAX = re.compile(r'["\x00]')  # within quotes
_VISIBLE = "d.is_current = 1 AND d.scope IN ({scopes})"

_MATCHED = f"""{READS_MUCH}
{FOUND.format(number=0)}
FROM passage_words JOIN passages p ON p.id = passage_words.rowid
                   JOIN documents d ON d.id = p.document_id
WHERE passage_words MATCH :words AND {_VISIBLE}
ORDER BY bm25(passage_words, 2.0, 1.0) LIMIT :limit
"""

# A word weighs the more, the fewer passages have it; the longer a passage, the less it says.
_RANKED = f"""
WITH hits AS (
    SELECT asked.word, p.id,
           ts_rank('{{{{0.1, 0.1, 0.5, 1.0}}}}', p.searched,
                   plainto_tsquery('english', asked.word), 1) AS part
    FROM (VALUES {{asked}}) AS asked (word)
    JOIN passages p ON p.searched @@ plainto_tsquery('english', asked.word)
    JOIN documents d ON d.id = p.document_id
    WHERE {_VISIBLE}),
weights AS (
    SELECT word, ln(1.0 + (SELECT count(*) FROM passages) / CAST(count(*) AS DOUBLE PRECISION))
           AS weight
    FROM hits GROUP BY word),
best AS (
    SELECT hits.id, sum(hits.part * weights.weight) AS score
    FROM hits JOIN weights ON weights.word = hits.word
    GROUP BY hits.id ORDER BY score DESC, hits.id LIMIT :limit)
{FOUND.format(number=0)}
FROM best JOIN passages p ON p.id = best.id JOIN documents d ON d.id = p.document_id
ORDER BY best.score DESC, p.id
"""


@dataclass(frozen=True, slots=True)
class Search:
    statement: str
    values: Mapping[str, Any]


class FullText(Protocol):
    """A dialect's search."""

    def __call__(self, words: Sequence[str], scopes: Sequence[str], limit: int) -> Search: ...


def fts5(words: Sequence[str], scopes: Sequence[str], limit: int) -> Search:
    """Each word in quotes, in which nothing of it is syntax."""
    marks, values = within(scopes)
    matched = " OR ".join(f'"{_SYNTAX.sub(" ", word)}"' for word in words)
    return Search(_MATCHED.format(scopes=marks), {**values, "words": matched, "limit": limit})


def tsvector(words: Sequence[str], scopes: Sequence[str], limit: int) -> Search:
    marks, values = within(scopes)
    asked = {f"word{number}": word for number, word in enumerate(words)}
    rows = ", ".join(f"(CAST(:{name} AS TEXT))" for name in asked)
    statement = _RANKED.format(asked=rows, scopes=marks)
    return Search(statement, {**values, **asked, "limit": limit})


def within(scopes: Sequence[str]) -> tuple[str, dict[str, str]]:
    """A list of scopes for a statement, and its values."""
    values = {f"scope{number}": scope for number, scope in enumerate(scopes)}
    return ", ".join(f":{name}" for name in values), values
