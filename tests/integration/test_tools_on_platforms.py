"""One conversation with tools on Slack and on Discord: calls, a file, a button after a restart."""

import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.files import File
from bot.core.tools import Output
from tests.fakes import JSON
from tests.fakes.toolbox import BOOK, DICE, FakeToolbox
from tests.integration import discord_core
from tests.integration.discord_core import DiscordCore
from tests.integration.slack_bot import ALICE, CHANNEL
from tests.integration.slack_core import SlackCore, slack_core

core = discord_core.core

PLOT = File("plot.png", "image/png", b"\x89PNG\r\n\x1a\n")
DONE = {"dice {}": 1, 'book {"n": 1}': 1}


@pytest.fixture
async def slack(tmp_path: Path) -> AsyncIterator[SlackCore]:
    async with slack_core(tmp_path) as core:
        yield core


def wants(text: str, outputs: int) -> Sequence[tuple[str, str]]:
    return [("dice", "{}"), ("book", '{"n": 1}')] if "go" in text and not outputs else []


async def delivered(slack: SlackCore) -> None:
    """What was shown is written down as such, too: from then on a card can be reworded."""

    def open_turns() -> Sequence[object]:
        with closing(sqlite3.connect(slack.folder / "homeroom.db")) as database:
            return database.execute("SELECT id FROM turns WHERE state <> 'done'").fetchall()

    await slack.until(lambda: not open_turns())


def toolbox() -> FakeToolbox:
    tools = [DICE, replace(BOOK, must_confirm=True)]
    return FakeToolbox(tools=tools, outputs={"dice": Output("a plot", (PLOT,))})


async def test_in_slack_a_button_confirms_after_a_restart(slack: SlackCore) -> None:
    slack.model.wants, tools = wants, toolbox()
    async with slack.running(toolbox=tools):
        thread = await slack.ask("go")
        [answer] = await slack.answers(thread)
        assert "May I?" in answer
        assert "used: dice" in answer
        await slack.until(lambda: "plot.png" in str(slack.slack.messages(CHANNEL, thread)))
        shown = next(m for m in slack.slack.messages(CHANNEL, thread) if m.blocks)
        await delivered(slack)
    async with slack.running(toolbox=tools):
        for _ in range(2):
            value = "homeroom:confirm:#2"
            await slack.slack.click(shown.ts, button_of(shown.blocks), value, ALICE)
        assert "used: book" in (await slack.answers(thread, 2))[-1]
        [told] = [m for m in slack.slack.messages(CHANNEL, thread) if m.ts == shown.ts]
        assert "Confirmed by" in str(told)
        assert "homeroom:confirm" not in str(told.blocks)
        assert tools.effects == DONE


async def test_in_slack_a_command_declines_by_its_number(slack: SlackCore) -> None:
    slack.model.wants, tools = wants, toolbox()
    async with slack.running(toolbox=tools):
        thread = await slack.ask("go")
        await slack.answers(thread)
        await delivered(slack)
        await slack.slack.command("/decline", "2", ALICE, CHANNEL)
        assert "No, do not do it" in (await slack.answers(thread, 2))[-1]
        await slack.until(lambda: "Declined by" in str(slack.slack.messages(CHANNEL, thread)))
    assert tools.effects == {"dice {}": 1}


def button_of(blocks: Sequence[JSON]) -> str:
    found = [
        element["action_id"]
        for block in blocks
        for element in block.get("elements", ())
        if element.get("value") == "homeroom:confirm:#2"
    ]
    return str(found[0])


async def test_on_discord_a_button_confirms_after_a_restart(core: DiscordCore) -> None:
    core.model.wants, tools = wants, toolbox()
    async with core.running(toolbox=tools) as process:
        question = await core.ask("go")
        assert "May I?" in await core.reply(question)
        await process.queue.idle()
        [shown] = core.replies(question)
        own = core.server.from_bot(core.room)
        assert "plot.png" in [file.filename for one in own for file in one.attachments]
    async with core.running(toolbox=tools) as process:
        for _ in range(2):
            await core.server.click(shown, "homeroom:confirm:#2", core.ann)
        await core.until(lambda: any("used: book" in one.content for one in core.ends()))
        await process.queue.idle()
        assert tools.effects == DONE
        told = next(one for one in core.replies(question) if one.id == shown.id)
        assert "Confirmed by" in told.content
        assert not any("homeroom:confirm" in verb for verb in told.custom_ids)
