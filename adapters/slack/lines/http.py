"""Signed HTTP: Slack posts to an address of ours. Only what Slack has signed is looked into."""

import asyncio
import errno
import re
import time
from collections.abc import Sequence

import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier

from adapters.site import Site
from adapters.slack.lines.app import note_fault
from adapters.slack.lines.sockets import Line
from adapters.slack.manifest import EVENTS_PATH
from bot.core.errors import ConfigError
from bot.core.ports.adapter import Health

log = structlog.get_logger()

HEALTH_PATH = "/healthz"
_MOST_BYTES = 2**20
_SECONDS = re.compile(r"[0-9]{1,12}")
_STALE = 300  # seconds: https://docs.slack.dev/authentication/verifying-requests-from-slack
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
        refused = _refused_unread(request) or await self._refused(request)
        if refused is not None:
            return refused
        self._heard_at = time.time()
        try:
            asked = await to_bolt_request(request)
        except Exception:  # noqa: BLE001 - bolt's parser raises anything where it finds no object
            return web.Response(status=400)
        try:
            return await to_aiohttp_response(await self._app.async_dispatch(asked))
        except Exception as error:  # noqa: BLE001 - what is signed may still be of any shape
            await note_fault(error)
            return web.Response(status=500)

    async def _refused(self, request: web.Request) -> web.Response | None:
        try:
            body = await request.read()
            is_signed = self._signature.is_valid_request(body, request.headers)
        except (TypeError, ValueError):  # of letters beyond ASCII
            is_signed = False
        return None if is_signed else web.Response(status=401)


def _refused_unread(request: web.Request) -> web.Response | None:
    """What is too long, or not even said to be signed now, is not read."""
    if (request.content_length or 0) > _MOST_BYTES:
        return web.Response(status=413)
    at = request.headers.get("X-Slack-Request-Timestamp", "")
    is_now = bool(_SECONDS.fullmatch(at)) and abs(time.time() - int(at)) <= _STALE
    return None if is_now and "X-Slack-Signature" in request.headers else web.Response(status=401)


class Hosted:
    """A line with an address of ours beside it, for what comes by HTTP."""

    def __init__(self, line: Line, host: str, port: int, routes: Sequence[web.RouteDef]) -> None:
        self._line = line
        self._place = (host, port)
        self._routes = routes
        self.address: str | None = None

    async def run(self, app: AsyncApp) -> None:
        site = self._site()
        try:
            self.address = await self._open(site)
            log.info("listening", address=self.address)
            await self._line.run(app)
        finally:
            self.address = None
            await site.close()

    async def health(self) -> Health:
        return await self._line.health()

    def _site(self) -> Site:
        app = web.Application(client_max_size=_MOST_BYTES)
        app.add_routes([*self._routes, web.get(HEALTH_PATH, self._tell)])
        return Site(app, _GRACE)

    async def _open(self, site: Site) -> str:
        try:
            return await site.open(*self._place)
        except OSError as error:
            host, port = self._place
            reason = "is taken" if error.errno == errno.EADDRINUSE else f"({error.strerror})"
            raise ConfigError(f"HTTP_HOST and HTTP_PORT: {host}:{port} {reason}") from error

    async def _tell(self, request: web.Request) -> web.Response:
        health = await self.health()
        silent_for = None if health.silent_for is None else round(health.silent_for, 1)
        told = {"connected": health.is_connected, "silent_for": silent_for}
        return web.json_response(told, status=200 if health.is_connected else 503)
