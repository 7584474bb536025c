"""Slack as one of the platforms: what there is to know before any of its library is loaded."""

from collections.abc import AsyncIterator

from bot.config import Settings
from bot.core.checks import Check
from bot.core.errors import ConfigError
from bot.core.ports.adapter import Adapter
from bot.core.ports.memory import Memory
from bot.core.ports.sign_in import SignIn


def is_set_up(settings: Settings) -> bool:
    return any(
        (
            settings.slack_bot_token,
            settings.slack_app_token,
            settings.slack_signing_secret,
            settings.slack_client_id,
            settings.slack_client_secret,
        )
    )


def require(settings: Settings) -> None:
    """One workspace by its token, or many by OAuth; over a socket, or over signed HTTP."""
    if settings.slack_client_id or settings.slack_client_secret:
        _require_oauth(settings)
    elif not settings.slack_bot_token:
        given = "SLACK_APP_TOKEN" if settings.slack_app_token else "SLACK_SIGNING_SECRET"
        raise ConfigError(f"{given} is set but SLACK_BOT_TOKEN (xoxb-…) is not")
    elif not (settings.slack_app_token or settings.slack_signing_secret):
        raise ConfigError(
            "SLACK_BOT_TOKEN is set but SLACK_APP_TOKEN (xapp-…) is not, nor "
            "SLACK_SIGNING_SECRET, for events over HTTP"
        )


def open_adapter(settings: Settings, memory: Memory) -> Adapter:
    from adapters.slack.opening import open_slack_as_set  # noqa: PLC0415 - its library is large

    return open_slack_as_set(settings, memory)


def sign_in(settings: Settings) -> SignIn | None:
    client, secret = settings.web_slack_client_id, settings.web_slack_client_secret
    if bool(client) != bool(secret):
        raise ConfigError("WEB_SLACK_CLIENT_ID and WEB_SLACK_CLIENT_SECRET go together")
    if not client or not secret:
        return None
    from adapters.slack.signing_in import SlackSignIn  # noqa: PLC0415 - only where people sign in

    return SlackSignIn(client, secret.get_secret_value(), settings.slack_api_url)


def check(settings: Settings) -> AsyncIterator[Check]:
    from adapters.slack.checks import check_slack  # noqa: PLC0415 - its library is large

    return check_slack(settings)


def _require_oauth(settings: Settings) -> None:
    needed = {
        "SLACK_CLIENT_ID": settings.slack_client_id,
        "SLACK_CLIENT_SECRET": settings.slack_client_secret,
        "SLACK_SIGNING_SECRET": settings.slack_signing_secret,
        "SECRET_KEY": settings.secret_key,
    }
    for name, value in needed.items():
        if not value:
            raise ConfigError(f"{name} is not set, which installing by OAuth needs")
    if settings.slack_bot_token:
        raise ConfigError("SLACK_BOT_TOKEN is for one workspace, SLACK_CLIENT_ID for many")
