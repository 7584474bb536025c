"""What every model is told besides the question."""

import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

import pytest

from bot.backends.clients import Client
from bot.core.ports.backend import Backend
from tests.fakes.openai_talk import BACKENDS
from tests.unit.world import Bot, World

pytestmark = pytest.mark.filterwarnings("ignore:The Assistants API:DeprecationWarning")


@pytest.fixture(params=list(BACKENDS.values()), ids=list(BACKENDS))
async def bot(world: World, request: pytest.FixtureRequest) -> AsyncIterator[Bot]:
    opened: Callable[[Client], Backend] = request.param
    async with world.bot(opened(world.client())) as bot:
        yield bot


async def told(world: World, bot: Bot) -> str:
    await bot.ask("hi")
    [run] = world.server.runs
    return json.dumps(run.request)


async def test_the_day_is_told(world: World, bot: Bot) -> None:
    today = datetime.fromtimestamp(bot.ports.clock(), UTC).astimezone()
    said = await told(world, bot)
    assert f"Today is {today:%A}, {today.day} {today:%B %Y}." in said
    assert "Answer in the language of what is asked." in said


async def test_who_wrote_that_there_are_no_instructions_gets_none(world: World, bot: Bot) -> None:
    world.path.with_name("homeroom.toml").write_text('[assistants.Homeroom]\ninstructions = ""\n')
    assert "Today is" not in await told(world, bot)
