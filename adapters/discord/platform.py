"""Discord as one of the platforms: what there is to know before its library is loaded."""

import time
from collections.abc import AsyncIterator

from bot.config import Settings
from bot.core.checks import Check
from bot.core.errors import ConfigError
from bot.core.ports.adapter import Adapter
from bot.core.ports.memory import Memory
from bot.core.ports.sign_in import SignIn


def is_set_up(settings: Settings) -> bool:
    return bool(settings.discord_token)


def require(settings: Settings) -> None:
    """A token is all it needs."""


def open_adapter(settings: Settings, memory: Memory) -> Adapter:
    from adapters.discord.opening import open_discord  # noqa: PLC0415 - its library is large

    if settings.discord_token is None:
        raise ConfigError("DISCORD_TOKEN is not set")
    return open_discord(
        settings.discord_token.get_secret_value(),
        memory,
        time.time,
        api_url=settings.discord_api_url,
        gateway_url=settings.discord_gateway_url,
        reads_messages=settings.discord_message_content,
    )


def sign_in(settings: Settings) -> SignIn | None:
    client, secret = settings.web_discord_client_id, settings.web_discord_client_secret
    if bool(client) != bool(secret):
        raise ConfigError("WEB_DISCORD_CLIENT_ID and WEB_DISCORD_CLIENT_SECRET go together")
    if not client or not secret:
        return None
    from adapters.discord.signing_in import DiscordSignIn  # noqa: PLC0415 - only where people sign in

    return DiscordSignIn(client, secret.get_secret_value(), settings.discord_api_url)


def check(settings: Settings) -> AsyncIterator[Check]:
    from adapters.discord.checks import check_discord  # noqa: PLC0415 - its library is large

    return check_discord(settings)
