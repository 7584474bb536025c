"""Opens an adapter for each platform there are tokens for. Each library is imported if needed."""

import time
from collections.abc import Iterator

from pydantic import SecretStr

from bot.assistants import AssistantFile
from bot.config import Settings
from bot.ports import Adapter, Storage


def open_platforms(
    settings: Settings, storage: Storage, assistants: AssistantFile
) -> list[Adapter]:
    return [*_open_slack(settings), *_open_discord(settings, storage, assistants)]


def _open_slack(settings: Settings) -> Iterator[Adapter]:
    if settings.slack_bot_token and settings.slack_app_token:
        from adapters.slack.opening import open_slack  # noqa: PLC0415

        tokens = (_reveal(settings.slack_bot_token), _reveal(settings.slack_app_token))
        yield open_slack(*tokens, settings.slack_api_url)


def _open_discord(
    settings: Settings, storage: Storage, assistants: AssistantFile
) -> Iterator[Adapter]:
    if settings.discord_token:
        from adapters.discord.opening import open_discord  # noqa: PLC0415

        yield open_discord(
            _reveal(settings.discord_token),
            storage,
            time.time,
            api_url=settings.discord_api_url,
            gateway_url=settings.discord_gateway_url,
            reads_messages=settings.discord_message_content,
            assistants=lambda: list(assistants.current().assistants),
        )


def _reveal(secret: SecretStr) -> str:
    return secret.get_secret_value()
