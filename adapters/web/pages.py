"""What is looked at: each page reads the same rows that the bot works on, and changes nothing."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from adapters.web.drawing import draw, page, told
from adapters.web.feed import LiveStreams, Pieces
from adapters.web.guard import Guard
from bot.core.answers import Status
from bot.core.checks import Check
from bot.core.errors import BotError
from bot.core.messages import ConversationKey
from bot.core.overviews import Overview
from bot.core.ports.adapter import Health
from bot.core.ports.clock import Clock
from bot.core.ports.door import Door
from bot.core.ports.sign_in import SignIn
from bot.core.ports.views import Dimension, TurnLine, Views
from bot.core.sightings import Sightings
from bot.core.standing import Standing
from bot.rules.readers import Reader
from bot.views.lately import MINUTES, lately
from bot.views.usage import Price, Total, as_sheet, total, totals

log = structlog.get_logger()

_A_PAGE = 50  # rows
_HOUR, _DAY = 3600.0, 86_400.0
_PACE = 2.0  # seconds between two looks at what goes on, for all viewers together
_SLOW_PACE = 30.0  # between two at what a day holds
_MOST_ENDED = 5000
_PIECES = ("facts", "lists")  # of what goes on; each has a template
SPANS: Mapping[str, float] = {"24h": _DAY, "7d": 7 * _DAY, "30d": 30 * _DAY, "90d": 90 * _DAY}


Reads = Callable[[str, str, Standing], Awaitable[Reader]]
"""Who a person is who looks, by her name and what she is on the page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where the pages find what they show."""

    views: Views
    sightings: Sightings
    reader: Reads
    classes: Callable[[Reader], Awaitable[Sequence[Overview]]]
    ways: Sequence[SignIn]  # by which people sign in who do not run this place
    clock: Clock
    price: Price
    health: Callable[[], Awaitable[Mapping[str, Health]]]
    checks: Callable[[], AsyncIterator[Check]]
    door: Callable[[], Door]
    doing: Callable[[int], Status | None]  # what was last shown of a turn at work here


class Pages:
    def __init__(self, sources: Sources, streams: LiveStreams, guard: Guard) -> None:
        self._from = sources
        self._streams = streams
        self._guard = guard
        self._checks: Sequence[Check] = ()
        self._checked_at = 0.0
        self._glance: Pieces = {}
        self._glanced_at = -_PACE
        self._day: dict[str, Any] = {}
        self._dayed_at = -_SLOW_PACE
        self._glancing = asyncio.Lock()

    def routes(self) -> list[web.RouteDef]:
        pages: Mapping[str, Handler] = {
            "/": self._now,
            "/now/live": self._now_live,
            "/usage": self._usage,
            "/health": self._health,
            "/settings": self._settings,
        }
        routes = [web.get(path, told(handler)) for path, handler in pages.items()]
        return [*routes, web.post("/health", told(self._check))]

    async def _now(self, request: web.Request) -> web.Response:
        return page(request, "now.html", pieces=(await self._look()).values())

    async def _now_live(self, request: web.Request) -> web.StreamResponse:
        async def changes() -> AsyncIterator[Pieces]:
            while True:
                with suppress(BotError):  # it is looked at again
                    yield await self._look()
                await asyncio.sleep(_PACE)

        return await self._streams.send(request, changes, self._guard.knows)

    async def _look(self) -> Pieces:
        """One look and one drawing for all who watch; what changes often is small."""
        async with self._glancing:
            if time.monotonic() - self._glanced_at >= _PACE:
                seen = await self._what_goes_on()
                self._glance = {id_: draw(f"now_{id_}.html", **seen) for id_ in _PIECES}
                self._glanced_at = time.monotonic()
        return self._glance

    async def _what_goes_on(self) -> dict[str, Any]:
        views, now = self._from.views, self._from.clock()
        hour = lately(await views.ended(now - _HOUR, _MOST_ENDED), now)
        minutes = [
            (f"{MINUTES - minute} min ago", count, f"{count} questions")
            for minute, count in enumerate(hour.by_minute)
        ]
        return {
            "health": await self._from.health(),
            "queue": await views.queue(),
            "waiting": [self._with_doing(line) for line in await views.waiting(_A_PAGE)],
            **await self._of_a_day(now),
            "hour": hour,
            "minutes": minutes,
        }

    async def _of_a_day(self, now: float) -> dict[str, Any]:
        if time.monotonic() - self._dayed_at >= _SLOW_PACE:
            self._day = {
                "troubled": await self._from.views.troubled(now - _DAY, 10),
                "spent": total(await self._spent(now - _DAY, Dimension.MODEL)),
            }
            self._dayed_at = time.monotonic()
        return self._day

    def _with_doing(self, line: TurnLine) -> TurnLine:
        """What is not in its row yet: not every status is worth a save."""
        return replace(line, status=self._from.doing(line.id) or line.status)

    async def _spent(self, since: float, by: Dimension) -> Sequence[Total]:
        records = await self._from.views.spending(since, by)
        return await asyncio.to_thread(totals, records, self._from.price)

    async def _usage(self, request: web.Request) -> web.Response:
        span, by = request.query.get("since", "7d"), _dimension(request)
        since = self._from.clock() - SPANS.get(span, SPANS["7d"])
        rows = await self._spent(since, by)
        if request.query.get("as") == "csv":
            name = f'attachment; filename="usage-{by}.csv"'
            return web.Response(
                text=as_sheet(rows, by),
                content_type="text/csv",
                headers={"Content-Disposition": name},
            )
        days = sorted(await self._spent(since, Dimension.DAY), key=lambda day: day.name)
        shown: dict[str, Any] = {
            "rows": rows[:_A_PAGE],
            "more": len(rows) - _A_PAGE,
            "all": total(rows),
        }
        choices: dict[str, Any] = {
            "spans": list(SPANS),
            "span": span,
            "dimensions": list(Dimension),
            "by": by,
        }
        return page(request, "usage.html", days=days, **shown, **choices)

    async def _health(self, request: web.Request) -> web.Response:
        found, at = self._checks, self._checked_at
        health = await self._from.health()
        return page(request, "health.html", health=health, checks=found, at=at)

    async def _check(self, request: web.Request) -> web.Response:
        """What the doctor looks at costs a while, so nobody is shown it unasked."""
        self._checks = [check async for check in self._from.checks()]
        self._checked_at = self._from.clock()
        raise web.HTTPSeeOther("/health")

    async def _settings(self, request: web.Request) -> web.Response:
        scope = request.query.get("scope", "").strip() or "web:local"
        parts = [*scope.split(":"), "", ""][:3]
        key = _key(":".join(parts))
        chosen = await self._from.door().settings(key)
        table = chosen.catalogue.table
        scopes = [one for one in chosen.scopes if not one.endswith(":")]
        rows = []
        for setting in table.on(key.platform):
            where = next((one for one in scopes if chosen.each(one, setting.name)), "")
            rows.append((setting, chosen.value(setting.name), where))
        platforms = list(table.terms)
        return page(request, "settings.html", rows=rows, scope=scope, platforms=platforms)


def _key(written: str) -> ConversationKey:
    return ConversationKey.parse(written)


def number_of(request: web.Request, name: str) -> int | None:
    written = request.query.get(name, "")
    return int(written) if written.isdecimal() and len(written) < 19 else None  # noqa: PLR2004 - 64 bits


def _dimension(request: web.Request) -> Dimension:
    return Dimension(request.query.get("by", Dimension.MODEL))
