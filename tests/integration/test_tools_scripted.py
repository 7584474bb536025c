"""One conversation with tools, unchanged: on every backend, and wherever people talk."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from adapters.console.adapter import ConsoleAdapter, console_key
from bot.core.ports.toolbox import Toolbox
from tests.fakes.openai_talk import BACKENDS
from tests.fakes.tool_script import ONCE, play
from tests.integration import discord_core
from tests.integration.discord_core import DiscordCore
from tests.integration.slack_bot import ALICE, CHANNEL
from tests.integration.slack_core import SlackCore, slack_core
from tests.unit.world import Bot, World, open_world, until

pytest.importorskip("mcp", reason="the extra mcp is not installed")
pytestmark = pytest.mark.filterwarnings("ignore:The Assistants API:DeprecationWarning")
core = discord_core.core


class Inside:
    """No platform at all."""

    def __init__(self, world: World, backend: str) -> None:
        self.world = world
        self._backend = backend
        self._bot: Bot

    @asynccontextmanager
    async def running(self, toolbox: Toolbox) -> AsyncIterator[None]:
        mind = BACKENDS[self._backend](self.world.client())
        async with self.world.bot(mind, toolbox=toolbox) as self._bot:
            yield

    async def ask(self, text: str) -> None:
        await self._bot.say(text)
        await self._bot.idle()

    async def decide(self, command: str, number: int) -> None:
        await self.ask(f"/{command} {number}")

    async def shows(self, *words: str) -> None:
        await until(lambda: all(one in self.shown() for one in words))

    def shown(self) -> str:
        return "\n".join(post.text for post in self.world.platform.posts)


class Terminal(Inside):
    """A screen that somebody watches."""

    is_live = True

    def __init__(self, world: World, backend: str) -> None:
        super().__init__(world, backend)
        self._typed: asyncio.Queue[str] = asyncio.Queue()
        self._written: list[str] = []
        self._before = 0  # lines of an earlier process, whose numbers mean nothing any more

    @asynccontextmanager
    async def running(self, toolbox: Toolbox) -> AsyncIterator[None]:
        adapter, self._before = ConsoleAdapter(self, console_key(), "ada"), len(self._written)
        mind = BACKENDS[self._backend](self.world.client())
        async with self.world.bot(
            mind, toolbox=toolbox, wrap_adapter=lambda _: adapter
        ) as self._bot:
            listening = asyncio.create_task(adapter.listen())
            yield
            await self._bot.idle()
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening

    async def ask(self, text: str) -> None:
        self._typed.put_nowait(text)
        await self.shows(f"You said: {text}")

    async def decide(self, command: str, number: int) -> None:
        label = f" {command.title()} {number}"
        own = self._written[self._before :]
        choices = [one for one in own if label in one and one.startswith("`1`")]
        typed = choices[-1].partition(label)[0].split("`")[-2] if choices else ""
        self._typed.put_nowait(typed or f"/{command} {number}")

    async def lines(self) -> AsyncIterator[str]:
        while True:
            yield await self._typed.get()

    def show_hints(self, *, asks: str, idle: str, busy: str) -> None: ...

    async def write(self, text: str, *, is_first: bool) -> None:
        self._written.append(text)

    def show_status(self, words: str) -> None:
        """Nobody looks at it."""

    def show_draft(self, text: str) -> None:
        """Nobody looks at it."""

    def shown(self) -> str:
        return "\n".join(self._written)


class Slack:
    def __init__(self, core: SlackCore) -> None:
        self._core = core
        self._threads: list[str] = []
        self._pressed: tuple[str, str] | None = None

    def running(self, toolbox: Toolbox) -> Any:
        return self._core.running(toolbox=toolbox)

    async def ask(self, text: str) -> None:
        self._threads.append(await self._core.ask(text))
        await self._core.answers(self._threads[-1])

    async def decide(self, command: str, number: int) -> None:
        value = f"homeroom:{command}:#{number}"
        found = [
            (message.ts, str(element["action_id"]))
            for message in self._messages()
            for block in message.blocks
            for element in block.get("elements", ())
            if element.get("value") == value
        ]
        self._pressed = found[0] if found else self._pressed
        assert self._pressed
        await self._core.slack.click(*self._pressed, value, ALICE)

    async def shows(self, *words: str) -> None:
        await self._core.until(lambda: all(one in self.shown() for one in words))

    def shown(self) -> str:
        return "\n".join(f"{one.text} {one.blocks}" for one in self._messages())

    def _messages(self) -> list[Any]:
        threads = self._threads
        return [one for thread in threads for one in self._core.slack.messages(CHANNEL, thread)]


class Discord:
    def __init__(self, core: DiscordCore) -> None:
        self._core = core
        self._pressed: Any = None

    def running(self, toolbox: Toolbox) -> Any:
        return self._core.running(toolbox=toolbox)

    async def ask(self, text: str) -> None:
        await self._core.reply(await self._core.ask(text))

    async def decide(self, command: str, number: int) -> None:
        verb = f"homeroom:{command}:#{number}"
        own = self._core.server.from_bot(self._core.room)
        found = [one for one in own if verb in one.custom_ids]
        self._pressed = found[0] if found else self._pressed
        await self._core.server.click(self._pressed, verb, self._core.ann)

    async def shows(self, *words: str) -> None:
        await self._core.until(lambda: all(one in self.shown() for one in words))

    def shown(self) -> str:
        return "\n".join(one.content for one in self._core.server.from_bot(self._core.room))


@pytest.mark.parametrize("backend", BACKENDS)
async def test_on_every_backend(tmp_path: Path, backend: str) -> None:
    async with open_world(tmp_path) as world:
        assert await play(Inside(world, backend), world.server, tmp_path) == ONCE


async def test_at_a_terminal(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        assert await play(Terminal(world, "foreground"), world.server, tmp_path) == ONCE


async def test_in_slack(tmp_path: Path) -> None:
    async with slack_core(tmp_path) as slack:
        assert await play(Slack(slack), slack.model, tmp_path) == ONCE


async def test_on_discord(core: DiscordCore, tmp_path: Path) -> None:
    core.backend = "chat"
    assert await play(Discord(core), core.model, tmp_path) == ONCE
