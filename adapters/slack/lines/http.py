"""Signed HTTP: Slack posts to an address of ours. Only what Slack has signed is looked into."""

import asyncio
import errno
import time
from collections.abc import Sequence

import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier

from adapters.slack.lines.sockets import Health, Line
from adapters.slack.manifest import EVENTS_PATH
from bot.core.errors import ConfigError

log = structlog.get_logger()

HEALTH_PATH = "/healthz"
_MOST_BYTES = 2**20
_GRACE = 4.0  # seconds for requests in flight at the end; Slack waits three


class SignedHttp:
    """Events by HTTP, for those who are behind a balancer."""

    def __init__(self, signing_secret: str) -> None:
        self._signature = SignatureVerifier(signing_secret)
        self._app: AsyncApp
        self._is_hearing = False
        self._heard_at: float | None = None

    def routes(self) -> list[web.RouteDef]:
        return [web.post(EVENTS_PATH, self._take)]

    async def run(self, app: AsyncApp) -> None:
        self._app, self._is_hearing = app, True
        try:
            await asyncio.Event().wait()
        finally:
            self._is_hearing = False

    async def health(self) -> Health:
        silent_for = None if self._heard_at is None else time.time() - self._heard_at
        return Health(self._is_hearing, silent_for)

    async def _take(self, request: web.Request) -> web.Response:
        if not await self._is_signed(request):
            return web.Response(status=401)
        self._heard_at = time.time()
        try:
            asked = await to_bolt_request(request)
        except Exception:  # noqa: BLE001 - bolt's parser raises anything where it finds no object
            return web.Response(status=400)
        return await to_aiohttp_response(await self._app.async_dispatch(asked))

    async def _is_signed(self, request: web.Request) -> bool:
        try:
            return self._signature.is_valid_request(await request.read(), request.headers)
        except (TypeError, ValueError):  # of a time that is no number, of letters beyond ASCII
            return False


class Hosted:
    """A line with an address of ours beside it, for what comes by HTTP."""

    def __init__(self, line: Line, host: str, port: int, routes: Sequence[web.RouteDef]) -> None:
        self._line = line
        self._place = (host, port)
        self._routes = routes
        self.address: str | None = None

    async def run(self, app: AsyncApp) -> None:
        runner = self._runner()
        try:
            self.address = await self._open(runner)
            log.info("listening", address=self.address)
            await self._line.run(app)
        finally:
            self.address = None
            await runner.cleanup()  # takes nothing new, and answers what has been asked

    async def health(self) -> Health:
        return await self._line.health()

    def _runner(self) -> web.AppRunner:
        app = web.Application(client_max_size=_MOST_BYTES)
        app.add_routes([*self._routes, web.get(HEALTH_PATH, self._tell)])
        return web.AppRunner(app, access_log=None, shutdown_timeout=_GRACE)

    async def _open(self, runner: web.AppRunner) -> str:
        await runner.setup()
        try:
            await web.TCPSite(runner, *self._place).start()
        except OSError as error:
            host, port = self._place
            reason = "is taken" if error.errno == errno.EADDRINUSE else f"({error.strerror})"
            raise ConfigError(f"HTTP_HOST and HTTP_PORT: {host}:{port} {reason}") from error
        host, port = runner.addresses[0][:2]
        return f"http://{host}:{port}"

    async def _tell(self, request: web.Request) -> web.Response:
        health = await self.health()
        silent_for = None if health.silent_for is None else round(health.silent_for, 1)
        told = {"connected": health.is_connected, "silent_for": silent_for}
        return web.json_response(told, status=200 if health.is_connected else 503)
