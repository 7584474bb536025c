"""Whether Discord takes our token, which intents it grants, and where we may do what we have to."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import discord

from adapters.discord.invite import NEEDED_NAMES, invite_url
from adapters.discord.opening import point_at
from bot.config import Settings
from bot.core.checks import Check, Level
from bot.core.text import plural

_PATIENCE = 20.0  # seconds for one look
_MOST_SERVERS = 10  # of which each costs three requests
_MOST_CHANNELS = 5  # named in one line
# Besides the library's own errors: what it stumbles over where something else answers.
_UNREACHABLE = (
    discord.DiscordException, aiohttp.ClientError, OSError, KeyError, TypeError, ValueError,
)  # fmt: skip

_PORTAL = "https://discord.com/developers/applications"
_MEND_TOKEN = f"copy the token from Bot > Reset Token at {_PORTAL} into DISCORD_TOKEN"
_MEND_NETWORK = "look at the network, at https://discordstatus.com, and at DISCORD_API_URL if set"
_MEND_ENDPOINT = f"empty General Information > Interactions Endpoint URL at {_PORTAL}"
_MEND_INTENT = f"switch on Bot > Message Content Intent at {_PORTAL}"
_MEND_ID = "leave DISCORD_APPLICATION_ID empty: the token tells it"

_FOR_ALL = "servers, server messages, direct messages"

Application = discord.AppInfo


async def check_discord(settings: Settings) -> AsyncIterator[Check]:
    """The token, the application and the servers it is in. Never raises."""
    point_at(settings.discord_api_url, None)
    client = discord.Client(intents=discord.Intents.none())
    try:
        async for check in _look(client, settings):
            yield check
    except discord.LoginFailure:
        yield Check("discord token", Level.FAILURE, "Discord does not accept it", _MEND_TOKEN)
    except _UNREACHABLE as error:
        why = f"Discord cannot be reached: {type(error).__name__}"
        yield Check("discord", Level.FAILURE, why, _MEND_NETWORK)
    finally:
        await client.close()


async def _look(client: discord.Client, settings: Settings) -> AsyncIterator[Check]:
    assert settings.discord_token  # noqa: S101 - else nobody looks
    async with asyncio.timeout(_PATIENCE):
        await client.login(settings.discord_token.get_secret_value())
        application = await client.application_info()
    yield _judge_application(application, settings.discord_application_id)
    if application.interactions_endpoint_url:
        yield _judge_endpoint(application.interactions_endpoint_url)
    yield _judge_intents(application.flags, wants_content=settings.discord_message_content)
    async with asyncio.timeout(_PATIENCE):
        servers = [guild async for guild in client.fetch_guilds(limit=None)]
    yield _judge_servers(servers, invite_url(application.id))
    for server in servers[:_MOST_SERVERS]:
        async with asyncio.timeout(_PATIENCE):
            check = await _check_server(client, server.id)
        yield check


def _judge_application(application: Application, wanted: str | None) -> Check:
    if wanted and wanted != str(application.id):
        finding = f"it belongs to the application {application.id}, not to {wanted}"
        return Check("discord token", Level.WARNING, finding, _MEND_ID)
    return Check("discord token", Level.OK, f"{application.name} ({application.id})")


def _judge_endpoint(url: str) -> Check:
    finding = f"commands and buttons are sent to {url}, and not to this bot"
    return Check("discord interactions", Level.FAILURE, finding, _MEND_ENDPOINT)


def _judge_intents(flags: discord.ApplicationFlags, *, wants_content: bool) -> Check:
    """Message content is the only one that has to be granted."""
    granted = flags.gateway_message_content or flags.gateway_message_content_limited
    if not wants_content:
        return Check("discord intents", Level.OK, f"{_FOR_ALL}: nobody has to grant them")
    if granted:
        return Check("discord intents", Level.OK, f"{_FOR_ALL}, message content: all granted")
    finding = "missing: message content; only what is meant for the bot can be read"
    return Check("discord intents", Level.WARNING, finding, _MEND_INTENT)


def _judge_servers(servers: list[discord.Guild], invitation: str) -> Check:
    if not servers:
        mend = f"open {invitation}"
        return Check("discord servers", Level.WARNING, "it is in no server yet", mend)
    names = ", ".join(server.name for server in servers[:_MOST_SERVERS])
    more = f" and {len(servers) - _MOST_SERVERS} more" if len(servers) > _MOST_SERVERS else ""
    return Check("discord servers", Level.OK, f"{len(servers)}: {names}{more}")


async def _check_server(client: discord.Client, number: int) -> Check:
    assert client.user  # noqa: S101 - it has logged in
    server = await client.fetch_guild(number, with_counts=False)
    own = await server.fetch_member(client.user.id)
    channels = await server.fetch_channels()
    rooms = [one for one in channels if isinstance(one, discord.TextChannel | discord.ForumChannel)]
    seen = [room for room in rooms if room.permissions_for(own).view_channel]
    lacks = {
        room.name: missing for room in seen if (missing := _missing(room.permissions_for(own)))
    }
    name = f"discord server {server.name}"
    if lacks:
        mend = "Server Settings > Roles, or the channel's own permissions"
        return Check(name, Level.WARNING, _listed(lacks), mend)
    hidden = len(rooms) - len(seen)
    finding = f"it can answer in {plural(len(seen), 'channel')}"
    return Check(name, Level.OK, finding + (f"; {hidden} hidden from it" if hidden else ""))


def _missing(granted: discord.Permissions) -> str:
    missing = [name.replace("_", " ") for name in NEEDED_NAMES if not getattr(granted, name)]
    return ", ".join(missing)


def _listed(lacks: dict[str, str]) -> str:
    """Channels with the same gaps together, and no more than fit a line."""
    by_gap: dict[str, list[str]] = {}
    for channel, missing in lacks.items():
        by_gap.setdefault(missing, []).append(f"#{channel}")
    return "; ".join(f"{_some(channels)}: no {gap}" for gap, channels in by_gap.items())


def _some(channels: list[str]) -> str:
    more = len(channels) - _MOST_CHANNELS
    return " ".join(channels[:_MOST_CHANNELS]) + (f" and {more} more" if more > 0 else "")
