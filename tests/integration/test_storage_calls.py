"""How often the database is asked for one turn, and never more often than that again.

In Slack a mention in a thread comes as two events; the model is polled (`responses`).
"""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core.ports.clock import Clock
from tests.integration import discord_core
from tests.integration.counting import CountingDatabase
from tests.integration.discord_core import DiscordCore
from tests.integration.slack_core import SlackCore, slack_core

core = discord_core.core


@pytest.fixture
async def slack(tmp_path: Path) -> AsyncIterator[SlackCore]:
    async with slack_core(tmp_path) as core:
        core.clock = standing_clock()
        yield core


def standing_clock() -> Clock:
    """What is set is known for a second: however slow the machine, none passes."""
    now = time.time()
    return lambda: now


def of_the_turn(counting: CountingDatabase) -> list[str]:
    """Without the looks for work: how often a conversation is woken is chance."""
    looks = ("SELECT due_at", "UPDATE turns SET epoch")
    return [one for one in counting.statements if not one.startswith(looks)]


def is_idle(counting: CountingDatabase) -> bool:
    """A worker ends by asking what is due next."""
    return counting.statements[-1].startswith("SELECT due_at")


async def ask_again(slack: SlackCore) -> CountingDatabase:
    """A second question in a thread, alone, from the mention to the end of the turn."""
    thread = await slack.ask("why?")
    await slack.answers(thread)
    await slack.until(lambda: is_idle(slack.counting))
    slack.counting.clear()
    await slack.ask("and then?", thread)
    await slack.answers(thread, 2)
    await slack.until(lambda: is_idle(slack.counting))
    return slack.counting


async def test_a_warm_mention_in_slack_asks_at_most_so_often(slack: SlackCore) -> None:
    async with slack.running():
        assert len(of_the_turn(await ask_again(slack))) <= 12


@pytest.mark.parametrize(
    ("backend", "commits", "statements"), [("chat", 3, 11), ("responses", 5, 13)]
)
async def test_steps_that_belong_together_are_one_commit(
    slack: SlackCore, backend: str, commits: int, statements: int
) -> None:
    """Taken; [run intended; run started;] answered, to be posted; posted, done."""
    slack.backend = backend
    async with slack.running():
        counting = await ask_again(slack)
    assert counting.commits <= commits, "\n".join(counting.statements)
    assert len(counting.statements) <= statements


async def test_a_warm_ask_on_discord_asks_at_most_so_often(core: DiscordCore) -> None:
    core.clock = standing_clock()
    async with core.running() as process:
        await core.told("ask", question="why?")
        await process.queue.idle()
        core.counting.clear()
        await core.told("ask", question="and then?")
        await process.queue.idle()
        assert len(of_the_turn(core.counting)) <= 11
