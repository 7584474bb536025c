"""The Slack adapter, put together."""

import time
from typing import Any

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.adapter import SlackAdapter
from adapters.slack.errors import slack_errors
from adapters.slack.sockets import PING_INTERVAL, SocketMode
from bot.ports import Clock

API_URL = "https://slack.com/api/"
_TIMEOUT = 30.0  # seconds for one request


class OneWorkspace:
    """The bot in one workspace, by its token."""

    def __init__(self, token: str, api_url: str | None = None, timeout: float = _TIMEOUT) -> None:
        # Repeating is our own decision: the library posts twice over a dropped connection.
        self._client = AsyncWebClient(token, base_url=api_url or API_URL, retry_handlers=[])
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._bot = ""

    async def client(self, team: str) -> AsyncWebClient:
        """Without a shared session the library opens one for each request."""
        if self._client.session is None or self._client.session.closed:
            self._client.session = aiohttp.ClientSession(timeout=self._timeout)
        return self._client

    async def bot(self, team: str) -> str:
        if not self._bot:
            client = await self.client(team)
            with slack_errors():
                self._bot = str((await client.auth_test())["user_id"])
        return self._bot

    def app_options(self) -> dict[str, Any]:
        return {"client": self._client}

    async def close(self) -> None:
        if self._client.session is not None:
            await self._client.session.close()


def open_slack(  # noqa: PLR0913 - each is a setting
    bot_token: str,
    app_token: str,
    api_url: str | None = None,
    *,
    clock: Clock = time.time,
    ping_interval: float = PING_INTERVAL,
    timeout: float = _TIMEOUT,
) -> SlackAdapter:
    """Slack over Socket Mode in one workspace; `api_url` alone moves it to another server."""
    workspaces = OneWorkspace(bot_token, api_url, timeout)
    return SlackAdapter(workspaces, SocketMode(app_token, ping_interval), clock=clock)
