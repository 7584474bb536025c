"""Opens Discord: the one place that wires this folder."""

import re
from collections.abc import Sequence
from functools import partial

import discord
import structlog
import yarl
from discord.asset import Asset
from discord.gateway import DiscordWebSocket
from discord.http import Route

from adapters.discord.adapter import DiscordAdapter
from adapters.discord.admin import add_admin
from adapters.discord.buttons import ControlButton
from adapters.discord.client import HomeroomClient, Wiring
from adapters.discord.commands import ASKS, add_commands, sync
from adapters.discord.identify import IdentifyBudget
from adapters.discord.inbox import DiscordInbox
from adapters.discord.interactions import Interactions
from adapters.discord.invite import invite_url
from adapters.discord.limiter import Gate
from adapters.discord.pace import DiscordWaits
from adapters.discord.presses import Presser
from adapters.discord.reach import Reach
from adapters.discord.rest import Rest
from adapters.discord.shards import SHARDS_OF_A_GROUP, Group, count_shards, groups
from adapters.discord.supervisor import Supervisor
from bot.core.ports.clock import Clock
from bot.core.ports.memory import Memory

log = structlog.get_logger()


def open_discord(  # noqa: PLR0913 - an opening has as many sides as there are settings
    token: str,
    memory: Memory,
    clock: Clock,
    *,
    api_url: str | None = None,
    gateway_url: str | None = None,
    reads_messages: bool = False,
    identify_gap: float = 5.0,
    shards_of_a_group: int = SHARDS_OF_A_GROUP,
    waits: DiscordWaits = DiscordWaits(),  # noqa: B008 - it never changes
) -> DiscordAdapter:
    """`reads_messages`: ask for the message-content intent, to follow without being mentioned."""
    point_at(api_url, gateway_url)
    budget, gate, reach = IdentifyBudget(memory, clock, identify_gap), Gate(), Reach()

    def connect(inbox: DiscordInbox, group: Group | None = None) -> Supervisor:
        interactions = Interactions(inbox, clock)
        set_up = partial(_set_up, inbox, interactions, memory)
        wiring = Wiring(inbox, Presser(interactions), gate, budget, reach, set_up, memory, ASKS)

        def make(wants_content: bool) -> HomeroomClient:  # noqa: FBT001
            return HomeroomClient(wiring, reads_messages=wants_content, group=group)

        return Supervisor(make, token, reach, waits, reads_messages=reads_messages)

    rest = Rest(token, gate)

    async def find_groups() -> Sequence[Group]:
        return groups(await count_shards(rest, reach, waits.shards), shards_of_a_group)

    host = _file_host(api_url)
    return DiscordAdapter(
        connect, find_groups, rest, memory, clock, reach=reach, file_host=host, waits=waits
    )


async def _set_up(
    inbox: DiscordInbox, interactions: Interactions, memory: Memory, client: HomeroomClient
) -> None:
    log.info("invite", address=invite_url(client.application_id or 0))
    client.add_dynamic_items(ControlButton)
    add_commands(client.tree, interactions, inbox.door.assistants)
    add_admin(client.tree, inbox)
    if client.hears_direct:  # one of all that listen
        await sync(client.tree, memory)


def _file_host(api_url: str | None) -> str:
    return yarl.URL(api_url).authority if api_url else ""


def point_at(api_url: str | None, gateway_url: str | None) -> None:
    """Move the library to another server, before anything is connected; for the whole process.

    `discord.http._set_api_version` must never be called: it sets the address back.
    """
    # It warns at each start that it could not speak. Nobody asked it to.
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
    if api_url:
        base = api_url.rstrip("/")
        Route.BASE = base
        Asset.BASE = re.sub(r"/api(/v\d+)?$", "", base) + "/cdn"
    if gateway_url:
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway_url)
