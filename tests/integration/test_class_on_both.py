"""One course on Slack and on Discord, joined by a code; what holds of it holds on both."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from storage.sqlite import SqliteDatabase
from tests.fakes.discord_things import User
from tests.integration import discord_core
from tests.integration.announced import ANSWER, announced
from tests.integration.discord_core import DiscordCore
from tests.integration.slack_bot import ALICE, BOB
from tests.integration.slack_core import SlackCore, slack_core
from tests.integration.test_discord_humans import click
from tests.integration.test_slack_humans import opened, order

core = discord_core.core
CODE = re.compile(r"/class join ([A-Z2-9-]{19})")
USED = "No course has that code: it was used, is older than an hour, or never was one."


@dataclass
class Both:
    slack: SlackCore
    discord: DiscordCore
    boss: User  # who runs the Discord server

    async def code(self) -> str:
        found = CODE.search(await order(self.slack, "class", "join", BOB))
        assert found
        return found[1]

    async def join(self) -> None:
        said = await self.discord.told("class", self.boss, words=f"join {await self.code()}")
        assert said == "“CS 101” is held here, too, and you are a teacher of it."

    async def on_discord(self, text: str) -> str:
        """What Ann is told there when she asks."""
        before = len(self.discord.server.from_bot(self.discord.room))

        def told() -> list[str]:
            said = self.discord.server.from_bot(self.discord.room)[before:]
            return [one.content for one in said if "⏳" not in one.content and one.content]

        await self.discord.ask(text)
        await self.discord.until(told)
        return told()[0]

    async def in_slack(self, text: str) -> str:
        """What Alice is told there."""
        thread = await self.slack.ask(text)
        await self.slack.until(lambda: "".join(self.slack.replies(thread)))
        return "".join(self.slack.replies(thread))

    @asynccontextmanager
    async def database(self) -> AsyncIterator[SqliteDatabase]:
        database = await SqliteDatabase.open(self.slack.folder / "homeroom.db")
        try:
            yield database
        finally:
            await database.close()


@pytest.fixture
async def both(core: DiscordCore, tmp_path: Path) -> AsyncIterator[Both]:
    async with slack_core(tmp_path) as slack:
        slack.clock = core.server.clock.now
        async with slack.running(besides=core.adapter):
            await core.until(lambda: core.is_ready)
            core.guild.add_member(core.ann)
            await opened(slack, BOB)
            yield Both(slack, core, core.boss())


async def test_a_teachers_code_holds_the_course_on_the_other_platform_once(both: Both) -> None:
    code, discord = await both.code(), both.discord
    for who, words in ((discord.ann, code), (both.boss, "AAAA-AAAA-AAAA-AAAA")):
        said = await discord.told("class", who, words=f"join {words}")
        assert said in {
            USED,
            "Only teachers of the course, and those who run this place, can do that.",
        }
    assert "is held here, too" in await discord.told("class", both.boss, words=f"join {code}")
    other = discord.guild.add_text_channel("other")
    asked = await discord.server.slash(other, both.boss, "class", {"words": f"join {code}"})
    await discord.until(lambda: asked.text)
    assert asked.text == USED
    assert "Nothing waits." in await discord.told("staff", both.boss, words="")
    async with both.database() as database:
        lines = await database.fetch("SELECT who, became FROM audit WHERE verb = 'join'", {})
    assert [(line["who"].split(":")[0], line["became"][:8]) for line in lines] == [
        ("slack", "offered"),
        ("discord", "discord:"),
    ]


async def test_an_exam_that_one_platform_switches_on_holds_on_both(both: Both) -> None:
    await both.join()
    async with both.database() as database:
        await announced(database, both.discord.server.clock.now())
    said = await both.discord.told("class", both.boss, words="exam on 1")
    assert said.startswith("On: Exam 1")
    assert "An exam is on" in await both.in_slack("why?")
    assert "An exam is on" in await both.on_discord("why?")
    assert not both.slack.model.runs


async def test_consent_and_hearts_are_each_persons_and_settled_once_for_both(both: Both) -> None:
    await both.join()
    await order(both.slack, "class", "hearts 1 every 1 min", BOB)
    assert ANSWER in await both.in_slack("one")
    assert "1 of 1 hearts" in await both.discord.told("hearts", both.discord.ann)
    assert ANSWER in await both.on_discord("one")
    assert "0 of 1 hearts" in await both.discord.told("hearts", both.discord.ann)
    assert "0 of 1 hearts" in await order(both.slack, "hearts", "", ALICE)
    await both.discord.told("class", both.boss, words="hearts 9 every 1 min")
    await order(both.slack, "class", "consent on", BOB)
    runs = len(both.slack.model.runs)
    await both.on_discord("three")
    await both.in_slack("three")
    assert len(both.slack.model.runs) == runs
    asked = both.discord.server.from_bot(both.discord.room)[-1]
    await click(both.discord, asked, ":agree:", both.discord.ann)
    await both.discord.until(lambda: len(both.slack.model.runs) == runs + 1)
    await both.in_slack("four")
    assert len(both.slack.model.runs) == runs + 1
