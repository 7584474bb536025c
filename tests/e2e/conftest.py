from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.e2e.program import SECRET, Program
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
