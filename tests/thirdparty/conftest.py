"""The program in a Slack that others wrote, one for a file; the adapter in such a Discord."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
import simcord

from adapters.discord.client import HomeroomClient
from tests.fakes.openai_server import FakeOpenAI
from tests.thirdparty.homeroom import Homeroom, open_homeroom
from tests.thirdparty.local_slack import LocalSlack, open_local_slack
from tests.thirdparty.simcord_stage import SimStage


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def slack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LocalSlack]:
    async with open_local_slack(tmp_path_factory.mktemp("slack")) as slack:
        yield slack


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def model() -> AsyncIterator[FakeOpenAI]:
    async with FakeOpenAI() as model:
        model.polls = 0  # a run is done when it is looked at for the first time
        yield model


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def homeroom(
    slack: LocalSlack, model: FakeOpenAI, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Homeroom]:
    async with open_homeroom(tmp_path_factory.mktemp("homeroom"), slack, model) as homeroom:
        await homeroom.start()
        yield homeroom


@pytest.fixture
def empty_stage() -> SimStage:
    return SimStage()


@pytest_asyncio.fixture
async def simcord_bot(empty_stage: SimStage) -> HomeroomClient:
    """What simcord's own fixture, `simcord_env`, connects."""
    return await empty_stage.client()


@pytest.fixture
def stage(empty_stage: SimStage, simcord_env: simcord.Env) -> SimStage:
    empty_stage.furnish(simcord_env)
    return empty_stage
