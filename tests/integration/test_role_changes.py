"""What somebody may do in a course follows what her platform says of her, from one press on."""

from tests.integration import discord_core
from tests.integration.discord_core import DiscordCore
from tests.integration.slack_bot import ALICE, BOB
from tests.integration.slack_core import SlackCore
from tests.integration.test_discord_humans import opened
from tests.integration.test_slack_humans import core as slack
from tests.integration.test_slack_humans import opened as opened_in_slack
from tests.integration.test_slack_humans import order

core = discord_core.core
__all__ = ["slack"]
MAY_NOT = "Only teachers of the course"


async def test_a_role_on_discord_counts_with_the_next_press(core: DiscordCore) -> None:
    async with core.running():
        boss, profs = await opened(core), core.guild.add_role("profs")
        await core.told("class", boss, words=f"teachers <@&{profs.id}>")
        assert MAY_NOT in await core.told("class", core.ann, words="mode hint")
        ann = core.guild.add_member(core.ann, roles=[profs])
        assert await core.told("class", core.ann, words="mode hint") == "Mode: hint."
        ann.roles.remove(profs)
        assert MAY_NOT in await core.told("class", core.ann, words="mode answer")


async def test_a_group_of_slack_counts_as_soon_as_slack_tells_of_it(slack: SlackCore) -> None:
    slack.slack.add_usergroup("S1", "profs", [ALICE])
    async with slack.running():
        await opened_in_slack(slack, BOB)
        await order(slack, "class", "teachers <!subteam^S1|@profs>", BOB)
        assert await order(slack, "class", "mode hint", ALICE) == "Mode: hint."
        slack.slack.state.usergroups["S1"]["users"] = []
        event = {"type": "subteam_members_changed", "subteam_id": "S1", "removed_users": [ALICE]}
        slack.slack.event(event)
        await slack.acked()
        assert MAY_NOT in await order(slack, "class", "mode answer", ALICE)
