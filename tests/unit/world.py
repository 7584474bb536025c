"""A bot made of real parts, between a model server and a platform that outlive it."""

import asyncio
import itertools
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import httpx2

from bot.backends.chat import ChatBackend
from bot.backends.clients import Client
from bot.backends.polling import PollPace
from bot.backends.responses import ResponsesBackend
from bot.classroom.safety import Lookout
from bot.classroom.timepiece import Timepiece
from bot.core.commands import parse_command
from bot.core.errors import TransientError
from bot.core.messages import Author, ConversationKey, Message
from bot.core.ports.adapter import Adapter, Limits
from bot.core.ports.backend import Backend
from bot.core.ports.finder import Finder
from bot.core.ports.moderator import Moderator
from bot.core.ports.storage import Storage, Turns
from bot.core.ports.toolbox import Toolbox
from bot.core.ports.transcriber import Transcriber
from bot.crews import Alone
from bot.homeroom_toml import AssistantFile
from bot.wiring import Extras, build
from bot.work.forgetting import Forgetting
from bot.work.holding import Ports
from bot.work.intake import Intake
from bot.work.retries import RetryPolicy
from bot.work.toolless import NoTools
from bot.work.worker import Worker
from storage.lanes import InProcessQueue
from storage.sqlite import SqliteDatabase
from storage.store import storage_over
from tests.databases import make_database
from tests.fakes.openai_server import FakeOpenAI, FakeRun
from tests.fakes.platform import FAKE_TABLE, PLATFORM, STAFF, FakeAdapter, FakePlatform
from tests.fakes.tap import PEOPLE, leaks
from tests.patience import PATIENCE

MODEL = "fake-model"
_ids = itertools.count(1)


class Hasty(RetryPolicy):
    """A thousand times as fast, whatever wait the server asks for."""

    def next_attempt(
        self, error: TransientError, failures: int, reruns: int, waited: float
    ) -> float | None:
        wait = super().next_attempt(error, failures, reruns, waited)
        return wait and wait / 1000


@dataclass
class Bot:
    """One incarnation: from its start to its end, whichever way it ends."""

    database: SqliteDatabase
    storage: Storage
    crew: Alone
    intake: Intake
    adapter: FakeAdapter
    ports: Ports
    forgetting: Forgetting

    @property
    def queue(self) -> InProcessQueue:
        return self.crew.queue

    @property
    def worker(self) -> Worker:
        return self.crew.worker

    async def say(self, text: str, channel: str = "general") -> Message:
        question = message(text, channel)
        await self.intake.accept(question)
        return question

    async def set(self, scope: str, name: str, value: str) -> None:
        """As somebody who runs the place."""
        boss = replace(message("set"), author=Author(STAFF, "Boss"))
        await self.intake.set(scope, name, value, by=boss)

    async def idle(self) -> None:
        """Wait until everything is answered."""
        async with asyncio.timeout(PATIENCE):
            await self.queue.idle()

    async def ask(self, text: str, channel: str = "general") -> str:
        """Say something and wait for the reply, which has one part."""
        question = await self.say(text, channel)
        await self.idle()
        [reply] = self.adapter.service.reply(question)
        return reply

    async def run_of(self, question: Message) -> str:
        """The id of the run that answers a message, as soon as it is saved."""
        return str((await self.row_when(question, lambda row: row["run"]))["run"])

    async def row_when(
        self, question: Message, condition: Callable[[dict[str, Any]], Any]
    ) -> dict[str, Any]:
        """The turn of a message, once a condition is true of it."""
        async with asyncio.timeout(PATIENCE):
            while not condition(row := await self.row(question)):  # noqa: ASYNC110 - it is on the disk
                await asyncio.sleep(0.001)
            return row

    async def row(self, question: Message) -> dict[str, Any]:
        """The turn of a message, as it stands on the disk."""
        statement = "SELECT * FROM turns WHERE message_key = :key"
        [row] = await self.database.fetch(statement, {"key": question.unique_key})
        return dict(row)


@dataclass
class World:
    """What is there before the bot and after it."""

    path: Path
    server: FakeOpenAI
    platform: FakePlatform = field(default_factory=FakePlatform)
    transcriber: Transcriber | None = None
    moderator: Moderator | None = None
    finder: Finder | None = None
    unasked: list[int] = field(default_factory=list)  # questions nobody looked at for danger
    # What a client's requests go through on their way out.
    wrap_transport: Callable[[httpx2.AsyncBaseTransport], httpx2.AsyncBaseTransport] = lambda it: it

    @asynccontextmanager
    async def bot(  # noqa: PLR0913
        self,
        backend: str | Backend = "responses",
        *,
        limits: Limits = Limits(),  # noqa: B008
        retries: RetryPolicy = Hasty(),  # noqa: B008
        deadline: float = 600.0,
        toolbox: Toolbox | None = None,
        at_once: int = 500,
        wrap_storage: Callable[[Storage], Storage] = lambda storage: storage,
        wrap_adapter: Callable[[Adapter], Adapter] = lambda adapter: adapter,
        timepiece: Timepiece | None = None,
    ) -> AsyncIterator[Bot]:
        await make_database(self.path)
        database = await SqliteDatabase.open(self.path)
        await database.fetch("PRAGMA synchronous = OFF", {})  # no power is cut here
        storage = wrap_storage(storage_over(database))
        adapter = FakeAdapter(self.platform, limits)
        assistants = AssistantFile(self.path.with_name("homeroom.toml"), FAKE_TABLE)
        mind = _open_backend(backend, self.client())
        wired = build(
            storage,
            [wrap_adapter(adapter)],
            mind,
            time.time,
            assistants=assistants,
            hire=Alone,
            extras=Extras(
                finder=self.finder,
                retries=retries,
                deadline=deadline,
                toolbox=toolbox or NoTools(),
                at_once=at_once,
                transcriber=self.transcriber,
                lookout=Lookout(self.moderator, lambda: self.unasked.append(1)),
                scrub=database.scrub,
                timepiece=timepiece,
            ),
        )
        crew = wired.crew
        try:
            await crew.start()
            yield Bot(database, storage, crew, wired.intake, adapter, wired.ports, wired.forgetting)
            if await storage_over(database).courses.all():  # whoever was killed reads no more
                marks = [mark for one in PEOPLE for mark in one.marks]
                assert leaks(self.server, marks) == []
        finally:
            await crew.queue.drain(0)
            await mind.close()
            await database.close()

    def anew(self) -> "World":
        """Another one beside the same server, in which nothing was said yet."""
        self.server.runs.clear()
        self.server.requests.clear()
        return World(self.path.with_name(f"{next(_ids)}.db"), self.server)

    def client(self) -> Client:
        # On loopback there are no certificates, and loading them takes long.
        transport = self.wrap_transport(httpx2.AsyncHTTPTransport(verify=False))
        return Client(
            base_url=self.server.base_url,
            api_key="k",
            max_retries=0,
            timeout=PATIENCE,
            http_client=httpx2.AsyncClient(transport=transport),
        )

    def runs(self, question: Message) -> list[FakeRun]:
        """Every computation of an answer to this message that was paid for."""
        return [run for run in self.server.runs if run.input_text == question.text]


@asynccontextmanager
async def open_world(folder: Path) -> AsyncIterator[World]:
    async with FakeOpenAI() as server:
        yield World(folder / "homeroom.db", server)


class WrappedTurns:
    """Those of a storage, with something between them and their caller."""

    def __init__(self, turns: Turns) -> None:
        self.inner = turns

    @classmethod
    def around(cls, storage: Storage) -> Storage:
        return replace(storage, turns=cast("Turns", cls(storage.turns)))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another program holds the database."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def message(text: str, channel: str = "general", id: str | None = None) -> Message:  # noqa: A002
    command, words = parse_command(text)
    key = ConversationKey(PLATFORM, "school", channel)
    return Message(key, id or f"m{next(_ids)}", Author("u1", "Ada"), words, command)


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition; fails when it does not come true."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - what is waited for may be anything
            await asyncio.sleep(0.001)


def _open_backend(name: str | Backend, client: Client) -> Backend:
    if not isinstance(name, str):
        return name
    if name == "chat":
        return ChatBackend(client, MODEL)
    return ResponsesBackend(client, MODEL, PollPace(first=0.001, longest=0.01))
