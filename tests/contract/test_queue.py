"""What every `Queue` keeps its word on: who works next, and where."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from structlog.testing import capture_logs

from bot.core.ports.queue import Queue
from storage.engine import PostgresQueue
from storage.lanes import InProcessQueue
from storage.postgres import PostgresDatabase
from tests.patience import PATIENCE
from tests.postgres import Postgres

NEVER = 1e12  # due in some thousand years


class Desk:
    """Work that waits until it is let go, and remembers what was done."""

    def __init__(self) -> None:
        self.begun: Counter[int] = Counter()
        self.ended: Counter[int] = Counter()
        self.left: Counter[int] = Counter()
        self.busy: Counter[int] = Counter()
        self.most_at_once: Counter[int] = Counter()
        self.due: dict[int, float | None] = {}
        self.go_on = asyncio.Event()
        self._changed = asyncio.Condition()

    async def work(self, conversation: int) -> float | None:
        self.begun[conversation] += 1
        self.busy[conversation] += 1
        self.most_at_once[conversation] = max(
            self.most_at_once[conversation], self.busy[conversation]
        )
        try:
            await self._tell()
            await self.go_on.wait()
            self.ended[conversation] += 1
        except asyncio.CancelledError:
            self.left[conversation] += 1
            raise
        finally:
            self.busy[conversation] -= 1
        await self._tell()
        return self.due.get(conversation)

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(condition)

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()


@pytest.fixture
def desk() -> Desk:
    return Desk()


Opener = Callable[[], AbstractAsyncContextManager[Queue]]

CONVERSATIONS = """
INSERT INTO conversations (id, key, created_at)
SELECT number, :place || number, 0 FROM generate_series(0, 99) AS number
"""


@asynccontextmanager
async def in_process() -> AsyncIterator[Queue]:
    yield InProcessQueue(time.time)


def over_machines(url: str) -> Opener:
    @asynccontextmanager
    async def open_one() -> AsyncIterator[Queue]:
        database = await PostgresDatabase.open(url)
        try:
            await database.fetch(CONVERSATIONS, {"place": "test:school:"})
            yield PostgresQueue(database, ["test"], time.time)
        finally:
            await database.close()

    return open_one


@pytest.fixture(params=["in process", "over machines"])
def open_queue(request: pytest.FixtureRequest) -> Opener:
    if request.param == "in process":
        return in_process
    postgres: Postgres = request.getfixturevalue("postgres")
    return over_machines(postgres.create_migrated())


@pytest.fixture
async def queue(open_queue: Opener, desk: Desk) -> AsyncIterator[Queue]:
    async with open_queue() as queue:
        queue.start(desk.work)
        yield queue
        await queue.drain(0)


async def test_one_works_in_a_conversation_at_a_time(queue: Queue, desk: Desk) -> None:
    for _ in range(5):
        queue.wake(1)
        await desk.until(lambda: desk.begun[1] == 1)
    desk.go_on.set()
    await desk.until(lambda: desk.ended[1] == 2)
    assert desk.most_at_once[1] == 1


async def test_conversations_are_worked_in_at_once(queue: Queue, desk: Desk) -> None:
    for conversation in range(50):
        queue.wake(conversation)
    await desk.until(lambda: desk.busy.total() == 50)


async def test_what_is_woken_during_work_is_looked_at_again(queue: Queue, desk: Desk) -> None:
    queue.wake(1)
    await desk.until(lambda: desk.begun[1] == 1)
    queue.wake(1)
    queue.wake(1)
    desk.go_on.set()
    await desk.until(lambda: desk.ended[1] == 2)


async def test_a_conversation_can_be_woken_again_after_its_work(queue: Queue, desk: Desk) -> None:
    desk.go_on.set()
    for times in range(1, 20):
        queue.wake(1)
        await desk.until(lambda times=times: desk.ended[1] >= times)  # type: ignore[misc]


async def test_work_comes_back_when_it_is_due(queue: Queue, desk: Desk) -> None:
    desk.go_on.set()
    due = desk.due[1] = time.time() + 0.05
    queue.wake(1)
    await desk.until(lambda: desk.begun[1] > 1 and time.time() >= due)
    desk.due[1] = None


async def test_what_is_overdue_is_worked_on_at_once(queue: Queue, desk: Desk) -> None:
    desk.go_on.set()
    desk.due[1] = 1.0
    queue.wake(1)
    await desk.until(lambda: desk.ended[1] >= 3)
    desk.due[1] = None


async def test_who_waits_for_a_later_attempt_can_be_woken(queue: Queue, desk: Desk) -> None:
    desk.go_on.set()
    desk.due[1] = NEVER
    queue.wake(1)
    await desk.until(lambda: desk.ended[1] == 1)
    queue.wake(1)
    await desk.until(lambda: desk.ended[1] == 2)


async def test_waiting_in_one_conversation_keeps_no_other_waiting(queue: Queue, desk: Desk) -> None:
    desk.go_on.set()
    desk.due[1] = NEVER
    queue.wake(1)
    await desk.until(lambda: desk.ended[1] == 1)
    queue.wake(2)
    await desk.until(lambda: desk.ended[2] == 1)


async def test_a_drain_lets_work_in_hand_finish(queue: Queue, desk: Desk) -> None:
    queue.wake(1)
    queue.wake(1)
    await desk.until(lambda: desk.busy[1] == 1)
    draining = asyncio.create_task(queue.drain(PATIENCE))
    await asyncio.sleep(0)
    assert not draining.done()
    desk.go_on.set()
    await draining
    assert (desk.ended[1], desk.left[1], desk.begun[1]) == (1, 0, 1)


async def test_a_drain_leaves_long_work_to_the_next_start(queue: Queue, desk: Desk) -> None:
    for conversation in range(3):
        queue.wake(conversation)
    await desk.until(lambda: desk.busy.total() == 3)
    with capture_logs() as logs:
        await queue.drain(0.01)
    assert (desk.ended.total(), desk.left.total(), desk.busy.total()) == (0, 3, 0)
    assert [(entry["event"], entry["left"]) for entry in logs] == [("queue_drained", 3)]


async def test_a_drain_does_not_wait_for_what_is_due_later(queue: Queue, desk: Desk) -> None:
    desk.go_on.set()
    desk.due[1] = NEVER
    queue.wake(1)
    await desk.until(lambda: desk.ended[1] == 1)
    async with asyncio.timeout(PATIENCE):
        await queue.drain(NEVER)
    assert desk.left[1] == 0


async def test_nothing_is_begun_after_a_drain(queue: Queue, desk: Desk) -> None:
    queue.wake(1)  # has not begun yet
    await queue.drain(PATIENCE)
    queue.wake(1)
    queue.wake(2)
    await queue.drain(PATIENCE)
    assert desk.begun.total() == 0


async def test_a_drain_without_work_is_over_at_once(queue: Queue) -> None:
    await queue.drain(PATIENCE)


async def test_nothing_is_left_of_conversations_that_are_done(desk: Desk) -> None:
    queue = InProcessQueue(time.time)
    queue.start(desk.work)
    desk.go_on.set()
    for conversation in range(1000):
        queue.wake(conversation)
    async with asyncio.timeout(PATIENCE):
        await queue.idle()
    assert desk.ended == Counter(range(1000))
    assert not queue._lanes
    assert asyncio.all_tasks() == {asyncio.current_task()}
