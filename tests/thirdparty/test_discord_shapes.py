"""Our fake Discord beside simcord: the same acts and calls, told and answered in the same shapes.

Neither is Discord: where they differ, its documentation decides, and the reason stands here.
"""

import asyncio

import pytest
import pytest_asyncio
import simcord

from adapters.discord.opening import point_at
from tests.fakes.discord_server import FakeDiscord
from tests.integration.discord_stage import restore_addresses_after
from tests.thirdparty.discord_script import DiscordScript, Listener, Ours, Theirs
from tests.thirdparty.shapes import Shapes, differing, unexplained

pytestmark = pytest.mark.asyncio(loop_scope="module")

# Each place that only one of them has, and why that is no fault of ours.
ONLY_OURS = {
    r"(.*\.)?message_reference\.guild_id": "Discord says in which server",
    r"application_id|webhook_id": "Discord says of a first response whose it is",
    r"approximate_guild_count|interactions_endpoint_url": "Discord says it of the application",
    r"integration_types_config.*|.*authorizing_integration_owners\.0": "it knows no installations",
    r"(channel\.)?(flags|nsfw|permissions)": "Discord says more of a channel",
    r"data\.resolved": "empty where nothing is named; it leaves that out",
    r"guild(\..*)?": "Discord says in which server something was asked",
    r"member(\..*)?": "Discord says who edited, and that the bot is in the thread it opened",
}
ONLY_THEIRS = {
    r".*\.(locale|mfa_enabled|verified|system|flags)": "of a person Discord tells that seldom",
    r"(.*\.)?guild_id": "Discord says it in events, and not in answers",
    r"(.*\.)?message_reference\.fail_if_not_exists": "Discord is told that, and does not tell it",
    r"(.*\.)?(nonce|sticker_items)": "left out where there is none",
    r"mentions\[\](\..*)?": "who is mentioned by an edited reply is not documented",
    r"interaction_metadata\.(name|command_type)": "not documented",
    r"parent_id|rate_limit_per_user|topic": "direct messages have none",
    r"thread_metadata\.invitable": "only private threads have it",
    r"summary": "gone from Discord",
}
DIFFERING = [("nothing", "error", "400 50006", "400 50035")]  # Discord: "an empty message"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ours() -> Shapes:
    with pytest.MonkeyPatch.context() as addresses:
        restore_addresses_after(addresses)
        async with FakeDiscord() as server:
            point_at(server.api_url, server.gateway_url)
            return await _at_ours(server)


async def _at_ours(server: FakeDiscord) -> Shapes:
    channel, ann = server.add_guild().add_text_channel("general"), server.add_user("ann")
    async with Listener() as client:
        script = DiscordScript(Ours(server, channel, ann), client)
        running = asyncio.create_task(client.start(server.token))
        await server.until(lambda: client.is_ready() or running.done())
        await script.run()
    await running
    return script.shapes


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def theirs() -> Shapes:
    client = Listener()
    async with simcord.run(client) as env:
        script = DiscordScript(Theirs(env), client)
        await script.run()
    return script.shapes


async def test_both_tell_the_same_and_answer_the_same_calls(ours: Shapes, theirs: Shapes) -> None:
    assert ours.keys() == theirs.keys()


async def test_what_both_have_is_of_the_same_kind(ours: Shapes, theirs: Shapes) -> None:
    assert differing(ours, theirs) == DIFFERING


async def test_what_only_ours_has_is_what_discord_has(ours: Shapes, theirs: Shapes) -> None:
    assert unexplained(ours, theirs, ONLY_OURS) == ([], [])


async def test_what_only_theirs_has_is_read_by_nobody(ours: Shapes, theirs: Shapes) -> None:
    assert unexplained(theirs, ours, ONLY_THEIRS) == ([], [])
