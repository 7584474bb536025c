"""The Slack adapter, put together."""

import time
from collections.abc import Sequence

from aiohttp import web
from pydantic import SecretStr

from adapters.slack.adapter import SlackAdapter
from adapters.slack.connection import API_URL, TIMEOUT, Connection
from adapters.slack.installing.installations import Installations
from adapters.slack.installing.oauth import InstallFlow, OAuthClient, States, forget_the_thrown_out
from adapters.slack.installing.seal import Seal
from adapters.slack.installing.tokens import Tokens
from adapters.slack.installing.workspaces import InstalledWorkspaces, OneWorkspace
from adapters.slack.lines.http import Hosted, SignedHttp
from adapters.slack.lines.sockets import PING_INTERVAL, Line, SocketMode
from adapters.slack.threads import SETTLES_AFTER
from bot.config import Settings
from bot.core.ports.clock import Clock
from bot.core.ports.memory import Memory
from bot.core.setting_values import parse_rules

__all__ = ["API_URL", "OneWorkspace", "open_slack", "open_slack_as_set"]


def open_slack(  # noqa: PLR0913 - each is a setting
    bot_token: str,
    app_token: str,
    api_url: str | None = None,
    *,
    clock: Clock = time.time,
    memory: Memory | None = None,
    ping_interval: float = PING_INTERVAL,
    timeout: float = TIMEOUT,
    settles_after: float = SETTLES_AFTER,
) -> SlackAdapter:
    """Slack over Socket Mode in one workspace; `api_url` alone moves it to another server."""
    workspaces = OneWorkspace(bot_token, api_url, timeout)
    return SlackAdapter(
        workspaces,
        SocketMode(app_token, ping_interval),
        clock=clock,
        memory=memory,
        settles_after=settles_after,
    )


def open_slack_as_set(
    settings: Settings,
    memory: Memory,
    clock: Clock = time.time,
    ping_interval: float = PING_INTERVAL,
) -> SlackAdapter:
    """One workspace by its token or many by OAuth, over a socket or over signed HTTP."""
    if settings.slack_client_id:
        return _open_installed(settings, memory, clock, ping_interval)
    api_url, secret = settings.slack_api_url, _reveal(settings.slack_signing_secret)
    workspaces = OneWorkspace(
        _reveal(settings.slack_bot_token), api_url, signing_secret=secret or None
    )
    return SlackAdapter(workspaces, _open_line(settings, ping_interval), clock=clock, memory=memory)


def _open_installed(
    settings: Settings, memory: Memory, clock: Clock, ping_interval: float
) -> SlackAdapter:
    connection = Connection(settings.slack_api_url)
    seal = Seal(_reveal(settings.secret_key))
    secret = _reveal(settings.slack_client_secret)
    client = OAuthClient(settings.slack_client_id or "", secret, connection)
    installations = Installations(memory, seal)
    tokens = Tokens(installations, client.renew, clock)
    workspaces = InstalledWorkspaces(
        installations, tokens, connection, _reveal(settings.slack_signing_secret)
    )
    states = States(seal, memory, clock)
    welcome = parse_rules(settings.slack_workspaces)
    pages = InstallFlow(client, tokens, states, clock, welcome).pages()
    return SlackAdapter(
        workspaces,
        _open_line(settings, ping_interval, pages),
        clock=clock,
        memory=memory,
        register=[forget_the_thrown_out(tokens)],
    )


def _open_line(
    settings: Settings, ping_interval: float, pages: Sequence[web.RouteDef] = ()
) -> Line:
    """Events come over a socket where there is a token for one; pages are for HTTP anyway.

    Beside a socket an address is opened for whoever watches over it, if one is set.
    """
    place = (settings.http_host, settings.http_port)
    if settings.slack_app_token:
        socket = SocketMode(_reveal(settings.slack_app_token), ping_interval)
        is_hosted = pages or "http_port" in settings.model_fields_set
        return Hosted(socket, *place, pages) if is_hosted else socket
    signed = SignedHttp(_reveal(settings.slack_signing_secret))
    return Hosted(signed, *place, [*signed.routes(), *pages])


def _reveal(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""
