"""The whole bot in the fake Slack: real storage, worker and backend, and a model on loopback."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from adapters.slack.opening import open_slack
from bot.classroom.safety import Lookout
from bot.core.ports.adapter import Adapter
from bot.core.ports.clock import Clock
from bot.core.ports.memory import Memory
from bot.core.ports.moderator import Moderator
from bot.core.ports.toolbox import Toolbox
from bot.crews import Alone
from bot.homeroom_toml import AssistantFile
from bot.platforms import TABLE
from bot.wiring import Extras, build
from bot.work.toolless import NoTools
from storage.sqlite import SqliteDatabase
from storage.store import storage_over
from tests.databases import make_database
from tests.fakes.openai_server import FakeOpenAI
from tests.fakes.openai_talk import BACKENDS
from tests.fakes.slack_server import APP_TOKEN, FakeSlack
from tests.integration.counting import CountingDatabase
from tests.integration.slack_bot import ALICE, CHANNEL, PING_INTERVAL, words_of
from tests.patience import PATIENCE
from tests.unit.world import Hasty, World


@dataclass
class SlackCore:
    """What outlives the bot: Slack, the model's server, and the folder with the database."""

    slack: FakeSlack
    model: FakeOpenAI
    folder: Path
    counting: CountingDatabase = field(default_factory=CountingDatabase)
    clock: Clock = time.time
    moderator: Moderator | None = None
    backend: str = "responses"

    @asynccontextmanager
    async def running(
        self,
        wrap: Callable[[Adapter], Adapter] = lambda adapter: adapter,
        toolbox: Toolbox | None = None,
        besides: Callable[[Memory], Adapter] | None = None,
    ) -> AsyncIterator[Adapter]:
        """One process; what is not answered when it ends is left as it is, as by a kill.

        `besides`: another platform in the same process.
        """
        path = self.folder / "homeroom.db"
        await make_database(path)
        database = await SqliteDatabase.open(path)
        storage, assistants = (
            storage_over(self.counting.around(database)),
            AssistantFile(path.with_suffix(".toml"), TABLE),
        )
        slack, url = self.slack, self.slack.api_url
        adapter = wrap(
            open_slack(
                *(slack.bot.token, APP_TOKEN, url),
                memory=storage.memos,
                ping_interval=PING_INTERVAL,
                settles_after=1.0,
            )
        )
        adapters = [adapter, *([besides(storage.memos)] if besides else [])]
        client = World(path, self.model).client()
        backend = BACKENDS[self.backend](client)
        bot = build(
            storage,
            adapters,
            backend,
            self.clock,
            assistants=assistants,
            hire=Alone,
            extras=Extras(
                retries=Hasty(), toolbox=toolbox or NoTools(), lookout=Lookout(self.moderator)
            ),
        )
        await bot.crew.start()
        sockets = slack.sockets.opened
        listening = [asyncio.create_task(one.listen()) for one in adapters]
        try:
            await self.until(lambda: slack.sockets.opened > sockets or listening[0].done())
            yield adapter
        finally:
            for one in listening:
                one.cancel()
            await asyncio.gather(*listening, return_exceptions=True)
            await bot.crew.queue.drain(0)
            for each in adapters:
                await each.close()
            await backend.close()
            await database.close()

    async def ask(self, text: str, thread: str | None = None, channel: str = CHANNEL) -> str:
        """Alice mentions the bot; returns the thread it is answered in."""
        ts = await self.slack.say(channel, ALICE, f"{self.slack.bot.mention} {text}", thread)
        return thread or ts

    def replies(self, thread: str | None, channel: str = CHANNEL) -> list[str]:
        """What the bot has said in a thread, when it is final: nothing is being written there."""
        own = [m for m in self.slack.messages(channel, thread) if m.user == self.slack.bot.user]
        return [] if any(m.streaming for m in own) else [words_of(m) for m in own]

    async def answers(self, thread: str, count: int = 1) -> list[str]:
        """So many answers, each whole: the buttons below it come with its last word."""

        def finished() -> list[str]:
            shown = [m for m in self.slack.messages(CHANNEL, thread) if m.metadata and m.blocks]
            return [words_of(m) for m in shown]

        await self.until(lambda: len(finished()) >= count)
        return finished()

    async def told(self, count: int = 1, channel: str = CHANNEL) -> list[str]:
        """What Alice alone was told there, as soon as it is so much."""

        def notes() -> list[str]:
            return [words_of(m) for m in self.slack.messages(channel) if m.ephemeral == ALICE]

        await self.until(lambda: len(notes()) >= count)
        return notes()

    async def acked(self) -> None:
        """Slack had something to tell, and all of it was taken."""
        await self.until(lambda: all(parcel.acked for parcel in self.slack.post._parcels))

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait for something to become true, for a bounded time."""
        async with asyncio.timeout(PATIENCE):
            while not condition():  # noqa: ASYNC110 - what becomes true is anybody's
                await asyncio.sleep(0.005)


@asynccontextmanager
async def slack_core(folder: Path) -> AsyncIterator[SlackCore]:
    async with FakeSlack() as slack, FakeOpenAI() as model:
        yield SlackCore(slack, model, folder)
