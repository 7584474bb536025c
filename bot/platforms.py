"""Opens an adapter for each platform there are tokens for. Each library is imported if needed."""

import time
from collections.abc import Iterator

from pydantic import SecretStr

from bot.config import Settings
from bot.core.ports.adapter import Adapter
from bot.core.ports.storage import Storage


def open_platforms(settings: Settings, storage: Storage) -> list[Adapter]:
    return [*_open_slack(settings, storage), *_open_discord(settings, storage)]


def _open_slack(settings: Settings, storage: Storage) -> Iterator[Adapter]:
    if settings.has_slack:
        from adapters.slack.opening import open_slack_as_set  # noqa: PLC0415

        yield open_slack_as_set(settings, storage)


def _open_discord(settings: Settings, storage: Storage) -> Iterator[Adapter]:
    if settings.discord_token:
        from adapters.discord.opening import open_discord  # noqa: PLC0415

        yield open_discord(
            _reveal(settings.discord_token),
            storage,
            time.time,
            api_url=settings.discord_api_url,
            gateway_url=settings.discord_gateway_url,
            reads_messages=settings.discord_message_content,
        )


def _reveal(secret: SecretStr) -> str:
    return secret.get_secret_value()
