"""Machines that share one PostgreSQL, one platform and one model: who does what, and once."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytest

from bot.backends.chat import ChatBackend
from bot.backends.clients import Client
from bot.backends.polling import PollPace as Polling
from bot.backends.responses import ResponsesBackend
from bot.core.errors import PlatformUnavailable, StorageUnavailable
from bot.core.messages import ConversationKey, Message
from bot.core.ports.backend import Backend
from bot.homeroom_toml import AssistantFile
from bot.sharing import Sharing
from bot.wiring import Extras, build
from bot.work.intake import Intake
from bot.work.retries import RetryPolicy
from storage.database import Writable
from storage.jobs import PostgresTurns
from storage.leases import LeasePace
from storage.postgres import PostgresDatabase
from storage.records import SqlRecords
from storage.store import SharedStore, storage_over
from storage.views import SqlViews
from tests.fakes.platform import FAKE_TABLE, PLATFORM, FakeAdapter
from tests.patience import PATIENCE
from tests.postgres import Postgres
from tests.unit.world import MODEL, World, message, open_world, until

T = TypeVar("T")
Mind = Callable[[Client], Backend]

HASTY = LeasePace(beat=0.05, lease=0.3, dead=0.6)


async def eventually(look: Callable[[], Awaitable[T]], condition: Callable[[T], Any]) -> T:
    """What is seen in the database, as soon as a condition is true of it."""
    async with asyncio.timeout(PATIENCE):
        while True:
            with suppress(StorageUnavailable):
                if condition(seen := await look()):
                    return seen
            await asyncio.sleep(0.01)


@dataclass
class Machine:
    crew: Sharing
    store: SharedStore
    intake: Intake
    adapter: FakeAdapter

    async def say(self, text: str, channel: str = "general") -> Message:
        question = message(text, channel)
        await self.intake.accept(question)
        return question

    async def row(self, question: Message) -> dict[str, Any]:
        statement = "SELECT * FROM turns WHERE message_key = :key"
        [row] = await self.store.database.fetch(statement, {"key": question.unique_key})
        return dict(row)

    async def row_when(
        self, question: Message, condition: Callable[[dict[str, Any]], Any]
    ) -> dict[str, Any]:
        return await eventually(lambda: self.row(question), condition)

    async def jobs(self) -> list[str]:
        statement = "SELECT status::text AS status FROM procrastinate_jobs ORDER BY id"
        return [row["status"] for row in await self.store.database.fetch(statement, {})]

    async def idle(self) -> None:
        async with asyncio.timeout(PATIENCE):
            await self.crew.queue.idle()

    def fall_silent(self) -> None:
        """No heartbeat any more, as of a process that is frozen or cut off."""
        self.crew.queue._tasks[1].cancel()


@dataclass
class Site:
    """What the machines share, and those that run."""

    url: str
    world: World
    machines: AsyncExitStack

    async def start(
        self,
        *,
        pace: LeasePace = HASTY,
        retries: RetryPolicy = RetryPolicy(first=0.01),  # noqa: B008
        mind: Mind | None = None,
    ) -> Machine:
        opened = _machine(self, pace, retries, mind or _responses)
        return await self.machines.enter_async_context(opened)


def _responses(client: Client) -> Backend:
    return ResponsesBackend(client, MODEL, Polling(first=0.001, longest=0.01))


def _chat(client: Client) -> Backend:
    return ChatBackend(client, MODEL)


@asynccontextmanager
async def _machine(
    site: Site, pace: LeasePace, retries: RetryPolicy, think: Mind
) -> AsyncIterator[Machine]:
    database = await PostgresDatabase.open(site.url)
    turns = PostgresTurns(Writable(database))
    storage = storage_over(database, turns)
    store = SharedStore(
        database, storage, SqlRecords(database), SqlViews(database, time.time), time.time, turns
    )
    adapter = FakeAdapter(site.world.platform)
    assistants = AssistantFile(site.world.path.with_name("homeroom.toml"), FAKE_TABLE)
    mind = think(site.world.client())
    bot = build(
        storage,
        [adapter],
        mind,
        time.time,
        assistants=assistants,
        hire=partial(Sharing, site.url, store, 100),
        extras=Extras(retries=retries),
    )
    crew, intake = bot.crew, bot.intake
    crew.queue.lease.pace = pace
    await crew.start()
    watching = asyncio.create_task(crew.watch())
    try:
        yield Machine(crew, store, intake, adapter)
    finally:
        watching.cancel()
        await crew.queue.drain(0)
        await mind.close()
        await database.close()


@pytest.fixture
async def site(postgres: Postgres, tmp_path: Path) -> AsyncIterator[Site]:
    async with open_world(tmp_path) as world, AsyncExitStack() as machines:
        yield Site(postgres.create_migrated(), world, machines)


async def test_many_machines_answer_each_conversation_in_its_order(site: Site) -> None:
    machines = [await site.start() for _ in range(3)]
    questions = [
        await machines[number % 3].say(str(number), channel=str(number % 4)) for number in range(20)
    ]
    await machines[0].idle()
    platform = site.world.platform
    assert platform.replies(questions) == [[f"You said: {number}"] for number in range(20)]
    assert len(site.world.server.runs) == 20
    for channel in range(4):
        asked = questions[channel::4]
        assert platform.order(asked[0].key) == [question.id for question in asked]


async def test_a_stop_said_on_one_machine_ends_the_run_on_another(site: Site) -> None:
    site.world.server.hold()
    one = await site.start()
    question = await one.say("hi")
    await one.row_when(question, lambda row: row["run"])
    other = await site.start()
    stop = await other.say("/stop")
    await other.idle()
    assert site.world.platform.replies([question, stop]) == [["*Stopped.*"], ["Stopped."]]
    assert [run.status for run in site.world.server.runs] == ["cancelled"]


async def test_a_message_withdrawn_on_one_machine_is_not_answered_by_another(site: Site) -> None:
    site.world.server.hold()
    one = await site.start()
    question = await one.say("hi")
    await one.row_when(question, lambda row: row["run"])
    other = await site.start()
    assert await other.intake.withdraw(question.unique_key)
    await until(lambda: [run.status for run in site.world.server.runs] == ["cancelled"])
    assert site.world.platform.reply(question) == []


async def test_a_turn_that_waits_for_a_later_attempt_is_stopped_at_once(site: Site) -> None:
    machine = await site.start(retries=RetryPolicy(first=600, longest=600))
    machine.adapter.fail("standing", PlatformUnavailable())
    question = await machine.say("hi")
    await machine.row_when(question, lambda row: row["failures"])
    await machine.say("/stop")
    await machine.idle()
    assert site.world.platform.reply(question) == ["*Stopped.*"]


async def test_what_is_withdrawn_holds_up_nobody_behind_it(site: Site) -> None:
    machine = await site.start(retries=RetryPolicy(first=600, longest=600))
    machine.adapter.fail("standing", PlatformUnavailable())
    question = await machine.say("hi")
    await machine.row_when(question, lambda row: row["failures"])
    later = await machine.say("later")
    await machine.intake.withdraw(question.unique_key)
    await machine.idle()
    assert site.world.platform.replies([question, later]) == [[], ["You said: later"]]


async def test_a_reply_that_could_not_be_posted_is_posted_later(site: Site) -> None:
    machine = await site.start()
    machine.adapter.fail("post", PlatformUnavailable(), times=3)
    question = await machine.say("hi")
    await machine.idle()
    assert site.world.platform.reply(question) == ["You said: hi"]
    assert len(site.world.server.runs) == 1


async def test_a_turn_without_a_job_is_found(site: Site) -> None:
    machine, question = await site.start(), message("hi")
    await storage_over(machine.store.database).turns.add(question, 0.0)
    await machine.idle()
    assert site.world.platform.reply(question) == ["You said: hi"]


async def test_a_job_that_never_arrived_is_given_to_somebody_else(site: Site) -> None:
    machine = await site.start()
    await until(lambda: machine.crew.queue._worker is not None)
    worker = machine.crew.queue._worker
    assert worker
    await until(lambda: worker.worker_id is not None)
    database = machine.store.database
    question = message("hi")
    conversation = (await storage_over(database).turns.add(question, 0.0)).conversation_id
    stray = """
    INSERT INTO procrastinate_jobs (queue_name, task_name, lock, status, worker_id)
    VALUES (:queue, 'work', :lock, 'doing', :worker)
    """
    values = {"queue": PLATFORM, "lock": str(conversation), "worker": worker.worker_id}
    await database.fetch(stray, values)
    await machine.idle()
    assert site.world.platform.reply(question) == ["You said: hi"]


async def test_the_work_of_a_machine_that_fell_silent_is_taken_over(site: Site) -> None:
    site.world.server.hold()
    silent = await site.start()
    question = await silent.say("hi")
    await silent.row_when(question, lambda row: row["run"])
    silent.fall_silent()
    other = await site.start()
    await other.row_when(question, lambda row: row["epoch"] > 1)
    site.world.server.release()
    await other.idle()
    assert site.world.platform.reply(question) == ["You said: hi"]
    assert len(site.world.server.runs) == 1


async def test_a_machine_that_fell_silent_shows_nothing_more(site: Site) -> None:
    site.world.server.hold()
    silent = await site.start()
    question = await silent.say("hi")
    await silent.row_when(question, lambda row: row["run"])
    silent.fall_silent()
    await until(lambda: not silent.crew.queue.lease.holds())
    site.world.server.release()
    await silent.row_when(question, lambda row: row["state"] == "answered")
    await until(lambda: not silent.crew.queue._held)
    assert site.world.platform.reply(question) == []
    await (await site.start()).idle()
    assert site.world.platform.reply(question) == ["You said: hi"]


async def test_a_machine_taken_for_dead_begins_anew(site: Site) -> None:
    machine = await site.start()
    assert await machine.say("hi")
    await machine.idle()
    await machine.store.database.fetch("DELETE FROM procrastinate_workers", {})
    question = await machine.say("hello")
    await machine.idle()
    assert site.world.platform.reply(question) == ["You said: hello"]


async def test_an_outage_longer_than_a_lease_costs_no_second_run(
    site: Site, postgres: Postgres
) -> None:
    site.world.server.hold()
    machines = [await site.start() for _ in range(2)]
    question = await machines[0].say("hi")
    await machines[0].row_when(question, lambda row: row["run"])
    await asyncio.to_thread(postgres.stop)
    await asyncio.sleep(HASTY.dead * 2)  # longer than anybody may be silent
    await asyncio.to_thread(postgres.start)
    site.world.server.release()
    await machines[0].idle()
    assert site.world.platform.reply(question) == ["You said: hi"]
    assert len(site.world.server.runs) == 1


async def test_a_restart_of_the_database_interrupts_no_answer(
    site: Site, postgres: Postgres
) -> None:
    """Also not one that nobody could take up again."""
    site.world.server.hold()
    machine = await site.start(pace=LeasePace(), mind=_chat)
    question = await machine.say("hi")
    await until(lambda: site.world.server.runs != [])
    await asyncio.to_thread(postgres.stop)
    await asyncio.sleep(1.5)  # so long that everybody has noticed
    await asyncio.to_thread(postgres.start)
    await machine.row_when(question, lambda row: row["epoch"])
    site.world.server.release()
    await machine.idle()
    assert site.world.platform.reply(question) == ["You said: hi"]
    assert len(site.world.server.runs) == 1


async def test_a_platform_that_is_not_here_is_left_to_others(site: Site) -> None:
    machine = await site.start()
    elsewhere = replace(message("hi"), key=ConversationKey("elsewhere", "s", "c"))
    await machine.intake.accept(elsewhere)
    question = await machine.say("hello")
    await machine.idle()
    assert site.world.platform.reply(question) == ["You said: hello"]
    assert (await machine.row(elsewhere))["epoch"] == 0


async def test_a_drained_machine_leaves_its_work_to_others(site: Site) -> None:
    site.world.server.hold()
    first = await site.start()
    question = await first.say("hi")
    await first.row_when(question, lambda row: row["run"])
    await first.crew.queue.drain(0)
    assert (await first.row(question))["attempts"] == 0
    assert await first.jobs() == ["todo"]
    second = await site.start()
    site.world.server.release()
    await second.idle()
    assert site.world.platform.reply(question) == ["You said: hi"]
    assert len(site.world.server.runs) == 1


async def test_no_job_is_left_when_all_is_answered(site: Site) -> None:
    machine = await site.start()
    for number in range(5):
        await machine.say(str(number), channel=str(number % 2))
    await machine.idle()
    await eventually(machine.jobs, lambda jobs: jobs == [])


async def test_what_waits_in_a_conversation_is_done_in_one_job(site: Site) -> None:
    site.world.server.hold()
    machine = await site.start()
    for text in ("one", "two", "three"):
        await machine.say(text)
    await until(lambda: len(site.world.server.runs) == 1)
    assert await machine.jobs() == ["doing", "todo", "todo"]
    site.world.server.release(site.world.server.runs[0].id)
    await until(lambda: len(site.world.server.runs) == 2)
    assert await machine.jobs() == ["doing"]
    site.world.server.release()
    await machine.idle()
