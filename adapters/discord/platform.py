"""Discord as one of the platforms: what there is to know before its library is loaded."""

import time
from collections.abc import AsyncIterator

from bot.config import Settings
from bot.core.checks import Check
from bot.core.errors import ConfigError
from bot.core.ports.adapter import Adapter
from bot.core.ports.memory import Memory


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


def check(settings: Settings) -> AsyncIterator[Check]:
    from adapters.discord.checks import check_discord  # noqa: PLC0415 - its library is large

    return check_discord(settings)
