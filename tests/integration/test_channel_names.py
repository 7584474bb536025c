"""What channels are called, for the operator who reads a bill."""

from pathlib import Path
from typing import cast

from bot.cli.channels import named
from bot.core.messages import ConversationKey
from bot.core.ports.adapter import Adapter, Naming
from tests.fakes.platform import FakeAdapter, FakePlatform
from tests.integration import discord_core
from tests.integration.discord_core import DiscordCore
from tests.integration.slack_bot import CHANNEL
from tests.integration.slack_core import slack_core

core = discord_core.core


async def test_slack_says_what_a_channel_is_called(tmp_path: Path) -> None:
    async with slack_core(tmp_path) as slack:
        slack.slack.state.channels[CHANNEL].name = "algebra"
        team = slack.slack.bot.team
        key = str(ConversationKey("slack", team, CHANNEL, "1.2"))
        async with slack.running() as adapter:
            scope = f"slack:{team}:{CHANNEL}"
            assert await named([adapter], [key, key]) == {scope: f"{scope} #algebra"}


async def test_discord_says_what_a_channel_is_called(core: DiscordCore) -> None:
    async with core.running() as process:
        there = ConversationKey("discord", str(core.guild.id), str(core.room.id))
        gone = ConversationKey("discord", str(core.guild.id), "4")
        strange = ConversationKey("discord", str(core.guild.id), "somewhere")
        found = await named([process.adapter], map(str, (there, gone, strange)))
    scope = f"discord:{core.guild.id}:{core.room.id}"
    assert found == {scope: f"{scope} #general"}


async def test_a_platform_whose_channels_have_no_names_is_not_asked() -> None:
    adapter = cast("Adapter", FakeAdapter(FakePlatform()))
    assert not isinstance(adapter, Naming)
    assert await named([adapter], ["fake:school:general:", "console:local:general:"]) == {}
