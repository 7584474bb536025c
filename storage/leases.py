"""Who is alive, by heartbeats, and what becomes of the work of those who are not.

A worker's row in the database is its lease. Whoever finds one too old deletes it, and so the
claim to its jobs; what is open gets new ones. An old job is never put back: under its old id the
dead worker would end it, once it turns out to have been asleep.
"""

import time
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import structlog

from storage import jobs
from storage.postgres import NOW, PostgresDatabase

log = structlog.get_logger()

_SWEEP = 5  # every so many beats


@dataclass(frozen=True, slots=True)
class LeasePace:
    """Seconds. A worker trusts its lease for less than the others wait, to be on the safe side."""

    beat: float = 2.0
    lease: float = 8.0
    dead: float = 12.0


_RENEW = f"""
UPDATE procrastinate_workers SET last_heartbeat = now() WHERE id = :worker_id
RETURNING {NOW} AS now,
          ARRAY(SELECT id FROM procrastinate_jobs
                WHERE worker_id = :worker_id AND status = 'doing') AS jobs
"""  # noqa: S608 - put together from constants
_BURY = """
DELETE FROM procrastinate_workers WHERE last_heartbeat < now() - make_interval(secs => :dead)
RETURNING id
"""
_DISOWN = "UPDATE procrastinate_jobs SET worker_id = NULL WHERE id = ANY(CAST(:ids AS BIGINT[]))"
_FREE = """
DELETE FROM procrastinate_jobs WHERE status = 'doing' AND worker_id IS NULL RETURNING id
"""


class Lease:
    def __init__(self, database: PostgresDatabase, pace: LeasePace) -> None:
        self.pace = pace
        self._database = database
        self._fetch = database.fetch
        self._until = 0.0
        self._sound_since: float | None = None  # since when no heartbeat has failed
        self._strays: AbstractSet[int] = set()
        self._beats = 0

    def begin(self) -> None:
        """A worker is about to sign in."""
        self._until = time.monotonic() + self.pace.lease

    def holds(self) -> bool:
        """Whether nobody can have taken over what is being worked on."""
        return time.monotonic() < self._until

    async def renew(self, worker_id: int, held: AbstractSet[int]) -> bool:
        """One heartbeat; False if the lease was lost, and with it all that is held."""
        asked = time.monotonic()
        self._sound_since, since = None, self._sound_since
        rows = await self._fetch(_RENEW, {"worker_id": worker_id})
        if not rows:
            return False
        self._until = asked + self.pace.lease
        self._database.set_clock(rows[0]["now"])
        self._sound_since = since or asked
        await self._disown_strays(set(rows[0]["jobs"]) - held)
        return True

    async def look_after_others(self) -> None:
        """After the database was away everybody looks dead for a moment, so we wait for it."""
        self._beats += 1
        now = time.monotonic()
        if self._sound_since is not None and now - self._sound_since > self.pace.dead:
            for row in await self._fetch(_BURY, {"dead": self.pace.dead}):
                log.warning("worker_lost", worker=row["id"])
        if await self._fetch(_FREE, {}) or self._beats % _SWEEP == 1:
            await self._fetch(jobs.SWEEP, {})

    async def _disown_strays(self, strays: AbstractSet[int]) -> None:
        """Jobs that were handed out to us over a connection that broke: twice seen is too often."""
        lost, self._strays = strays & self._strays, strays
        if lost:
            await self._fetch(_DISOWN, {"ids": list(lost)})
