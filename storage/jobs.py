"""`Turns` where several machines work: what makes work writes a job for it as well.

Both are one statement, so there is no turn whose job was forgotten. A job says no more than
that something may be due in a conversation; what is due, the turns say.
"""

from collections.abc import Sequence

from storage import statements as sql
from storage.turns import SqlTurns

TASK = "work"
USUAL, URGENT = 0, 1  # what is urgent comes before a job that waits for a later attempt

# A job is in its platform's queue, and under its conversation's lock.
_JOB = f"""
ROW(split_part(key, ':', 1), '{TASK}', {{priority}}, conversations.id::text, NULL,
    jsonb_build_object('conversation_id', conversations.id), NULL
)::procrastinate_job_to_defer_v1
"""

WAKE = f"""
SELECT procrastinate_defer_jobs_v1(ARRAY[{_JOB.format(priority=URGENT)}])
FROM conversations
WHERE id = :conversation_id
  AND NOT EXISTS (SELECT 1 FROM procrastinate_jobs
                  WHERE lock = conversations.id::text AND status = 'todo' AND priority >= {URGENT})
"""  # noqa: S608 - like all here, put together from constants

ABSORB = "DELETE FROM procrastinate_jobs WHERE lock = :lock AND status = 'todo'"

OPEN_ON = f"""
SELECT DISTINCT key FROM turns JOIN conversations ON conversations.id = conversation_id
WHERE {sql.OPEN} AND split_part(key, ':', 1) = ANY(:platforms)
"""  # noqa: S608

KEY_OF = "SELECT key FROM conversations WHERE id = :conversation_id"

# What a process left behind that died at a bad moment.
SWEEP = f"""
SELECT procrastinate_defer_jobs_v1(array_agg({_JOB.format(priority=USUAL)})) AS jobs
FROM conversations
WHERE id IN (SELECT conversation_id FROM turns WHERE {sql.OPEN})
  AND NOT EXISTS (SELECT 1 FROM procrastinate_jobs
                  WHERE lock = conversations.id::text AND status IN ('todo', 'doing'))
HAVING count(*) > 0
"""  # noqa: S608

# A command is never unwanted: whoever gave it hears that it was carried out.
UNWANTED = f"""
SELECT id FROM turns
WHERE id = ANY(CAST(:turn_ids AS BIGINT[]))
  AND (step = 'cancelled' OR state = 'pending' AND {sql.IS_STOPPED})
"""  # noqa: S608


def _with_job(change: str, priority: str | int) -> str:
    """A statement that changes a turn, and writes a job for its conversation with it."""
    return f"""
WITH changed AS ({change}), deferred AS (
    SELECT procrastinate_defer_jobs_v1(ARRAY[{_JOB.format(priority=priority)}])
    FROM conversations WHERE id = (SELECT conversation_id FROM changed))
SELECT changed.* FROM changed, deferred
"""  # noqa: S608


class PostgresTurns(SqlTurns):
    # The conversation is locked meanwhile: its turns become visible in the order of their ids.
    add_sql = _with_job(
        sql.ADD_TURN.replace("WHERE key = :key", "WHERE key = :key FOR NO KEY UPDATE"),
        f"CASE WHEN :command = 'stop' THEN {URGENT} ELSE {USUAL} END",
    )
    take_sql = add_sql  # by whom, its job says
    give_sql = _with_job(
        sql.GIVE_TURN.replace("WHERE key = :key", "WHERE key = :key FOR NO KEY UPDATE"), USUAL
    )
    cancel_sql = _with_job(sql.CANCEL_TURN, URGENT)
    show_anew_sql = _with_job(sql.SHOW_ANEW, USUAL)
    reword_sql = _with_job(sql.REWORD, USUAL)

    async def unwanted(self, turn_ids: Sequence[int]) -> Sequence[int]:
        """Which of these turns were stopped or withdrawn, on whatever machine."""
        return [row["id"] for row in await self._fetch(UNWANTED, {"turn_ids": turn_ids})]
