"""Every adapter on a stage of its own, and what is seen of it there.

What a platform cannot do is said by its stage, and the contract then holds what it does instead.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from io import BytesIO, StringIO
from typing import Protocol

from adapters.console.adapter import ConsoleAdapter, console_key
from adapters.console.pipe import PipeScreen
from bot.core.messages import Author, ConversationKey, Message
from bot.core.ports.adapter import Adapter
from tests.fakes.discord_server import FakeDiscord
from tests.fakes.door import FakeDoor
from tests.fakes.platform import LIVE, PLATFORM, FakeAdapter, FakePlatform
from tests.fakes.slack_server import FakeSlack
from tests.fakes.slack_server import Message as SlackMessage
from tests.integration import discord_stage
from tests.integration.slack_bot import ALICE, SlackBot, slack_bot, words_of

ADA = Author("u1", "Ada")


class Stage(Protocol):
    door: FakeDoor
    reads: bool  # files, and what was said before
    is_seated: bool  # several processes divide what is heard
    edits: bool  # else what is shown stays, and only more can follow
    longest: int | None = None  # characters a person can write at once; None: any number

    @property
    def adapter(self) -> Adapter: ...

    async def say(self, *lines: str) -> None:
        """A person says these, one after the other, and is heard."""

    def shown(self) -> list[str]:
        """What stands there of the bot, as a person reads it: a file by what is in it."""

    async def heard(self, *lines: str) -> list[Message]:
        """What became of these lines at the door."""
        before = len(self.door.accepted)
        await self.say(*lines)
        return (await self.door.messages(before + len(lines)))[before:]


@dataclass
class FakeStage(Stage):
    service: FakePlatform = field(default_factory=FakePlatform)
    door: FakeDoor = field(default_factory=FakeDoor)
    reads, is_seated, edits = True, False, True

    def __post_init__(self) -> None:
        self._adapter = FakeAdapter(self.service, LIVE)
        self._adapter.open(self.door)
        self.service.is_closed = True  # when all is said it listens no more

    @property
    def adapter(self) -> Adapter:
        return self._adapter

    async def say(self, *lines: str) -> None:
        key = ConversationKey(PLATFORM, "school", "general")
        for line in lines:
            self.service.say(Message(key, f"m{len(self.service.said)}", ADA, line))
        await self._adapter.listen()

    def shown(self) -> list[str]:
        return [post.text for post in self.service.posts]


class LiveScreen(PipeScreen):
    is_live = True


@dataclass
class ConsoleStage(Stage):
    screen: type[PipeScreen]
    door: FakeDoor = field(default_factory=FakeDoor)
    reads, is_seated, edits = False, False, False

    def __post_init__(self) -> None:
        self._source, self._target = BytesIO(), StringIO()
        self._adapter = ConsoleAdapter(self.screen(self._source, self._target), console_key())
        self._adapter.open(self.door)

    @property
    def adapter(self) -> Adapter:
        return self._adapter

    async def say(self, *lines: str) -> None:
        self._source.seek(0)
        self._source.truncate()
        self._source.write("".join(f"{line}\n" for line in lines).encode())
        self._source.seek(0)
        await self._adapter.listen()

    def shown(self) -> list[str]:
        written = self._target.getvalue()
        return [written.removesuffix("\n\n")] if written else []


@dataclass
class SlackStage(Stage):
    bot: SlackBot
    thread: str | None = None  # all is said in one: what stands apart is another conversation
    reads, is_seated, edits = True, False, True

    def __post_init__(self) -> None:
        self.door = self.bot.door

    @property
    def adapter(self) -> Adapter:
        return self.bot.adapter

    async def say(self, *lines: str) -> None:
        for line in lines:
            said = await self.bot.slack.say(self.bot.slack.dm(ALICE), ALICE, line, self.thread)
            self.thread = self.thread or said

    def shown(self) -> list[str]:
        slack = self.bot.slack
        posted = [m for m in slack.messages(slack.dm(ALICE)) if m.user == slack.bot.user]
        return [self._read(message) for message in posted]

    def _read(self, message: SlackMessage) -> str:
        contents = self.bot.slack.state.contents
        return "".join(contents[file["id"]].decode() for file in message.files) or words_of(message)


@dataclass
class DiscordStage(Stage):
    inner: discord_stage.Stage
    reads, is_seated, edits = True, True, True
    longest = 2000

    def __post_init__(self) -> None:
        self.door = self.inner.door
        self._direct = self.inner.server.open_dm(self.inner.ann)

    @property
    def adapter(self) -> Adapter:
        return self.inner.adapter

    async def say(self, *lines: str) -> None:
        for line in lines:
            await self.inner.server.say(self._direct, self.inner.ann, line)

    def shown(self) -> list[str]:
        return [
            "".join(file.data.decode() for file in message.attachments) or message.content
            for message in self.inner.replies(self._direct)
        ]


@asynccontextmanager
async def _ready(make: Callable[[], Stage]) -> AsyncIterator[Stage]:
    yield make()


@asynccontextmanager
async def _slack() -> AsyncIterator[Stage]:
    async with FakeSlack() as slack, slack_bot(slack) as bot:
        yield SlackStage(bot)


@asynccontextmanager
async def _discord() -> AsyncIterator[Stage]:
    async with FakeDiscord() as server:
        guild = server.add_guild()
        inner = discord_stage.Stage(
            server, guild, guild.add_text_channel("general"), server.add_user("ann")
        )
        await inner.start()
        try:
            yield DiscordStage(inner)
        finally:
            await inner.stop()


STAGES: Mapping[str, Callable[[], AbstractAsyncContextManager[Stage]]] = {
    "fake": lambda: _ready(FakeStage),
    "console": lambda: _ready(lambda: ConsoleStage(PipeScreen)),
    "console, live": lambda: _ready(lambda: ConsoleStage(LiveScreen)),
    "slack": _slack,
    "discord": _discord,
}
