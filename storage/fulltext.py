"""How passages are found by their words: one statement in each dialect, with one meaning."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import accumulate

from bot.core.materials import Passage, Source
from storage.database import READS_MUCH, Fetch, Row

BITS_OF_PASSAGE = 20  # of an id; what is above them is the document's
FOUND = """
SELECT p.id AS passage_id, p.place, p.heading, p.text, d.name, d.version, d.address,
       1 - d.is_current AS is_replaced, {number} AS number
"""
_SYNTAX = re.compile(r'["\x00]')  # within quotes
VISIBLE = "d.is_current = 1 AND d.scope IN ({scopes})"

_MATCHED = f"""{READS_MUCH}
{FOUND.format(number=0)}, -best.score AS fit
FROM (SELECT rowid AS id, bm25(passage_words, 0.3, 0.6) AS score FROM passage_words
      WHERE passage_words MATCH :words
        AND rowid >> {BITS_OF_PASSAGE} IN (SELECT d.id FROM documents d WHERE {VISIBLE})
      ORDER BY score LIMIT :limit) AS best
     JOIN passages p ON p.id = best.id JOIN documents d ON d.id = p.document_id
ORDER BY best.score
"""

# A word weighs the more, the fewer passages have it; the longer a passage, the less it says.
_RANKED = f"""
WITH hits AS (
    SELECT asked.word, p.id,
           ts_rank('{{{{0.1, 0.1, 1.0, 0.5}}}}', p.searched,
                   plainto_tsquery('english', asked.word), 1) AS part
    FROM (VALUES {{asked}}) AS asked (word)
    JOIN passages p ON p.searched @@ plainto_tsquery('english', asked.word)
    JOIN documents d ON d.id = p.document_id
    WHERE {VISIBLE}),
weights AS (
    SELECT word, ln(1.0 + (SELECT count(*) FROM passages) / CAST(count(*) AS DOUBLE PRECISION))
           AS weight
    FROM hits GROUP BY word),
best AS (
    SELECT hits.id, sum(hits.part * weights.weight) AS score
    FROM hits JOIN weights ON weights.word = hits.word
    GROUP BY hits.id ORDER BY score DESC, hits.id LIMIT :limit)
{FOUND.format(number=0)}, best.score AS fit
FROM best JOIN passages p ON p.id = best.id JOIN documents d ON d.id = p.document_id
ORDER BY best.score DESC, p.id
"""


_COUNT = "(SELECT count(*) FROM passage_words WHERE passage_words MATCH :word{n}) AS n{n}"
_CANDIDATES = 3000  # passages that are weighed; to count costs a tenth of that
_MOST_COMMON = 3  # words that weigh without making candidates

FullText = Callable[[Fetch, Sequence[str], Sequence[str], int], Awaitable[Sequence[Row]]]
"""A dialect's search: words, scopes, and how many rows at most."""


async def fts5(
    fetch: Fetch, words: Sequence[str], scopes: Sequence[str], limit: int
) -> Sequence[Row]:
    """The rarest words say which passages are weighed, so that common ones cost little.

    Each word stands in quotes, in which nothing of it is syntax.
    """
    quoted = [f'"{_SYNTAX.sub(" ", word)}"' for word in words]
    columns = ", ".join(_COUNT.format(n=number) for number in range(len(quoted)))
    values = {f"word{number}": word for number, word in enumerate(quoted)}
    [counts] = await fetch(f"{READS_MUCH}\nSELECT {columns}", values)
    by_count = {word: counts[f"n{number}"] for number, word in enumerate(quoted)}
    known = sorted((word for word in quoted if by_count[word]), key=lambda word: by_count[word])
    if not known:
        return []
    marks, where = within(scopes)
    matched = _matched(known, by_count)
    return await fetch(_MATCHED.format(scopes=marks), {**where, "words": matched, "limit": limit})


def _matched(known: Sequence[str], by_count: Mapping[str, int]) -> str:
    """The rarest first: at least one of those in front has to be there."""
    sums = accumulate(by_count[word] for word in known)
    few = max(sum(total <= _CANDIDATES for total in sums), 1)
    rare, common = " OR ".join(known[:few]), known[few : few + _MOST_COMMON]
    return f"({rare}) OR (({rare}) AND ({' OR '.join(common)}))" if common else rare


async def tsvector(
    fetch: Fetch, words: Sequence[str], scopes: Sequence[str], limit: int
) -> Sequence[Row]:
    marks, values = within(scopes)
    asked = {f"word{number}": word for number, word in enumerate(words)}
    rows = ", ".join(f"(CAST(:{name} AS TEXT))" for name in asked)
    statement = _RANKED.format(asked=rows, scopes=marks)
    return await fetch(statement, {**values, **asked, "limit": limit})


def within(scopes: Sequence[str]) -> tuple[str, dict[str, str]]:
    """A list of scopes for a statement, and its values."""
    values = {f"scope{number}": scope for number, scope in enumerate(scopes)}
    return ", ".join(f":{name}" for name in values), values


def source_from(row: Row) -> Source:
    passage = Passage(text=row["text"], place=row["place"], heading=row["heading"])
    names = ("passage_id", "name", "version", "address", "number")
    return Source(
        **{name: row[name] for name in names},
        passage=passage,
        is_replaced=bool(row["is_replaced"]),
    )
