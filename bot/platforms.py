"""Opens an adapter for each platform there are tokens for. Each library is imported if needed."""

import time
from collections.abc import Iterator

from pydantic import SecretStr

from bot.config import Settings
from bot.core.ports.adapter import Adapter
from bot.core.ports.memory import Memory


def open_platforms(settings: Settings, memory: Memory) -> list[Adapter]:
    return [*_open_slack(settings, memory), *_open_discord(settings, memory)]


def _open_slack(settings: Settings, memory: Memory) -> Iterator[Adapter]:
    if settings.has_slack:
        from adapters.slack.opening import open_slack_as_set  # noqa: PLC0415

        yield open_slack_as_set(settings, memory)


def _open_discord(settings: Settings, memory: Memory) -> Iterator[Adapter]:
    if settings.discord_token:
        from adapters.discord.opening import open_discord  # noqa: PLC0415

        yield open_discord(
            _reveal(settings.discord_token),
            memory,
            time.time,
            api_url=settings.discord_api_url,
            gateway_url=settings.discord_gateway_url,
            reads_messages=settings.discord_message_content,
        )


def _reveal(secret: SecretStr) -> str:
    return secret.get_secret_value()
