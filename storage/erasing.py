"""Deletes what there is of a person within a scope, step by step.

The order is the rule: who they were is known by their turns, so those are blanked last, and a pass
that was cut off is repeated whole. What is open, of theirs or of others who quote them, is blanked
by a later pass, once it is done.
"""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from bot.core.erasures import Erasure
from bot.core.messages import SUMS
from storage.database import READS_MUCH, Fetch, Row
from storage.endorsements import drop_repeating
from storage.leftovers import leave
from storage.statements import IN_SCOPE, JOINED, OPEN

_THEIRS = "author_id = :person AND turns.id <= :last"
_OURS = f"SELECT turns.id FROM {JOINED} WHERE {_THEIRS} AND {IN_SCOPE}"
_WITH_THEM = f"SELECT turns.conversation_id FROM {JOINED} WHERE {_THEIRS} AND {IN_SCOPE}"

# Where conversations with them are summed up; they may go by their pseudonym by then.
_SUMS = f"""
SELECT sums.id FROM conversations AS sums JOIN conversations AS place
  ON sums.key = place.key || '{SUMS}'
WHERE place.id IN (SELECT turns.conversation_id FROM {JOINED}
                   WHERE author_id IN (:person, :pseudonym)
                     AND turns.id <= :last AND {IN_SCOPE})"""

_NOTE = """
INSERT INTO erasures (scope, person, names, last, asked_at)
VALUES (:scope, :person, :names, :last, :asked_at)
ON CONFLICT (scope, person) DO UPDATE SET
    names = excluded.names, last = excluded.last, asked_at = excluded.asked_at
"""
_NAMES = f"""{READS_MUCH}
SELECT DISTINCT author_name FROM {JOINED} WHERE {_THEIRS} AND {IN_SCOPE} AND author_name <> ''
"""
_SESSIONS = f"""{READS_MUCH}
SELECT conversation_id, backend, session FROM sessions
WHERE conversation_id IN ({_WITH_THEM}) AND opened_at <= :asked_at
   OR conversation_id IN ({_SUMS})
"""
_CANCEL = f"""
UPDATE turns SET state = 'done', step = 'cancelled', epoch = epoch + 1, done_at = :now
WHERE {OPEN} AND id < :last AND id IN ({_OURS})
"""
_QUOTING = f"""{READS_MUCH}
SELECT turns.id, prompt, text, details FROM {JOINED}
WHERE {IN_SCOPE} AND author_id <> :person AND turns.id <= :last
  AND (prompt IS NOT NULL OR details LIKE '%"quoted"%' OR details LIKE '%"named"%')
"""
_BLANK_QUOTE = """
UPDATE turns SET prompt = NULL, text = :text, details = :details
WHERE id = :id AND state = 'done'
"""
_VOTES = f"""
DELETE FROM votes
WHERE person = :person AND turn_id IN (SELECT turns.id FROM {JOINED} WHERE {IN_SCOPE})
"""
_IN_COURSES = (
    "DELETE FROM members WHERE person = :in_courses",
    "UPDATE windows SET announced_by = :pseudonym WHERE announced_by = :in_courses",
    "UPDATE audit SET who = :pseudonym WHERE who = :in_courses",
    "UPDATE audit SET subject = :pseudonym WHERE subject = :in_courses",
)
_POSTS = f"DELETE FROM posts WHERE turn_id IN ({_OURS} AND state = 'done')"
_ON_PAGE = f"DELETE FROM page_parts WHERE turn_id IN ({_OURS} AND state = 'done')"
_NOTES = "DELETE FROM notes WHERE person = :in_courses AND noted_at <= :asked_at"
_SHARES = "DELETE FROM shares WHERE person = :in_courses AND at <= :asked_at"
_LADDERS = "DELETE FROM ladders WHERE person = :in_courses AND at <= :asked_at"
_ALIASES = "DELETE FROM aliases WHERE person = :in_courses"
_SIGHTINGS = f"""
DELETE FROM sightings WHERE author_id = :person AND at <= :asked_at
  AND conversation_id IN (SELECT id FROM conversations WHERE {IN_SCOPE})
"""
_SIGHTED = "UPDATE sightings SET viewer = :pseudonym, name = '' WHERE viewer = :in_courses"
_SHOWN_TO_STAFF = """
UPDATE turns SET answer = '', epoch = epoch + 1
WHERE command = 'card' AND text IN (SELECT CAST(id AS TEXT) FROM cards WHERE person = :in_courses)
"""
_OPENED = """
UPDATE turns SET answer = '', epoch = epoch + 1
WHERE command = 'staff' AND EXISTS (
    SELECT 1 FROM cards
    WHERE person = :in_courses AND matter IN ('alert', 'note')
      AND (replace(text, ' ', '') = 'open' || cards.id
           OR replace(text, ' ', '') LIKE 'open' || cards.id || '.%'))
"""
_CARDS = """
UPDATE cards SET person = :pseudonym, name = '', words = '', about = '', place = '',
                 stand = CASE WHEN stand IN ('open', 'claimed') THEN 'dropped' ELSE stand END,
                 epoch = epoch + 1
WHERE person = :in_courses AND created_at <= :asked_at
"""
_CARDS_HELD = """
UPDATE cards SET holder = :pseudonym, holder_name = '' WHERE holder = :in_courses
"""
_CALLS = f"DELETE FROM calls WHERE turn_id IN ({_OURS} AND state = 'done')"
_SOURCES = f"DELETE FROM sources WHERE turn_id IN ({_OURS} AND state = 'done')"
_ADDED = """
UPDATE documents SET added_by = ''
WHERE added_by = :person AND substr(scope || ':', 1, length(:below)) = :below
"""
_UPLOADS = """
DELETE FROM uploads
WHERE person = :person AND kept_at <= :asked_at AND substr(key || ':', 1, length(:below)) = :below
"""
_ENDORSED = """
UPDATE endorsements SET "by" = :pseudonym, name = '' WHERE "by" = :in_courses
"""
_BLANK = f"""
UPDATE turns SET text = '', prompt = NULL, answer = NULL, remark = NULL, thoughts = NULL,
                 author_name = '', author_id = :pseudonym, details = '{{}}', error = NULL
WHERE id IN ({_OURS} AND state = 'done')
RETURNING command
"""
# What tells of them goes, whoever asked and whenever: it is made anew of what is left.
_CANCEL_SUMS = f"""
UPDATE turns SET state = 'done', step = 'cancelled', epoch = epoch + 1, done_at = :now
WHERE {OPEN} AND conversation_id IN ({_SUMS})
"""
_BLANK_SUMS = f"""
UPDATE turns SET text = '', prompt = NULL, answer = NULL, remark = NULL, thoughts = NULL,
                 error = NULL
WHERE state = 'done' AND conversation_id IN ({_SUMS})
"""
_KEYS = f"""{READS_MUCH}
SELECT id, key, EXISTS (SELECT 1 FROM turns WHERE conversation_id = conversations.id AND {OPEN})
       AS is_open
FROM conversations WHERE {IN_SCOPE} AND created_at <= :asked_at
"""
_RENAME = "UPDATE conversations SET key = :key WHERE id = :id"
_SCOPES = f"""{READS_MUCH}
SELECT DISTINCT scope FROM bindings WHERE bound_at <= :asked_at
"""
_UNBIND = "DELETE FROM bindings WHERE scope = :scope AND bound_at <= :asked_at"
_MEMOS = f"{READS_MUCH}\nSELECT name FROM memos WHERE name LIKE :platform"
_FORGET = "DELETE FROM memos WHERE name = :name"
_LEFT = f"SELECT 1 AS found FROM {JOINED} WHERE {_THEIRS} AND {IN_SCOPE} LIMIT 1"
_DONE = "DELETE FROM erasures WHERE scope = :scope AND person = :person AND last = :last"

_SEPARATORS = re.compile(r"(:|@|%3A|%40|%3F)", re.IGNORECASE)  # in a key, a scope, a memo's name


class Eraser:
    def __init__(self, fetch: Fetch, erasure: Erasure, pseudonym: str, now: float) -> None:
        self._run = fetch
        self._erasure = erasure
        self._id = quote(erasure.person, safe="", errors="surrogatepass")
        self._values: dict[str, Any] = {
            "scope": erasure.scope,
            "below": f"{erasure.scope}:",
            "platform": f"{erasure.scope.partition(':')[0]}:%",
            "person": erasure.person,
            "in_courses": f"{erasure.scope}:{erasure.person}",
            "pseudonym": pseudonym,
            "last": erasure.last,
            "asked_at": erasure.asked_at,
            "now": now,
        }

    async def erase(self) -> int:
        names = await self._note()
        await leave(self._run, await self._fetch(_SESSIONS))
        await self._fetch(_CANCEL)
        for row in await self._quoting(names):
            await self._blank_quote(row)
        theirs = (
            _VOTES,
            _POSTS,
            _ON_PAGE,
            _CALLS,
            _SOURCES,
            _ADDED,
            _UPLOADS,
            _NOTES,
            _SHARES,
            _LADDERS,
            _ALIASES,
            _SIGHTINGS,
            _SIGHTED,
            _SHOWN_TO_STAFF,
            _OPENED,
            _CARDS,
            _CARDS_HELD,
            _ENDORSED,
            *_IN_COURSES,
        )
        for statement in theirs:
            await self._fetch(statement)
        await drop_repeating(self._run, self._values)
        await self._rename_keys()
        await self._forget_settings()
        blanked = await self._fetch(_BLANK)
        for statement in (_CANCEL_SUMS, _BLANK_SUMS):
            await self._fetch(statement)
        return sum(row["command"] is None for row in blanked)

    async def is_done(self) -> bool:
        if await self._fetch(_LEFT) or await self._quoting(self._erasure.names):
            return False
        if any(self._named(row["key"]) for row in await self._fetch(_KEYS)):
            return False
        await self._fetch(_DONE)
        return True

    async def _note(self) -> tuple[str, ...]:
        """Before anything is deleted: a pass that is cut off comes again."""
        known = {row["author_name"] for row in await self._fetch(_NAMES)}
        names = tuple(sorted(known.union(self._erasure.names) - {""}))
        await self._run(_NOTE, self._values | {"names": json.dumps(names)})
        return names

    async def _quoting(self, names: Sequence[str]) -> Sequence[Row]:
        """The turns of others whose words, or prompt, hold theirs."""
        marks = [name.casefold() for name in (*names, self._erasure.person)]
        return [row for row in await self._fetch(_QUOTING) if _quotes(row, marks)]

    async def _blank_quote(self, row: Row) -> None:
        details = json.loads(row["details"])
        text = row["text"].removeprefix(details.pop("quoted", "")).strip()
        for name in ("quoted_of", "named"):
            details.pop(name, None)
        values = {"id": row["id"], "text": text, "details": json.dumps(details)}
        await self._run(_BLANK_QUOTE, values)

    async def _rename_keys(self) -> None:
        for row in await self._fetch(_KEYS):
            if self._named(row["key"]) and not row["is_open"]:
                space = ":".join(row["key"].split(":")[:2])
                await self._run(_RENAME, {"id": row["id"], "key": f"{space}:erased:{row['id']}"})

    async def _forget_settings(self) -> None:
        below = self._values["below"]
        for row in await self._fetch(_SCOPES):
            if f"{row['scope']}:".startswith(below) and self._named(row["scope"]):
                await self._run(_UNBIND, self._values | {"scope": row["scope"]})
        for row in await self._fetch(_MEMOS):
            if self._named(row["name"]):
                await self._run(_FORGET, {"name": row["name"]})

    def _named(self, written: str) -> bool:
        """Whether a part of it is their id."""
        return self._id in _SEPARATORS.split(written)

    async def _fetch(self, statement: str) -> Sequence[Row]:
        return await self._run(statement, self._values)


def _quotes(row: Row, marks: Sequence[str]) -> bool:
    held = " ".join(_quoted(row)).casefold()
    return bool(held) and any(mark in held for mark in marks)


def _quoted(row: Row) -> Iterator[str]:
    yield row["prompt"] or ""
    details = json.loads(row["details"])
    yield details.get("quoted", "")
    yield " ".join(details.get("quoted_of", ()))
    yield " ".join(word for one in details.get("named", ()) for word in one.values())
