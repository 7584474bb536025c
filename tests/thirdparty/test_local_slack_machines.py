"""Two processes in a Slack that tells each of them everything, over one PostgreSQL."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.fakes.openai_server import FakeOpenAI
from tests.postgres import Postgres
from tests.thirdparty.homeroom import Homeroom, open_homeroom
from tests.thirdparty.local_slack import ALICE, MENTION, LocalSlack, until, words
from tests.thirdparty.servers import LOCAL_SLACK, needs

pytestmark = [needs(LOCAL_SLACK), pytest.mark.asyncio(loop_scope="module")]
QUESTIONS = ("one", "two", "three")


@pytest_asyncio.fixture(loop_scope="module")
async def homeroom(
    slack: LocalSlack,
    model: FakeOpenAI,
    postgres: Postgres,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Homeroom]:
    async with open_homeroom(tmp_path_factory.mktemp("homeroom"), slack, model) as homeroom:
        homeroom.program.settings["DATABASE_URL"] = postgres.create()
        await homeroom.start()
        await homeroom.start()
        yield homeroom


async def test_what_two_processes_are_told_is_answered_once(homeroom: Homeroom) -> None:
    slack = homeroom.slack
    thread = await slack.say(ALICE, f"{MENTION} {QUESTIONS[0]}")
    for question in QUESTIONS[1:]:
        await slack.say(ALICE, f"{MENTION} {question}", thread=thread)

    async def is_heard() -> bool:
        """A mention is two events; a process may know by the first that the second adds nothing."""
        logs = "".join(process.err for process in homeroom.program.started)
        accepted, repeated = logs.count("message_accepted"), logs.count("message_repeated")
        return accepted == len(QUESTIONS) and repeated >= len(QUESTIONS)

    async def answers() -> list[str]:
        """Those that are whole, which have buttons."""
        shown = [words(one) for one in await slack.replies(thread) if one.get("blocks")]
        return shown if len(shown) == len(QUESTIONS) else []

    await until(is_heard)
    assert await until(answers) == [f"You said: alice: {question}" for question in QUESTIONS]
    assert len(await slack.replies(thread)) == len(homeroom.model.runs) == len(QUESTIONS)
