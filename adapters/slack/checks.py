"""Whether Slack takes our tokens, what they may do there, and whether its clock is ours."""

import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
from pydantic import SecretStr
from slack_sdk.errors import SlackApiError, SlackClientError

from adapters.slack.bodies import JSON, text
from adapters.slack.connection import Connection
from adapters.slack.installing.seal import Seal
from adapters.slack.manifest import BOT_SCOPES
from bot.config import Settings
from bot.core.checks import Check, Level
from bot.core.errors import ConfigError
from bot.core.ports.clock import Clock

_PATIENCE = 10.0  # seconds for one answer
_UNREACHABLE = (aiohttp.ClientError, SlackClientError, TimeoutError, OSError)
_BUSY = {"ratelimited", "status 429"}
# Slack's signatures are refused when they seem to be older than five minutes.
_SKEW, _SKEW_OF_SIGNATURES = 60.0, 300.0

_MEND_BOT = "copy the Bot User OAuth Token (xoxb-…) from Install App into SLACK_BOT_TOKEN"
_MEND_APP = "make an app-level token (xapp-…) with connections:write, for SLACK_APP_TOKEN"
_MEND_OAUTH = "copy SLACK_CLIENT_ID and SLACK_CLIENT_SECRET from Basic Information"
_MEND_KEY = "put what `homeroom slack key` prints into SECRET_KEY"
_MEND_SCOPES = (
    "paste what `homeroom slack manifest` prints into App Manifest, and reinstall the app"
)
_MEND_CLOCK = "set this machine's clock, such as by NTP"
_MEND_NETWORK = (
    "look at the network, at https://slack-status.com, and at SLACK_API_URL if it is set"
)


@dataclass(frozen=True, slots=True)
class _Told:
    """What a method answered; `error` is Slack's own word for why not."""

    data: JSON
    headers: Mapping[str, str]
    error: str = ""


async def check_slack(settings: Settings, clock: Clock = time.time) -> AsyncIterator[Check]:
    """Everything that is set, in the order in which it is needed. Never raises."""
    connection = Connection(settings.slack_api_url, _PATIENCE)
    try:
        async for check in _look(settings, connection, clock):
            yield check
    except _UNREACHABLE as error:
        why = f"Slack cannot be reached: {type(error).__name__}"
        yield Check("slack", Level.FAILURE, why, _MEND_NETWORK)
    finally:
        await connection.close()


async def _look(settings: Settings, slack: Connection, clock: Clock) -> AsyncIterator[Check]:
    told: _Told | None = None
    if settings.slack_bot_token:
        told = await _ask(slack, "auth.test", settings.slack_bot_token)
        yield _judge_bot(told)
        if not told.error:
            yield _judge_scopes(told.headers)
    if settings.slack_client_id and settings.slack_client_secret:
        told = await _try_oauth(slack, settings.slack_client_id, settings.slack_client_secret)
        yield _judge_oauth(told)
        yield _judge_key(settings.secret_key)
    if settings.slack_app_token:
        told = await _ask(slack, "apps.connections.open", settings.slack_app_token)
        yield _judge_socket(told)
    else:
        yield _judge_http(settings)
    if told and "Date" in told.headers:
        yield _judge_clock(told.headers["Date"], clock(), is_signed=not settings.slack_app_token)


async def _try_oauth(slack: Connection, client_id: str, secret: SecretStr) -> _Told:
    """A code that cannot be right: what is said about it tells whether we are known."""
    known = {"client_id": client_id, "client_secret": secret.get_secret_value()}
    return await _ask(slack, "oauth.v2.access", form={"code": "homeroom-doctor", **known})


async def _ask(
    slack: Connection, method: str, token: SecretStr | None = None, form: JSON | None = None
) -> _Told:
    client = slack.client(token.get_secret_value() if token else None)
    try:
        response: Any = await client.api_call(method, data=form)
    except SlackApiError as refusal:
        response = refusal.response
    data = response.data if isinstance(getattr(response, "data", None), dict) else {}
    return _Told(data, response.headers, "" if data.get("ok") else _error_of(response, data))


def _error_of(response: Any, data: JSON) -> str:
    """The library hands out its own response, or the bare one where it could not read the body."""
    status = int(getattr(response, "status_code", 0) or getattr(response, "status", 0))
    is_slacks_own = status < 500  # noqa: PLR2004 - what is wrong is not ours
    return (text(data, "error") if is_slacks_own else "") or f"status {status}"


def _judge_bot(told: _Told) -> Check:
    if told.error:
        return _refused("slack bot token", told, _MEND_BOT)
    if not told.data.get("bot_id"):
        return Check("slack bot token", Level.FAILURE, "it is a person's, not the bot's", _MEND_BOT)
    place = f"{text(told.data, 'team')} ({text(told.data, 'team_id')})"
    return Check("slack bot token", Level.OK, f"{text(told.data, 'user')} in {place}")


def _judge_scopes(headers: Mapping[str, str]) -> Check:
    if "x-oauth-scopes" not in headers:
        return Check("slack scopes", Level.WARNING, "Slack does not say which ones", _MEND_SCOPES)
    granted = {scope.strip() for scope in headers["x-oauth-scopes"].split(",")}
    missing = [scope for scope in BOT_SCOPES if scope not in granted]
    if missing:
        return Check("slack scopes", Level.FAILURE, f"missing: {', '.join(missing)}", _MEND_SCOPES)
    return Check("slack scopes", Level.OK, f"all {len(BOT_SCOPES)} are granted")


def _judge_oauth(told: _Told) -> Check:
    if told.error == "invalid_code":
        return Check("slack oauth", Level.OK, "the app's id and secret are accepted")
    return _refused("slack oauth", told, _MEND_OAUTH)


def _judge_key(key: SecretStr | None) -> Check:
    try:
        Seal(key.get_secret_value() if key else "")
    except ConfigError as error:
        return Check("slack secret key", Level.FAILURE, str(error), _MEND_KEY)
    return Check("slack secret key", Level.OK, "it is one")


def _judge_socket(told: _Told) -> Check:
    if told.error:
        return _refused("slack app token", told, _MEND_APP)
    return Check("slack app token", Level.OK, "Socket Mode can be opened")


def _judge_http(settings: Settings) -> Check:
    if not settings.slack_signing_secret:
        return Check("slack signing secret", Level.FAILURE, "it is not set", _MEND_APP)
    where = f"{settings.http_host}:{settings.http_port}"
    return Check("slack signing secret", Level.OK, f"it is set; events are heard on {where}")


def _judge_clock(date: str, now: float, *, is_signed: bool) -> Check:
    try:
        skew = now - parsedate_to_datetime(date).timestamp()
    except ValueError:
        return Check("slack clock", Level.WARNING, "Slack does not tell the time", _MEND_NETWORK)
    if abs(skew) < _SKEW:
        return Check("slack clock", Level.OK, "agrees with Slack's")
    finding = f"{abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} Slack's"
    breaks = is_signed and abs(skew) >= _SKEW_OF_SIGNATURES
    level = Level.FAILURE if breaks else Level.WARNING
    return Check("slack clock", level, finding, _MEND_CLOCK)


def _refused(name: str, told: _Told, mend: str) -> Check:
    if told.error in _BUSY:
        return Check(name, Level.WARNING, "Slack asks for patience", "ask again in a minute")
    if told.error.startswith("status "):
        return Check(name, Level.FAILURE, f"Slack answered with {told.error}", _MEND_NETWORK)
    return Check(name, Level.FAILURE, f"Slack says {told.error}", mend)
