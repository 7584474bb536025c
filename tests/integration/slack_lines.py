"""The Slack adapter as settings open it, listening on whichever line they name."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from cryptography.fernet import Fernet
from yarl import URL

from adapters.slack.adapter import SlackAdapter
from adapters.slack.lines.http import Hosted
from adapters.slack.opening import open_slack_as_set
from bot.config import Settings
from bot.core.controls import below_answer
from bot.core.messages import Message, Receipt
from bot.core.ports.clock import Clock as Ticking
from bot.core.posts import Part, Saying
from tests.fakes import JSON
from tests.fakes.door import FakeDoor
from tests.fakes.memory import FakeMemory
from tests.fakes.slack_server import CLIENT_ID, CLIENT_SECRET, SIGNING_SECRET, FakeSlack
from tests.fakes.slack_server import Message as Shown
from tests.patience import PATIENCE

PING_INTERVAL = 0.2  # seconds
CAROL, DAN = "U03CAROL", "U04DAN"
KEY = Fernet.generate_key().decode()


class SlowDoor(FakeDoor):
    """Takes its time to write a message down."""

    def __init__(self) -> None:
        super().__init__()
        self.is_asked = asyncio.Event()
        self.goes_on = asyncio.Event()

    async def accept(self, message: Message) -> Receipt:
        self.is_asked.set()
        await self.goes_on.wait()
        return await super().accept(message)


@dataclass
class Browser:
    """Somebody who installs the app; cookies come and go as they do over https."""

    bot: "Listening"
    cookie: str = ""

    async def ask(self) -> URL:
        """Where the install page sends her."""
        status, headers = await self.look(URL(f"{self.bot.address}/slack/install"))
        assert status == 302
        self.cookie = headers["Set-Cookie"].partition(";")[0]
        return URL(headers["Location"])

    async def agree(self, page: URL, team: str) -> URL:
        """Where Slack sends her back: to the address the app has there."""
        back = f"{self.bot.address}/slack/oauth_redirect"
        _, headers = await self.look(page.update_query(team=team, redirect_uri=back))
        return URL(headers["Location"])

    async def install(self, team: str) -> int:
        """All of it; the status of the last page."""
        return (await self.look(await self.agree(await self.ask(), team)))[0]

    async def look(self, url: URL) -> tuple[int, Mapping[str, str]]:
        async with (
            aiohttp.ClientSession(headers={"Cookie": self.cookie}) as session,
            session.get(url, allow_redirects=False) as answer,
        ):
            return answer.status, answer.headers


@dataclass
class Listening:
    slack: FakeSlack
    adapter: SlackAdapter
    door: FakeDoor
    task: asyncio.Task[None]

    @property
    def is_open(self) -> bool:
        """Whether its address still takes something new."""
        return self._line.address is not None

    @property
    def address(self) -> str:
        assert self._line.address
        return self._line.address

    @property
    def events(self) -> str:
        return f"{self.address}/slack/events"

    @property
    def _line(self) -> Hosted:
        assert isinstance(self.adapter._line, Hosted)
        return self.adapter._line

    async def acked(self) -> None:
        """Slack had something to tell, and all of it was acknowledged."""
        parcels = self.slack.post._parcels
        await self.door.until(lambda: parcels and all(parcel.acked for parcel in parcels))

    async def get(self, path: str) -> tuple[int, str]:
        async with aiohttp.ClientSession() as session, session.get(self.address + path) as answer:
            return answer.status, await answer.text()


def slack_settings(slack: FakeSlack, **given: Any) -> Settings:
    base: JSON = {
        "slack_api_url": slack.api_url,
        "http_port": 0,
        "slack_signing_secret": SIGNING_SECRET,
    }
    return Settings(**(base | given))


def many_workspaces(slack: FakeSlack, secret_key: str = KEY, **given: Any) -> Settings:
    app = {"slack_client_id": CLIENT_ID, "slack_client_secret": CLIENT_SECRET}
    return slack_settings(slack, secret_key=secret_key, **app, **given)


def one_workspace(slack: FakeSlack, **given: Any) -> Settings:
    return slack_settings(slack, slack_bot_token=slack.bot.token, **given)


@asynccontextmanager
async def listening(
    slack: FakeSlack,
    settings: Settings,
    *,
    door: FakeDoor | None = None,
    memory: FakeMemory | None = None,
    clock: Ticking = time.time,
) -> AsyncIterator[Listening]:
    adapter = open_slack_as_set(settings, memory or FakeMemory(), clock, PING_INTERVAL)
    bot = Listening(slack, adapter, door or FakeDoor(), asyncio.create_task(asyncio.sleep(0)))
    adapter.open(bot.door)
    bot.task = asyncio.create_task(adapter.listen())
    try:
        await _until_healthy(bot)
        yield bot
    finally:
        bot.task.cancel()
        await asyncio.gather(bot.task, return_exceptions=True)
        await adapter.close()


async def _until_healthy(bot: Listening) -> None:
    async with asyncio.timeout(PATIENCE):
        while not (bot.task.done() or (await bot.adapter.health()).is_connected):  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    if bot.task.done():
        bot.task.result()


class Clock:
    """It stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def several_workspaces() -> AsyncIterator[FakeSlack]:
    """Two workspaces; and one of an organisation, where the app is installed in all of it."""
    async with FakeSlack() as server:
        server.add_workspace("T02TEST", rotates=True)
        server.add_user(CAROL, "carol", team="T02TEST")
        server.add_workspace("T03ORG", enterprise_id="E01", org_install=True)
        server.add_user(DAN, "dan", team="T03ORG")
        yield server


async def ask(bot: Listening, person: str, text: str = "hello") -> Message:
    """What somebody asks in her own workspace, as it came through the door."""
    before = len(bot.door.accepted)
    await bot.slack.say(bot.slack.dm(person), person, text)
    return (await bot.door.messages(before + 1))[before]


async def answer(bot: Listening, question: Message, text: str = "an answer") -> Shown:
    controls = below_answer(question.unique_key)
    await bot.adapter.post(
        question, Saying(text=text, is_final=True, controls=controls), Part(text)
    )
    return bot.slack.messages(question.origin["channel"])[-1]


def exchanges(slack: FakeSlack) -> list[str]:
    """What Slack answered each time a token was asked for."""
    return [call.answer for call in slack.called("oauth.v2.access")]


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with several_workspaces() as server:
        yield server


@pytest.fixture
def memory() -> FakeMemory:
    return FakeMemory()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def bot(slack: FakeSlack, memory: FakeMemory, clock: Clock) -> AsyncIterator[Listening]:
    async with listening(slack, many_workspaces(slack), memory=memory, clock=clock) as bot:
        slack.deliver_over_http(bot.events)
        yield bot
