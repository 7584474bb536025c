"""Socket Mode: no public address is needed. A socket that is dead is noticed, and replaced."""

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import structlog
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.slack.budget import Budget, Rate
from adapters.slack.errors import token_errors
from bot.core.errors import BotError, ConfigError
from bot.core.ports.adapter import Health

log = structlog.get_logger()

# The library tells of each attempt to connect with a traceback, one in ten seconds: we say when
# the socket is lost, and when it is back.
_SILENT = logging.getLogger("homeroom.slack.socket")
_SILENT.setLevel(logging.CRITICAL)

PING_INTERVAL = 10.0  # seconds; the library gives a silent socket up after four of them
_OPEN = "apps.connections.open"
PACE = {_OPEN: Rate(per_minute=60, burst=10)}
_GRACE = 4.0  # seconds for what is being written down at the end; Slack waits three
_DEAD_AFTER = 6  # intervals: the library has had its chance


_Take = Callable[[Any, SocketModeRequest], Awaitable[None]]


class Line(Protocol):
    """How Slack reaches us: a socket, or signed HTTP."""

    async def run(self, app: AsyncApp) -> None:
        """Hand all that comes to the app, until cancelled."""

    async def health(self) -> Health: ...


class SocketMode:
    def __init__(
        self,
        app_token: str,
        ping_interval: float = PING_INTERVAL,
        budget: Budget | None = None,
    ) -> None:
        """`budget`: how often addresses for sockets are asked for."""
        self._app_token = app_token
        self._ping_interval = ping_interval
        self._budget = budget or Budget(rates=PACE)
        self._client: SocketModeClient | None = None
        self._heard_at: float | None = None
        self._is_lost = False
        self._taking: set[asyncio.Task[Any]] = set()

    async def run(self, app: AsyncApp) -> None:
        """Raises ConfigError when Slack refuses the app's token at the start."""
        while True:
            addresses = _Addresses(app.client, self._budget)
            handler = AsyncSocketModeHandler(
                app, self._app_token, _SILENT, addresses, ping_interval=self._ping_interval
            )
            handler.client.socket_mode_request_listeners = [self._counted(handler.handle)]
            self._client = handler.client
            try:
                await self._connect(handler.client)
                await self._watch(handler.client)
            finally:
                self._client = None
                handler.client.message_processor.cancel()  # nothing more is heard, and
                await self._finish()  # what was heard is acknowledged while there is a socket
                await _close(handler.client)

    async def health(self) -> Health:
        if self._client is None:
            return Health(is_connected=False, silent_for=None)
        return Health(await self._client.is_connected(), self._silent_for(self._client))

    async def _connect(self, client: SocketModeClient) -> None:
        """The library would go on for ever, also with a token that is wrong, or an old address."""
        client.on_message_listeners.append(self._note)
        while True:
            try:
                client.wss_uri = await self._address(client)
                async with asyncio.timeout(_DEAD_AFTER * self._ping_interval):
                    await client.connect()  # type: ignore[no-untyped-call]
            except (BotError, TimeoutError) as error:
                if isinstance(error, ConfigError) and self._heard_at is None:
                    raise  # but a token that has served may serve again
                self._lost(str(error) or "no answer")
                await asyncio.sleep(self._ping_interval)
            else:
                self._heard_at = time.monotonic()
                if not self._is_lost:  # else it is said that Slack is back
                    log.info("socket_open", platform="slack")
                return

    async def _address(self, client: SocketModeClient) -> str:
        with token_errors("SLACK_APP_TOKEN"):
            answer = await client.web_client.apps_connections_open(app_token=self._app_token)
        return str(answer["url"])

    async def _watch(self, client: SocketModeClient) -> None:
        """Until nothing is heard for long: the library has had its chance."""
        silent_for = 0.0
        while silent_for < _DEAD_AFTER * self._ping_interval:
            if await client.is_connected():
                self._found()
            else:
                self._lost("the socket is gone")
            await asyncio.sleep(self._ping_interval)
            silent_for = self._silent_for(client) or 0.0

    def _counted(self, take: _Take) -> _Take:
        async def take_and_count(client: Any, request: SocketModeRequest) -> None:
            task = asyncio.ensure_future(take(client, request))
            self._taking.add(task)
            task.add_done_callback(self._taking.discard)
            await task

        return take_and_count

    async def _finish(self) -> None:
        if self._taking:
            await asyncio.wait({*self._taking}, timeout=_GRACE)

    def _lost(self, error: str) -> None:
        """Say it once, however long it lasts."""
        if not self._is_lost:
            log.warning("slack_lost", error=error)
        self._is_lost = True

    def _found(self) -> None:
        if self._is_lost:
            log.warning("slack_is_back")
        self._is_lost = False

    def _silent_for(self, client: SocketModeClient) -> float | None:
        """Since the last envelope or pong; the library notes pongs by the wall's clock."""
        ages = [
            max(0.0, clock() - at)
            for clock, at in (
                (time.monotonic, self._heard_at),
                (time.time, client.last_ping_pong_time),
            )
            if at is not None
        ]
        return min(ages, default=None)

    async def _note(self, message: Any) -> None:
        self._heard_at = time.monotonic()


class _Addresses(AsyncWebClient):
    """Addresses for sockets, at a pace: where Slack takes no more the library asks at once."""

    def __init__(self, client: AsyncWebClient, budget: Budget) -> None:
        super().__init__(base_url=client.base_url, session=client.session, retry_handlers=[])
        self._budget = budget

    async def apps_connections_open(self, **arguments: Any) -> AsyncSlackResponse:
        await self._budget.take(_OPEN, "", "", patience=math.inf)
        return await super().apps_connections_open(**arguments)


async def _close(client: SocketModeClient) -> None:
    """Without its tasks, which the library leaves to end by themselves."""
    await client.close()  # type: ignore[no-untyped-call]
    tasks = (client.message_processor, client.current_session_monitor, client.message_receiver)
    await asyncio.gather(*(task for task in tasks if task), return_exceptions=True)
