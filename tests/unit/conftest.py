from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import settings

from tests.unit.world import Bot, World, open_world

# The same examples each time, and no clock over them: the machine may be busy.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as world:
        yield world


@pytest.fixture
async def bot(world: World) -> AsyncIterator[Bot]:
    """A bot over `responses`, on a platform that shows whole answers only."""
    async with world.bot() as bot:
        yield bot


@pytest.fixture(autouse=True)
def _plain_logs() -> Iterator[None]:
    """A line is a line: what is made for the eyes takes most of a second for a traceback."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(),
        ]
    )
    yield
    structlog.reset_defaults()
