"""One address for whoever watches over the bot: whether it works, what is counted, and the page."""

import asyncio
import errno
import hmac
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from importlib.metadata import version

import structlog
from aiohttp import web

from adapters.site import Site
from adapters.web.adapter import WebAdapter
from adapters.web.board import Board
from adapters.web.entering import Visits
from adapters.web.guard import Guard, is_loopback
from adapters.web.opening import Page
from adapters.web.pages import Reads, Sources
from bot.classroom.overviews import Overviews
from bot.config import Settings
from bot.core.answers import Status
from bot.core.errors import BotError, ConfigError
from bot.core.ports.adapter import Adapter, Connected, Health
from bot.core.ports.door import Door
from bot.core.ports.onlooker import Onlookers
from bot.core.ports.views import Views
from bot.core.turns import State
from bot.doctor import check_all
from bot.keeping import STORAGE
from bot.metrics import Metrics
from bot.platforms import sign_ins
from bot.prices import Prices
from storage.database import Writable
from storage.page_parts import SqlPageParts
from storage.store import Store
from storage.uploads import SqlUploads

log = structlog.get_logger()

_MOST_BYTES = 24 * 1024 * 1024  # of a question with its files
_MOST = 400  # connections: a page that is live holds one
_LONGEST = 60.0  # seconds for a request to be there whole: with files, over a slow network
_GRACE = 0.5  # seconds for requests in flight at the end
_PATIENCE = 2.0  # seconds for the storage to answer
_BEAT = 0.25  # seconds between two looks at the clock
_BEATS = 40  # that are remembered


class Lag:
    """How late the event loop is: what stops it, stops all."""

    def __init__(self) -> None:
        self._late: deque[float] = deque([0.0], maxlen=_BEATS)

    @property
    def worst(self) -> float:
        return max(self._late)

    async def beat(self) -> None:
        while True:
            due = time.monotonic() + _BEAT
            await asyncio.sleep(_BEAT)
            self._late.append(max(time.monotonic() - due, 0.0))


class Readiness:
    """Whether this process can do what it was started for."""

    def __init__(
        self, answers: Callable[[], Awaitable[object]], adapters: Sequence[Adapter]
    ) -> None:
        """`answers`: asks the storage. `adapters`: those that are listened to here."""
        self._answers = answers
        self._adapters = adapters
        self.is_draining = False

    async def health(self) -> dict[str, Health]:
        """Of each platform that is reached over a connection which this process holds."""
        connected = [one for one in self._adapters if isinstance(one, Connected)]
        found = {one.platform: await one.health() for one in connected}
        return {platform: health for platform, health in found.items() if health is not None}

    async def missing(self) -> list[str]:
        """What stands in the way, in a word each."""
        health = await self.health()
        missing = [platform for platform, one in health.items() if not one.is_connected]
        missing += ["draining"] if self.is_draining else []
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._answers()
        except (BotError, TimeoutError):
            missing.append(STORAGE)
        return missing


class Host:
    def __init__(  # noqa: PLR0913 - what it is put together from
        self,
        settings: Settings,
        *,
        guard: Guard,
        readiness: Readiness,
        metrics: Metrics,
        views: Views,
        page: Page,
        board: Board,
        announce: Callable[[str], None],
    ) -> None:
        self._settings = settings
        self._guard = guard
        self.readiness = readiness
        self.metrics = metrics
        self.onlooker = Onlookers(metrics, board)
        self._views = views
        self.page = page
        self._announce = announce
        self._lag = Lag()
        self._beating: asyncio.Task[None] | None = None
        self._site: Site | None = None

    async def open(self) -> str | None:
        """Returns the address; None where the usual port is taken and nobody has named one."""
        app = web.Application(client_max_size=_MOST_BYTES)
        self._guard.set_up(app)
        app.add_routes([*self._routes(), *self.page.routes()])
        site = Site(app, _GRACE, _LONGEST, _MOST)
        place = (self._settings.web_host, self._settings.web_port)
        try:
            address = await site.open(*place)
        except OSError as error:
            await site.close()
            reason = "is taken" if error.errno == errno.EADDRINUSE else f"({error.strerror})"
            words = f"WEB_HOST and WEB_PORT: {place[0]}:{place[1]} {reason}"
            if self._settings.model_fields_set & {"web_host", "web_port"}:
                raise ConfigError(words) from error
            log.warning("page_not_served", reason=words)
            return None
        self._site = site
        self._guard.open_at(address)
        self._beating = asyncio.create_task(self._lag.beat())
        self._announce(await self.page.link(self._settings.web_origin or address))
        return address

    def drain(self) -> None:
        """The process ends: nothing new is to be sent here."""
        self.readiness.is_draining = True
        self.page.streams.end()

    async def close(self) -> None:
        if self._beating is not None:
            self._beating.cancel()
        if self._site is not None:
            await self._site.close()

    def _routes(self) -> list[web.RouteDef]:
        return [
            web.get("/healthz", self._tell_alive),
            web.get("/readyz", self._tell_ready),
            web.get("/metrics", self._tell_counts),
        ]

    async def _tell_alive(self, _: web.Request) -> web.Response:
        """Of the process and its loop alone: an outage elsewhere is no reason to end it."""
        return web.json_response({"alive": True})

    async def _tell_ready(self, _: web.Request) -> web.Response:
        missing = await self.readiness.missing()
        told = {"ready": not missing, "missing": missing}
        return web.json_response(told, status=503 if missing else 200)

    async def _tell_counts(self, request: web.Request) -> web.Response:
        if not self._may_count(request):
            return web.Response(status=401, headers={"WWW-Authenticate": "Bearer"})
        await self._look_round()
        accept = request.headers.get("Accept", "")
        written, kind = await asyncio.to_thread(self.metrics.written, accept)
        return web.Response(body=written, headers={"Content-Type": kind})

    async def _look_round(self) -> None:
        metrics = self.metrics
        for platform, health in (await self.readiness.health()).items():
            metrics.note_health(platform, health)
        metrics.lag.set(self._lag.worst)
        metrics.watchers.set(len(self.page.streams))
        try:
            queue = await self._views.queue()
        except BotError as error:
            log.warning("queue_not_counted", error=str(error))
            return
        for state in (State.PENDING, State.ANSWERED):
            metrics.open.labels(state).set(queue.open.get(state, 0))
        metrics.oldest.set(max(queue.now - queue.oldest_at, 0.0) if queue.oldest_at else 0.0)

    def _may_count(self, request: web.Request) -> bool:
        """The numbers tell who is busy when: beyond this machine they want the token."""
        token = self._settings.web_token
        is_here = is_loopback(self._settings.web_host) and not self._settings.web_origin
        if token is None or is_here:
            return True
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), token.get_secret_value().encode())


def open_host(  # noqa: PLR0913 - what it is put together from
    settings: Settings,
    store: Store,
    backend: str,
    adapters: Sequence[Adapter],
    talking: WebAdapter,
    *,
    reader: Reads,
    door: Callable[[], Door],
    doing: Callable[[int], Status | None],
    announce: Callable[[str], None],
) -> Host:
    """`adapters`: those that are listened to here; `announce`: is told a link to sign in by."""
    readiness = Readiness(partial(store.database.fetch, "SELECT 1 AS one", {}), adapters)
    guard = _guard(settings, store)
    sources = Sources(
        views=store.views,
        sightings=store.storage.sightings,
        reader=reader,
        classes=Overviews(store.storage, store.clock).of,
        ways=sign_ins(settings),
        clock=store.clock,
        price=Prices(dict),
        health=readiness.health,
        checks=check_all,
        door=door,
        doing=doing,
    )
    return Host(
        settings,
        guard=guard,
        readiness=readiness,
        metrics=Metrics(_described(settings, backend)),
        views=store.views,
        page=Page(guard, store.storage.memos, _token(settings), sources, talking),
        board=talking.board,
        announce=announce,
    )


def _token(settings: Settings) -> str:
    return settings.web_token.get_secret_value() if settings.web_token else ""


def _guard(settings: Settings, store: Store) -> Guard:
    settings.require_page()
    visits = Visits(store.storage.memos, _token(settings), store.clock)
    return Guard(visits, settings.web_host, settings.web_origin or "")


def _described(settings: Settings, backend: str) -> dict[str, str]:
    return {
        "version": version("homeroom"),
        "backend": backend,
        "database": "postgresql" if settings.is_shared else "sqlite",
    }


def open_talking(store: Store) -> WebAdapter:
    fetch = Writable(store.database)
    return WebAdapter(SqlUploads(fetch, store.clock), SqlPageParts(fetch))
