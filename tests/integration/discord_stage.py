"""Homeroom's Discord adapter on a stage: the fake Discord before it, an empty bot behind it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import discord
import pytest
from discord.asset import Asset
from discord.gateway import DiscordWebSocket
from discord.http import Route

from adapters.discord.adapter import DiscordAdapter
from adapters.discord.inbox import DiscordInbox
from adapters.discord.opening import open_discord
from adapters.discord.origins import PLATFORM
from adapters.discord.shards import Group
from adapters.discord.supervisor import Supervisor
from bot.core.messages import Message
from tests.fakes.discord_interactions import Interaction
from tests.fakes.discord_server import FakeDiscord
from tests.fakes.discord_things import Channel, Guild, User
from tests.fakes.discord_things import Message as Said
from tests.fakes.door import FakeDoor
from tests.fakes.memory import FakeMemory
from tests.fakes.posts import FakePosts
from tests.patience import PATIENCE


@dataclass
class Door(FakeDoor):
    """Can be held shut, as by a database that is busy."""

    is_open: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.is_open.set()

    async def accept(self, message: Message) -> Any:
        await self.is_open.wait()
        return await super().accept(message)


@dataclass
class Stage:
    server: FakeDiscord
    guild: Guild
    channel: Channel
    ann: User
    door: Door = field(default_factory=Door)
    memory: FakeMemory = field(default_factory=FakeMemory)
    posts: FakePosts = field(default_factory=FakePosts)
    options: dict[str, Any] = field(default_factory=dict)
    group: int | None = None  # of the shards; without it, all are listened to

    async def start(self, token: str = "", **options: Any) -> None:
        """Another process with the same memory."""
        self.options |= options
        self.open(token)
        before = len(self.server.identifies)
        self.listening = asyncio.create_task(self._listen())
        await self.server.until(
            lambda: len(self.server.identifies) > before or self.listening.done()
        )

    def open(self, token: str = "") -> None:
        """The same, before it listens."""
        self.adapter: DiscordAdapter = open_discord(
            token or self.server.token,
            self.memory,
            self.server.clock.now,
            api_url=self.server.api_url,
            gateway_url=self.server.gateway_url,
            identify_gap=0.0,
            **self.options,
        )
        self.adapter.open(self.door)
        self.door.adapters[PLATFORM] = self.adapter
        self._note_inbox()

    async def stop(self) -> None:
        async with asyncio.timeout(PATIENCE):
            await self.hang_up()
            await self.adapter.close()

    async def hang_up(self) -> None:
        """Nothing more is heard, as in the first half of a shut-down."""
        if not self.listening.cancelling():
            self.listening.cancel()
        await asyncio.wait([self.listening])

    async def restart(self, **options: Any) -> None:
        await self.stop()
        await self.start(**options)

    async def ask(self, text: str = "why?", channel: Channel | None = None) -> Message:
        """Ann mentions the bot; what it heard."""
        said = await self.server.say(
            channel or self.channel, self.ann, text, mentions=[self.server.bot]
        )
        return await self.accepted(said)

    async def slash(
        self, name: str = "ask", /, channel: Channel | None = None, **options: Any
    ) -> tuple[Interaction, Message]:
        """Ann uses a command; what it heard."""
        if name == "ask":
            options.setdefault("question", "why?")
        install = options.pop("install", "guild")
        used = await self.server.slash(
            channel or self.channel, self.ann, name, options, install=install
        )
        return used, await self.accepted(used.id)

    async def accepted(self, number: int) -> Message:
        """What was accepted under an id."""
        await self.server.until(lambda: self._with(number))
        [message] = self._with(number)
        return message

    async def answer(
        self, question: Message, text: str = "because", *, part: int = 0, final: bool = True
    ) -> str:
        """Show a part of the answer, as the core does: on the first way that is open, and once."""
        how = {"part": part, "final": final}
        return await self.posts.answer(self.adapter, question, text, self.server.clock.now, **how)

    async def find(self, question: Message, part: int = 0) -> str | None:
        """Where a part stands, asked by somebody who does not know."""
        return await self.adapter.find(question, self.posts.sought(question, part))

    def shown(self, channel: Channel | None = None) -> list[str]:
        """What the bot's messages say in a channel."""
        return [one.content for one in self.replies(channel)]

    def replies(self, channel: Channel | None = None) -> list[Said]:
        return self.server.from_bot(channel or self.channel)

    async def _listen(self) -> None:
        if self.group is None:
            return await self.adapter.listen()
        return await self.adapter.sit((await self.adapter.seats())[self.group])

    def _note_inbox(self) -> None:
        connect = self.adapter._connect

        def noting(inbox: DiscordInbox, group: Group | None) -> Supervisor:
            self.inbox = inbox
            return connect(inbox, group)

        self.adapter._connect = noting

    def _with(self, number: int) -> list[Message]:
        return [message for message in self.door.accepted if message.id == str(number)]


@pytest.fixture
async def empty_stage(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    """Nobody is connected yet."""
    restore_addresses_after(monkeypatch)
    async with FakeDiscord() as server:
        guild = server.add_guild()
        channel = guild.add_text_channel("general")
        stage = Stage(server, guild, channel, server.add_user("ann"))
        yield stage
        if hasattr(stage, "listening"):
            await stage.stop()


@pytest.fixture
async def stage(empty_stage: Stage) -> Stage:
    await empty_stage.start()
    return empty_stage


def restore_addresses_after(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Route, "BASE", Route.BASE)
    monkeypatch.setattr(Asset, "BASE", Asset.BASE)
    gateway = discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", gateway)
