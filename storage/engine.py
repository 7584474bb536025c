"""The `Queue` port over several machines: Procrastinate hands out the work.

A job says that something may be due in a conversation, and its lock that only one process looks.
"""

import asyncio
import logging
from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import UTC, datetime

import structlog
from procrastinate import App, BaseRetryStrategy, JobContext, RetryDecision
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job
from procrastinate.worker import Worker

from bot.core.ending import end
from bot.core.errands import Errands
from bot.core.errors import BotError, StorageUnavailable, brief
from bot.core.messages import ConversationKey
from bot.core.ports.clock import Clock
from bot.core.ports.queue import Work
from storage import jobs
from storage.leases import Lease, LeasePace
from storage.patience import PatientConnector
from storage.postgres import PostgresDatabase

log = structlog.get_logger()
logging.getLogger("procrastinate").setLevel(logging.CRITICAL)  # we say ourselves what matters

_LONGEST_WAIT = 60.0  # seconds; the clock of the machine may jump
_LOOK = 0.5  # seconds between looks for what nobody calls out: that it is due by now
_NEVER = 1e9  # seconds
_AT_ONCE = 10_000  # conversations; nearly all of them wait for somebody
_FAREWELL = 2.0  # seconds, beyond its grace, for a worker to sign out
_EACH = 0.01  # seconds more to hand back one job


class Later(Exception):
    """There is more to do, but not yet."""

    def __init__(self, due_at: float) -> None:
        self.due_at = due_at


class Unlimited(BaseRetryStrategy):
    """No job ever fails: it is over when nothing is left to do."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision:
        due_at = now = self._clock()
        if isinstance(exception, Later):
            due_at = min(exception.due_at, now + _LONGEST_WAIT)
        return RetryDecision(retry_at=datetime.fromtimestamp(due_at, UTC), priority=jobs.USUAL)


class PostgresQueue:
    """`shows`: of which conversations, where a process shows a part only of its platforms."""

    def __init__(
        self,
        database: PostgresDatabase,
        platforms: Collection[str],
        clock: Clock,
        shows: Callable[[ConversationKey], bool] | None = None,
        pace: LeasePace = LeasePace(),  # noqa: B008 - it never changes
    ) -> None:
        self.lease = Lease(database, pace)
        self._database = database
        self._platforms = sorted(platforms)
        self._shows = shows
        self._clock = clock
        self._connector = PatientConnector()
        self._app = App(connector=self._connector)
        self._app.task(name=jobs.TASK, pass_context=True, retry=Unlimited(clock))(self._run)
        self._worker: Worker | None = None
        self._held: set[int] = set()  # the jobs that are being worked on here
        self._left = 0  # of them, unfinished
        self._is_draining = False
        self._tasks: list[asyncio.Task[None]] = []
        self.errands = Errands()
        self._work: Work

    def worker_id(self) -> int | None:
        """The row that is the lease of this process."""
        return self._worker.worker_id if self._worker else None

    def start(self, work: Work) -> None:
        self._work = work
        self._tasks = [asyncio.create_task(self._live()), asyncio.create_task(self._keep())]

    def wake(self, conversation_id: int) -> None:
        """Ignored while draining: the job that is there is found by others."""
        if not self._is_draining:
            self.errands.start(self._wake(conversation_id))

    async def idle(self) -> None:
        while await self._is_anything_open():  # noqa: ASYNC110 - other processes answer, too
            await asyncio.sleep(_LOOK)

    async def _is_anything_open(self) -> bool:
        try:
            found = await self._database.fetch(jobs.OPEN_ON, {"platforms": self._platforms})
        except BotError as error:  # it may be: so it is asked again
            log.warning("open_turns_not_read", error=str(error))
            return True
        return any(self._is_shown(row["key"]) for row in found)

    def _is_shown(self, key: str) -> bool:
        return self._shows is None or self._shows(ConversationKey.parse(key))

    async def drain(self, grace: float) -> None:
        """What is not finished in time is due at once, for whoever looks next."""
        self._is_draining = True
        began, self._left = len(self._held), 0
        if self._worker:
            self._worker.shutdown_graceful_timeout = grace
            self._worker.stop()  # type: ignore[no-untyped-call]
        patience = grace + _FAREWELL + _EACH * began
        if self._tasks and not (await asyncio.wait(self._tasks[:1], timeout=patience))[0]:
            self._connector.is_patient = False
            self._database.hurry()
        await asyncio.gather(end(self._tasks, _FAREWELL), self.errands.close(_FAREWELL))
        if began:
            log.info("queue_drained", finished=began - self._left, left=self._left)

    async def _live(self) -> None:
        """A worker ends only when it is told to, or when its lease is lost: then begins another."""
        async with self._app.open_async(self._database.pool):
            while not self._is_draining:
                self.lease.begin()
                self._worker = self._make_worker()
                try:
                    await self._worker.run()  # type: ignore[no-untyped-call]
                except ConnectorException as error:
                    log.warning("engine_ended", error=brief(error.__cause__ or error))
                    await asyncio.sleep(_LOOK)
                except Exception:
                    log.exception("engine_crashed")
                    await asyncio.sleep(_LOOK)

    def _make_worker(self) -> Worker:
        return Worker(
            self._app,
            queues=self._platforms,
            concurrency=_AT_ONCE,
            fetch_job_polling_interval=_LOOK,
            abort_job_polling_interval=_NEVER,  # we abort no jobs: a stop is a message
            shutdown_graceful_timeout=0,
            delete_jobs="successful",
            install_signal_handlers=False,
            update_heartbeat_interval=_NEVER,  # `_keep` does, and looks at the answer
            stalled_worker_timeout=_NEVER,
        )

    async def _keep(self) -> None:
        while True:
            try:
                await self._beat()
            except StorageUnavailable as error:
                log.error("storage_unavailable", error=str(error))  # noqa: TRY400
            except Exception:
                log.exception("heartbeat_crashed")
            await asyncio.sleep(self.lease.pace.beat)

    async def _beat(self) -> None:
        worker = self._worker
        if worker is None or worker.worker_id is None:
            return
        if await self.lease.renew(worker.worker_id, self._held):
            await self.lease.look_after_others()
        elif worker.worker_id is not None:
            log.warning("lease_lost", held=len(self._held))
            worker.stop()  # type: ignore[no-untyped-call]

    async def _run(self, context: JobContext, conversation_id: int) -> None:
        """The task: all that is due in a conversation."""
        await self._require_shown(conversation_id)
        number = context.job.id or 0
        self._held.add(number)
        try:
            due_at = await self._work_while_due(conversation_id)
        except asyncio.CancelledError:
            self._left += 1
            raise
        finally:
            self._held.discard(number)
        if due_at is not None:
            raise Later(due_at)

    async def _require_shown(self, conversation_id: int) -> None:
        """What another window is to show waits for it; it wakes its own when it is opened."""
        if self._shows is None:
            return
        with suppress(BotError):
            rows = await self._database.fetch(jobs.KEY_OF, {"conversation_id": conversation_id})
            if all(self._is_shown(row["key"]) for row in rows):
                return
        raise Later(self._clock() + _LONGEST_WAIT)

    async def _work_while_due(self, conversation_id: int) -> float | None:
        now = self._clock()
        due_at: float | None = now
        while due_at is not None and due_at <= now and not self._is_draining:
            await asyncio.sleep(0)  # others first
            if not self.lease.holds():  # it comes back, or the worker ends
                return now + _LOOK
            due_at, now = await self._work(conversation_id), self._clock()
            if due_at is not None and due_at <= now:
                await self._absorb(conversation_id)
        return due_at

    async def _absorb(self, conversation_id: int) -> None:
        """What other jobs wait for there is looked at next, in this one."""
        with suppress(BotError):
            await self._database.fetch(jobs.ABSORB, {"lock": str(conversation_id)})

    async def _wake(self, conversation_id: int) -> None:
        try:
            await self._database.fetch(jobs.WAKE, {"conversation_id": conversation_id})
        except BotError as error:  # a sweep finds what is open
            log.warning("wake_not_written", error=str(error))
