"""The gate before Discord's REST: an even pace, and a circuit that opens long before a ban.

discord.py knows the buckets of the routes but not the limit of 50 a second for all of them: 160
messages to 160 channels were answered 429 180 times. And whoever collects 10,000 answers 401, 403
or 429 in ten minutes is locked out by address, so that we stop long before that.
"""

import asyncio
import re
import time
from collections import deque
from types import SimpleNamespace

import aiohttp
import structlog
from discord.http import Route

from bot.core.errors import PlatformUnavailable

log = structlog.get_logger()

_INVALID = frozenset({401, 403, 429})
_TYPING = "/typing"  # of a few hundred questions that wait, it would fill the line by itself
_REACTIONS = "/reactions/"
_IS_WORD = re.compile(r"[a-z-]{0,20}|v\d+|@original|@me")
_CALLBACKS = "/interactions/"  # they have three seconds, and no part in the limit


class Gate:
    """All requests go through it, also those the library repeats by itself."""

    def __init__(
        self, *, per_second: float = 40.0, most_invalid: int = 1000, window: float = 600.0
    ) -> None:
        self._gap = 1 / per_second
        self._most_invalid = most_invalid
        self._window = window
        self._line = asyncio.Lock()
        self._courtesy = asyncio.Lock()
        self._next = 0.0
        self._invalid: deque[float] = deque()

    @property
    def invalid_requests(self) -> int:
        """Of the last ten minutes."""
        while self._invalid and self._invalid[0] < time.monotonic() - self._window:
            self._invalid.popleft()
        return len(self._invalid)

    def trace(self) -> aiohttp.TraceConfig:
        """What makes a client go through the gate."""
        trace = aiohttp.TraceConfig()
        trace.on_request_start.append(self._before)
        trace.on_request_end.append(self._after)
        return trace

    async def _before(
        self,
        session: aiohttp.ClientSession,
        context: SimpleNamespace,
        request: aiohttp.TraceRequestStartParams,
    ) -> None:
        if not str(request.url).startswith(Route.BASE):
            return
        self._refuse_while_open()
        if request.url.path.endswith(_TYPING) and self._line.locked():
            raise PlatformUnavailable("what is only a courtesy does not stand in line")
        if _REACTIONS in request.url.path:
            async with self._courtesy:  # no more than one of them stands in the line
                await self._wait_for_turn()
        elif _CALLBACKS not in request.url.path:
            await self._wait_for_turn()

    async def _after(
        self,
        session: aiohttp.ClientSession,
        context: SimpleNamespace,
        answer: aiohttp.TraceRequestEndParams,
    ) -> None:
        is_shared = answer.response.headers.get("X-RateLimit-Scope") == "shared"
        if answer.response.status in _INVALID and not is_shared:
            self._invalid.append(time.monotonic())
            route = _route(answer.url.path)
            log.warning("request_invalid", status=answer.response.status, route=route)

    def _refuse_while_open(self) -> None:
        if self.invalid_requests >= self._most_invalid:
            wait = self._invalid[0] + self._window - time.monotonic()
            raise PlatformUnavailable("too many invalid requests", retry_after=max(wait, 1.0))

    async def _wait_for_turn(self) -> None:
        """The gap is counted from when the last one really left.

        Slots given out in advance are all used at once after the loop was held up.
        """
        async with self._line:
            await asyncio.sleep(max(0.0, self._next - time.monotonic()))
            self._next = time.monotonic() + self._gap


def _route(path: str) -> str:
    """A path without its ids and tokens: who reads the log shall not be able to answer with it."""
    return "/".join(part if _IS_WORD.fullmatch(part) else "…" for part in path.split("/"))
