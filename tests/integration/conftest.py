"""A fake OpenAI and the client that the program opens for it."""

from collections.abc import AsyncIterator

import pytest

from bot.backends.clients import Client, open_client
from tests.fakes.openai_server import FakeOpenAI
from tests.fakes.openai_talk import KEY
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
