"""What a turn was made of is gone with its answer: nothing waits for the garbage collector.

The collector comes late to a process that works: what is left to it until then is memory that each
conversation takes.
"""

import gc
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from markdown_it.tree import SyntaxTreeNode

from bot.core.prompts import Prompt
from bot.rules.rendering.blocks import Writer
from bot.work.attempt import Attempt
from bot.work.holding import HeldTurn
from bot.work.replies import Reply
from bot.work.runner import TurnRunner
from tests.integration import discord_core
from tests.integration.discord_core import DiscordCore
from tests.integration.slack_core import SlackCore, slack_core

core = discord_core.core
_PARTS = (TurnRunner, HeldTurn, Attempt, Reply, Prompt, SyntaxTreeNode, Writer)


@pytest.fixture
async def slack(tmp_path: Path) -> AsyncIterator[SlackCore]:
    async with slack_core(tmp_path) as core:
        yield core


@contextmanager
def uncollected() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def left() -> list[Any]:
    return [one for one in gc.get_objects() if isinstance(one, _PARTS)]


@pytest.mark.parametrize("backend", ["chat", "responses"])
async def test_an_answer_in_slack_leaves_nothing_of_its_turn(
    slack: SlackCore, backend: str
) -> None:
    slack.backend = backend
    async with slack.running():
        with uncollected():
            thread = await slack.ask("why?")
            await slack.answers(thread)
            await slack.ask("and then?", thread)
            await slack.answers(thread, 2)
            await slack.until(lambda: not left())
            assert len(slack.model.runs) == 2


async def test_an_answer_on_discord_leaves_nothing_of_its_turn(core: DiscordCore) -> None:
    async with core.running() as process:
        with uncollected():
            for question in ("why?", "and then?"):
                await core.told("ask", question=question)
                await process.queue.idle()
            assert not left()
