"""A fake OpenAI and the real library's client for it."""

from collections.abc import AsyncIterator

import pytest
from openai import AsyncOpenAI

from tests.fakes.openai_server import FakeOpenAI
from tests.fakes.openai_talk import KEY


@pytest.fixture
async def openai_server() -> AsyncIterator[FakeOpenAI]:
    async with FakeOpenAI() as server:
        yield server


@pytest.fixture
async def openai_client(openai_server: FakeOpenAI) -> AsyncIterator[AsyncOpenAI]:
    async with AsyncOpenAI(base_url=openai_server.base_url, api_key=KEY, timeout=10) as client:
        yield client


@pytest.fixture
def impatient(openai_client: AsyncOpenAI) -> AsyncOpenAI:
    """The same client, which gives up on a silent server."""
    return openai_client.with_options(timeout=0.3)
