"""The whole bot on the fake Discord: real storage, worker and backend, and a model on loopback."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from adapters.discord.adapter import DiscordAdapter
from adapters.discord.opening import open_discord
from bot.classroom.safety import Lookout
from bot.core.ports.clock import Clock
from bot.core.ports.memory import Memory
from bot.core.ports.moderator import Moderator
from bot.core.ports.toolbox import Toolbox
from bot.crews import Alone
from bot.homeroom_toml import AssistantFile
from bot.platforms import TABLE
from bot.wiring import Extras, build
from bot.work.toolless import NoTools
from storage.lanes import InProcessQueue
from storage.sqlite import SqliteDatabase
from storage.store import storage_over
from tests.databases import make_database
from tests.fakes.discord_interactions import Interaction
from tests.fakes.discord_permissions import Permission
from tests.fakes.discord_server import FakeDiscord
from tests.fakes.discord_things import Attachment, Channel, Guild, Message, User
from tests.fakes.openai_server import FakeOpenAI
from tests.fakes.openai_talk import BACKENDS
from tests.integration.counting import CountingDatabase
from tests.integration.discord_stage import restore_addresses_after
from tests.patience import PATIENCE
from tests.unit.world import Hasty, World


@dataclass
class Process:
    """One process of the bot."""

    adapter: DiscordAdapter
    listening: asyncio.Task[None]
    queue: InProcessQueue
    database: SqliteDatabase

    async def rows(self, statement: str) -> list[dict[str, Any]]:
        return [dict(row) for row in await self.database.fetch(statement, {})]

    async def has_turns(self, count: int) -> None:
        """Wait until so many messages are written down."""
        async with asyncio.timeout(PATIENCE):
            while len(await self.rows("SELECT id FROM turns")) < count:  # noqa: ASYNC110 - on disk
                await asyncio.sleep(0.01)

    async def has_ended(self, count: int) -> None:
        """Wait until so many turns are done."""
        done = "SELECT id FROM turns WHERE state = 'done'"
        async with asyncio.timeout(PATIENCE):
            while len(await self.rows(done)) < count:  # noqa: ASYNC110 - on disk
                await asyncio.sleep(0.01)

    async def hang_up(self) -> None:
        """The first half of a shut-down: nothing more is heard."""
        self.listening.cancel()
        with suppress(asyncio.CancelledError):
            await self.listening


@dataclass
class DiscordCore:
    """What outlives the bot: Discord, the model's server, and the folder with the database."""

    server: FakeDiscord
    model: FakeOpenAI
    folder: Path
    counting: CountingDatabase = field(default_factory=CountingDatabase)
    clock: Clock | None = None  # of the bot; Discord's where none is given
    moderator: Moderator | None = None
    backend: str = "responses"
    guild: Guild = field(init=False)
    room: Channel = field(init=False)
    ann: User = field(init=False)

    def __post_init__(self) -> None:
        self.guild = self.server.add_guild()
        self.room = self.guild.add_text_channel("general")
        self.ann = self.server.add_user("ann")
        self.guild.add_member(self.ann)

    @asynccontextmanager
    async def running(
        self, toolbox: Toolbox | None = None, **options: Any
    ) -> AsyncIterator[Process]:
        """What is not answered when it ends is left as it is, as by a kill."""
        path = self.folder / "homeroom.db"
        await make_database(path)
        database = await SqliteDatabase.open(path)
        storage, assistants = (
            storage_over(self.counting.around(database)),
            AssistantFile(path.with_suffix(".toml"), TABLE),
        )
        adapter = self.adapter(storage.memos, **options)
        backend = BACKENDS[self.backend](World(path, self.model).client())
        bot = build(
            storage,
            [adapter],
            backend,
            self.clock or self.server.clock.now,
            assistants=assistants,
            hire=Alone,
            extras=Extras(
                retries=Hasty(),
                deadline=7200.0,
                toolbox=toolbox or NoTools(),
                lookout=Lookout(self.moderator),
            ),
        )
        queue = bot.crew.queue
        await bot.crew.start()
        process = Process(adapter, asyncio.create_task(adapter.listen()), queue, database)
        try:
            await self.server.until(lambda: self.is_ready or process.listening.done())
            yield process
        finally:
            await process.hang_up()
            await queue.drain(0)
            await adapter.close()
            await backend.close()
            await database.close()

    def share_channels(self) -> None:
        """All who talk in a channel share one conversation."""
        path = self.folder / "homeroom.toml"
        path.write_text('[settings.discord]\nconversation = "channel"\n')

    async def ask(
        self,
        text: str = "why?",
        user: User | None = None,
        channel: Channel | None = None,
        attachments: Sequence[Attachment | tuple[str, bytes]] = (),
    ) -> int:
        """Somebody mentions the bot."""
        said: dict[str, Any] = {"mentions": [self.server.bot], "attachments": attachments}
        return await self.server.say(channel or self.room, user or self.ann, text, **said)

    async def slash(self, name: str, /, user: User | None = None, **options: Any) -> Interaction:
        return await self.server.slash(self.room, user or self.ann, name, options)

    async def told(self, name: str, /, user: User | None = None, **options: Any) -> str:
        """What a command is answered with, once something is."""
        asked = await self.slash(name, user, **options)
        await self.server.until(lambda: asked.text and "⏳" not in asked.text)
        return asked.text

    def boss(self, permissions: Permission = Permission.ADMINISTRATOR) -> User:
        """Somebody with rights in the server."""
        user = self.server.add_user("boss")
        role = self.guild.add_role("bosses", permissions=permissions)
        self.guild.add_member(user, roles=[role])
        return user

    def replies(self, question: int, channel: Channel | None = None) -> list[Message]:
        """The last parts of answers to a question."""
        return [one for one in self.ends(channel) if one.reference == question]

    def ends(self, channel: Channel | None = None) -> list[Message]:
        """The last parts of all answers: these are final, and can be asked for once more."""
        own = self.server.from_bot(channel or self.room)
        return [one for one in own if any("again" in verb for verb in one.custom_ids)]

    async def reply(self, question: int, channel: Channel | None = None) -> str:
        await self.server.until(lambda: self.replies(question, channel))
        [message] = self.replies(question, channel)
        return message.content

    async def until(self, condition: Callable[[], object]) -> None:
        await self.server.until(condition)

    @property
    def is_ready(self) -> bool:
        sessions = self.server.gateway.sessions.values()
        return len([one for one in sessions if one.socket]) == self.server.shards

    def adapter(self, memory: Memory, **options: Any) -> DiscordAdapter:
        return open_discord(
            self.server.token,
            memory,
            self.server.clock.now,
            api_url=self.server.api_url,
            gateway_url=self.server.gateway_url,
            identify_gap=0.0,
            **options,
        )


@pytest.fixture
async def core(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[DiscordCore]:
    restore_addresses_after(monkeypatch)
    async with FakeDiscord() as server, FakeOpenAI() as model:
        yield DiscordCore(server, model, tmp_path)
