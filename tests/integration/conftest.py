"""Fakes of servers, and what the program opens for them."""

from collections.abc import AsyncIterator

import pytest

from bot.backends.chat import ChatBackend
from bot.backends.clients import Client, open_chat_client, open_client
from tests.fakes.openai_server import FakeOpenAI
from tests.fakes.openai_talk import KEY, MODEL, Talk, closing
from tests.fakes.openai_wire import WireServer
from tests.fakes.slack_server import FakeSlack
from tests.integration.slack_bot import SlackBot, slack_bot
from tests.patience import PATIENCE


@pytest.fixture
async def openai_server() -> AsyncIterator[FakeOpenAI]:
    async with FakeOpenAI() as server:
        yield server


@pytest.fixture
async def openai_client(openai_server: FakeOpenAI) -> AsyncIterator[Client]:
    async with open_client(openai_server.base_url, KEY, PATIENCE) as client:
        yield client


@pytest.fixture
def impatient(openai_client: Client) -> Client:
    """The same client, which gives up on a silent server."""
    return openai_client.with_options(timeout=0.3)


@pytest.fixture
async def wire() -> AsyncIterator[WireServer]:
    """Of another kind: it says whatever a test gives it to say."""
    async with WireServer() as server:
        yield server


@pytest.fixture
async def talk(wire: WireServer) -> AsyncIterator[Talk]:
    client = open_chat_client(wire.base_url, KEY, PATIENCE)
    async with closing(ChatBackend(client, MODEL)) as backend:
        yield Talk(backend)


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as server:
        yield server


@pytest.fixture
async def bot(slack: FakeSlack) -> AsyncIterator[SlackBot]:
    async with slack_bot(slack) as started:
        yield started
