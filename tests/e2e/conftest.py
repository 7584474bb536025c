from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.e2e.program import SECRET, Program
from tests.fakes.discord_server import FakeDiscord
from tests.fakes.openai_server import FakeOpenAI


@pytest.fixture
async def server() -> AsyncIterator[FakeOpenAI]:
    async with FakeOpenAI() as server:
        server.polls = 0  # a run is done when it is looked at for the first time
        yield server


@pytest.fixture
async def bare(tmp_path: Path) -> AsyncIterator[Program]:
    """Nothing is set: the demonstration model answers."""
    program = Program(tmp_path)
    yield program
    await program.clean_up()


@pytest.fixture
def program(bare: Program, server: FakeOpenAI) -> Program:
    """Set up for a Chat-Completions server."""
    bare.settings = {
        "BACKEND": "chat",
        "OPENAI_API_KEY": SECRET,
        "OPENAI_BASE_URL": server.base_url,
        "OPENAI_MODEL": "fake-model",
    }
    return bare


@pytest.fixture
def hosted(program: Program) -> Program:
    """Set up for a server that keeps the conversation: the Responses API."""
    del program.settings["BACKEND"]
    return program


@pytest.fixture
async def discord(hosted: Program) -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord() as discord:
        hosted.settings |= {
            "DISCORD_TOKEN": discord.token,
            "DISCORD_API_URL": discord.api_url,
            "DISCORD_GATEWAY_URL": discord.gateway_url,
        }
        yield discord
