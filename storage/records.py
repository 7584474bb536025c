"""What is there to look at: the `Records` port. To look never keeps those who work waiting."""

import json
from collections.abc import Sequence
from dataclasses import fields
from typing import Any, TypeVar

from bot.core.messages import SUMS, ConversationKey
from bot.core.ports.records import (
    AnswerRecord,
    CallRecord,
    Choice,
    ConversationLine,
    ConversationRecord,
    CourseQuestion,
    Memo,
    MessageRecord,
    PostRecord,
    RunRecord,
    SessionRecord,
    ToolUsage,
    TurnRecord,
    UsageRecord,
)
from bot.core.ports.storage import Used
from bot.core.turns import Change
from storage import statements as sql
from storage.columns import usage_from
from storage.database import READS_MUCH, Database, Row

T = TypeVar("T")

# By the newest turn of each conversation, from the newest backwards, so that a page costs what is
# on it: to group all turns takes half a minute where there are a million.
_LINES = f"""{READS_MUCH}
SELECT c.key, c.created_at, t.id AS newest, t.accepted_at AS last_at, t.author_name AS last_by,
       (SELECT count(*) FROM turns n WHERE n.conversation_id = c.id) AS turns,
       (SELECT count(*) FROM turns o WHERE o.conversation_id = c.id AND o.state <> 'done') AS open,
       (SELECT s.backend || ' ' || s.session FROM sessions s
        WHERE s.conversation_id = c.id AND s.ended_at IS NULL
        ORDER BY s.opened_at DESC LIMIT 1) AS session
FROM {{source}} JOIN conversations c ON c.id = t.conversation_id
WHERE t.id < :before AND t.accepted_at >= :since
  AND t.id >= CASE WHEN :since > 0 THEN
      (SELECT coalesce(min(id), 0) FROM turns WHERE accepted_at >= :since) ELSE 0 END
  AND NOT EXISTS (SELECT 1 FROM turns later
                  WHERE later.conversation_id = t.conversation_id AND later.id > t.id)
  AND substr(c.key, length(c.key) - {len(SUMS) - 1}) <> '{SUMS}' -- shown with what it sums up
ORDER BY t.id DESC LIMIT :most
"""
OF_ALL = _LINES.format(source="turns t")
_OF_ONE = _LINES.format(
    source="""(SELECT max(id) AS id FROM turns WHERE conversation_id IN
                 (SELECT conversation_id FROM turns WHERE author_id = :user)
               GROUP BY conversation_id) AS mine JOIN turns t ON t.id = mine.id"""
)
_NAMED = f"""{READS_MUCH}
SELECT author_id FROM turns WHERE lower(author_name) = lower(:user) ORDER BY id DESC LIMIT 1
"""
_IS_KNOWN = "SELECT 1 AS found FROM turns WHERE author_id = :user LIMIT 1"
_LAST = 2**63 - 1

_CONVERSATION = "SELECT * FROM conversations WHERE key = :key"
# With the conversation aside in which it is summed up.
_BOTH = f"(SELECT id FROM conversations WHERE key IN (:key, CAST(:key AS TEXT) || '{SUMS}'))"
_SESSIONS = f"""
SELECT * FROM sessions WHERE conversation_id IN {_BOTH} ORDER BY opened_at
"""
_TURNS = f"{READS_MUCH}\nSELECT * FROM turns WHERE conversation_id IN {_BOTH} ORDER BY id"
_POSTS = f"""{READS_MUCH}
SELECT p.* FROM posts p JOIN turns t ON t.id = p.turn_id
WHERE t.conversation_id IN {_BOTH} ORDER BY p.turn_id, p.part
"""
_RUNS = f"""{READS_MUCH}
SELECT every_run.* FROM {sql.EVERY_RUN} JOIN turns t ON t.id = every_run.turn_id
WHERE t.conversation_id IN {_BOTH} ORDER BY every_run.turn_id, every_run.step
"""
_CALLS = f"""{READS_MUCH}
SELECT c.* FROM calls c JOIN turns t ON t.id = c.turn_id
WHERE t.conversation_id IN {_BOTH} ORDER BY c.turn_id, c.step, c.place
"""
_MADE = "SELECT name, value FROM memos WHERE name LIKE 'assistant %' ORDER BY name"
_DELETE = f"DELETE FROM conversations WHERE id IN {_BOTH} RETURNING id"
_UNBIND = "DELETE FROM bindings WHERE scope = :key"
_FILES = "DELETE FROM uploads WHERE key = :key"

# Where no cost was kept, only what is the same to the token is one record: a sum has no price.
_USAGE = f"""{READS_MUCH}
SELECT c.key, t.author_id, t.author_name, t.assistant, t.backend, t.model, {sql.TOKENS}
FROM turns t JOIN conversations c ON c.id = t.conversation_id
WHERE {sql.PAID_SINCE} AND {sql.WAS_PAID}
GROUP BY c.key, t.author_id, t.author_name, t.assistant, t.backend, t.model, t.cost IS NULL,
  CASE WHEN t.cost IS NULL THEN t.input_tokens END,
  CASE WHEN t.cost IS NULL THEN t.cached_tokens END,
  CASE WHEN t.cost IS NULL THEN t.output_tokens END
"""
_TOOLS = f"""{READS_MUCH}
SELECT tool, count(*) AS calls, CAST(coalesce(sum(is_error), 0) AS BIGINT) AS failed,
       CAST(coalesce(sum(length(output)), 0) / 4 AS BIGINT) AS tokens
FROM calls WHERE made_at >= :since GROUP BY tool ORDER BY calls DESC, tool
"""


# A heart is taken from students alone, for what is asked in a course.
_ASKED = f"""{READS_MUCH}
SELECT shares.person, turns.accepted_at AS at, turns.kind, ladders.level, votes.vote,
       EXISTS (SELECT 1 FROM cards WHERE cards.course = shares.course AND matter = 'human'
               AND cards.about = turns.message_key) AS asked_human
FROM shares JOIN turns ON turns.id = shares.turn_id
LEFT JOIN ladders ON ladders.turn_id = turns.id AND ladders.course = shares.course
LEFT JOIN votes ON votes.turn_id = turns.id AND votes.person = turns.author_id
WHERE shares.course = :course AND shares.kind = 'spent' AND turns.state = 'done'
  AND shares.person NOT LIKE 'day:%' AND shares.person NOT LIKE 'month:%'
"""


class SqlRecords:
    def __init__(self, database: Database) -> None:
        self._fetch = database.fetch

    async def conversations(self, choice: Choice = Choice()) -> Sequence[ConversationLine]:  # noqa: B008 - it never changes
        values = {"since": choice.since, "most": choice.most}
        values["before"] = _LAST if choice.before is None else choice.before
        if choice.user is None:
            rows = await self._fetch(OF_ALL, values)
        else:
            user = await self._id_of(choice.user)
            rows = await self._fetch(_OF_ONE, {**values, "user": user})
        return [_read(ConversationLine, row) for row in rows]

    async def _id_of(self, user: str) -> str:
        """Who is meant: an id there is, or the last one of that name."""
        if await self._fetch(_IS_KNOWN, {"user": user}):
            return user
        for row in await self._fetch(_NAMED, {"user": user}):
            return str(row["author_id"])
        return user

    async def conversation(self, key: ConversationKey) -> ConversationRecord | None:
        for row in await self._fetch(_CONVERSATION, {"key": str(key)}):
            place = {"key": str(key)}
            parts = [await self._fetch(one, place) for one in (_POSTS, _RUNS, _CALLS)]
            turns = await self._fetch(_TURNS, place)
            return _read(
                ConversationRecord,
                row,
                sessions=_all(SessionRecord, await self._fetch(_SESSIONS, place)),
                assistants=_all(Memo, await self._fetch(_MADE, {})),
                turns=tuple(turn_record(turn, *parts) for turn in turns),
            )
        return None

    async def delete(self, key: ConversationKey) -> bool:
        for statement in (_UNBIND, _FILES):
            await self._fetch(statement, {"key": str(key)})
        return bool(await self._fetch(_DELETE, {"key": str(key)}))

    async def usage(self, since: float) -> Sequence[UsageRecord]:
        rows = await self._fetch(_USAGE, {"since": since})
        return [_read(UsageRecord, row, used=_read(Used, row)) for row in rows]

    async def asked_in(self, course: int) -> Sequence[CourseQuestion]:
        rows = await self._fetch(_ASKED, {"course": course})
        return [CourseQuestion(**{**row, "asked_human": bool(row["asked_human"])}) for row in rows]

    async def tools(self, since: float) -> Sequence[ToolUsage]:
        return _all(ToolUsage, await self._fetch(_TOOLS, {"since": since}))


def turn_record(
    row: Row, posts: Sequence[Row], runs: Sequence[Row], calls: Sequence[Row]
) -> TurnRecord:
    def own(rows: Sequence[Row]) -> Sequence[Row]:
        return [one for one in rows if one["turn_id"] == row["id"]]

    return _read(
        TurnRecord,
        row,
        message=_read(MessageRecord, row),
        changes=tuple(Change(*change) for change in json.loads(row["changes"])),
        answer=_read(AnswerRecord, row),
        usage=usage_from(row),
        runs=tuple(_read(RunRecord, run, usage=usage_from(run)) for run in own(runs)),
        calls=_all(CallRecord, own(calls)),
        posts=_all(PostRecord, own(posts)),
    )


def _all(kind: type[T], rows: Sequence[Row]) -> tuple[T, ...]:
    return tuple(_read(kind, row) for row in rows)


def _read(kind: type[T], row: Row, **parts: Any) -> T:
    """A record, of the columns that its fields are called after and of parts made already."""
    names = [field.name for field in fields(kind)]  # type: ignore[arg-type]
    return kind(**{name: parts[name] if name in parts else row[name] for name in names})
