"""Opens Discord: the one place that wires this folder."""

import re
from collections.abc import Callable, Collection, Sequence

import discord
import yarl
from discord.asset import Asset
from discord.gateway import DiscordWebSocket
from discord.http import Route

from adapters.discord.access import Access
from adapters.discord.adapter import DiscordAdapter
from adapters.discord.admin import add_admin
from adapters.discord.asking import Asking
from adapters.discord.buttons import BUTTONS
from adapters.discord.clicks import Clicker
from adapters.discord.client import HomeroomClient, Wiring
from adapters.discord.commands import ASKS, add_commands, sync
from adapters.discord.identify import IdentifyBudget
from adapters.discord.inbox import Inbox
from adapters.discord.limiter import Gate
from adapters.discord.memory import Memory
from adapters.discord.supervisor import Supervisor
from bot.ports import Clock

PERMISSIONS = 309_237_763_136
"""View, send, send in threads, open threads, read history, embed, attach, react: no more."""


def open_discord(  # noqa: PLR0913 - an opening has as many sides as there are settings
    token: str,
    memory: Memory,
    clock: Clock,
    *,
    api_url: str | None = None,
    gateway_url: str | None = None,
    reads_messages: bool = False,
    assistants: Callable[[], Sequence[str]] = tuple,
    allow: Collection[str] = (),
    deny: Collection[str] = (),
    identify_gap: float = 5.0,
) -> DiscordAdapter:
    """`reads_messages`: ask for the message-content intent, to follow without being mentioned.

    `allow`, `deny`: the operator's lists, over all servers (see `bot.access.permits`).
    """
    point_at(api_url, gateway_url)
    budget = IdentifyBudget(memory, clock, identify_gap)
    gate = Gate()

    def connect(inbox: Inbox, access: Access) -> Supervisor:
        asking = Asking(inbox, clock)
        clicks = Clicker(inbox, asking, access.permits)

        async def set_up(client: HomeroomClient) -> None:
            client.add_dynamic_items(*BUTTONS)
            add_commands(client.tree, asking, assistants)
            add_admin(client.tree, inbox, assistants)
            await sync(client.tree, memory)

        wiring = Wiring(inbox, clicks, gate, budget, set_up, ASKS)

        def make(wants_content: bool) -> HomeroomClient:  # noqa: FBT001
            return HomeroomClient(wiring, reads_messages=wants_content)

        return Supervisor(make, token, reads_messages=reads_messages)

    file_host = yarl.URL(api_url).authority if api_url else ""
    return DiscordAdapter(connect, memory, clock, Access(allow, deny), file_host)


def point_at(api_url: str | None, gateway_url: str | None) -> None:
    """Move the library to another server, before anything is connected; for the whole process.

    `discord.http._set_api_version` must never be called: it sets the address back.
    """
    if api_url:
        base = api_url.rstrip("/")
        Route.BASE = base
        Asset.BASE = re.sub(r"/api(/v\d+)?$", "", base) + "/cdn"
    if gateway_url:
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway_url)


def invite_url(application_id: str) -> str:
    """Where an owner adds the bot to a server, with the smallest permissions it can live with."""
    return discord.utils.oauth_url(
        application_id,
        permissions=discord.Permissions(PERMISSIONS),
        scopes=("bot", "applications.commands"),
    )
