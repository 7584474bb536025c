"""An alert on both platforms: to each person alone, opened by a press that only she sees."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.backends.moderation import OpenAIModerator
from tests.fakes.openai_server import FakeOpenAI
from tests.integration import discord_core
from tests.integration.discord_core import DiscordCore
from tests.integration.slack_bot import ALICE, BOB, CHANNEL, words_of
from tests.integration.slack_core import SlackCore, slack_core
from tests.integration.test_discord_humans import click
from tests.integration.test_slack_humans import actions, order, whispers
from tests.unit.world import World

core = discord_core.core
NEED = "I do not want to live any more"
SETTLED = ("keep 180d", "consent off", "places Room 7", "open")


@pytest.fixture
async def slack(tmp_path: Path) -> AsyncIterator[SlackCore]:
    async with slack_core(tmp_path) as made:
        yield made


def moderator(model: FakeOpenAI, folder: Path) -> OpenAIModerator:
    model.dangers = {"want to live": "self-harm"}
    return OpenAIModerator(World(folder, model).client(), "eye")


async def test_on_slack_it_reaches_each_alone_and_one_opens_it(slack: SlackCore) -> None:
    slack.moderator = moderator(slack.model, slack.folder)
    slack.slack.add_user("U0CARE", "care")
    slack.slack.add_user(BOB, "boss", is_owner=True, is_admin=True)
    async with slack.running():
        called = ("new CS 101", f"teachers <@{BOB}>", f"alerts <@{BOB}> <@U0CARE>", "staff")
        for words in (*called, *SETTLED):
            said = await order(slack, "class", words, BOB)
        assert said == "“CS 101” is open."
        thread = await slack.ask(NEED)
        await slack.until(lambda: "Room 7" in "".join(slack.replies(thread)))
        rooms = [slack.slack.dm(who) for who in (BOB, "U0CARE")]
        await slack.until(lambda: all(slack.slack.messages(room) for room in rooms))
        [card] = slack.slack.messages(slack.slack.dm("U0CARE"))
        assert "urgent" in words_of(card)
        assert "live" not in words_of(card)
        [open_it] = actions(card)
        await slack.slack.click(card.ts, open_it, user="U0CARE")
        direct = slack.slack.dm("U0CARE")
        await slack.until(lambda: any(NEED in words_of(m) for m in slack.slack.messages(direct)))
        await slack.until(lambda: "opened by care" in words_of(slack.slack.messages(direct)[0]))
        late = await order(slack, "staff", "open 1", BOB)
        assert late == "care has opened #1."
        assert not any(
            NEED in words_of(m) for m in slack.slack.messages(CHANNEL) if m.user != ALICE
        )
        assert not any(NEED in words_of(m) for m in whispers(slack, BOB))
    await slack.moderator.close()


async def test_on_discord_it_reaches_each_alone_and_one_opens_it(core: DiscordCore) -> None:
    core.moderator = moderator(core.model, core.folder)
    async with core.running():
        boss, staff = core.boss(), core.guild.add_text_channel("staff")
        care = core.server.add_user("care")
        for user in (core.ann, care):
            core.guild.add_member(user)
        called = (
            "new CS 101",
            f"teachers <@{boss.id}>",
            f"alerts <@{boss.id}> <@{care.id}>",
            f"staff <#{staff.id}>",
        )
        for words in (*called, *SETTLED):
            said = await core.told("class", boss, words=words)
        assert said == "“CS 101” is open."
        await core.ask(NEED)
        await core.until(
            lambda: any("Room 7" in one.content for one in core.server.from_bot(core.room))
        )
        direct = core.server.open_dm(care)
        await core.until(lambda: all(core.server.from_bot(one) for one in (staff, direct)))
        [card], [told] = core.server.from_bot(staff), core.server.from_bot(direct)
        assert "live" not in card.content + told.content
        pressed = await click(core, card, ":open", boss)
        await core.until(lambda: pressed.text)
        assert pressed.ephemeral
        assert NEED in pressed.text
        await core.until(lambda: "opened by Boss" in core.server.from_bot(direct)[0].content)
        late = await core.told("staff", care, words="open 1")
        assert late == "Boss has opened #1."
    await core.moderator.close()
