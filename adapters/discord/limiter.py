"""The gate before Discord's REST: an even pace, and a circuit that opens long before a ban.

discord.py knows the buckets of the routes but not the limit of 50 a second for all of them: 160
messages to 160 channels were answered 429 180 times. And whoever collects 10,000 answers 401, 403
or 429 in ten minutes is locked out by address, so that we stop long before that.
"""

import asyncio
import re
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import SimpleNamespace

import aiohttp
import structlog
from discord.http import Route

from bot.core.errors import OutcomeUnknown, PlatformUnavailable
from bot.core.headers import retry_after, time_told
from bot.core.stopwatch import Stopwatch

log = structlog.get_logger()

_TOO_MANY = 429
_INVALID = frozenset({401, 403, _TOO_MANY})
_LONGEST_WAIT = 60.0  # seconds that are waited for inside a call
NONCE_HOLDS = 120.0  # seconds for which Discord surely knows a nonce ("the past few minutes")
_TYPING = "/typing"  # of a few hundred questions that wait, it would fill the line by itself
_REACTIONS = "/reactions/"
_IS_WORD = re.compile(r"[a-z-]{0,20}|v\d+|@original|@me")
_CALLBACKS = "/interactions/"  # they have three seconds, and no part in the limit


_AGE: ContextVar[Stopwatch | None] = ContextVar("age", default=None)


@contextmanager
def sent_while_young(age: Stopwatch | None) -> Iterator[None]:
    """What is sent in here, also what the library repeats by itself, is sent while its nonce holds.

    After that Discord would not know it for the same, and it could come to stand twice.
    """
    token = _AGE.set(age)
    try:
        yield
    finally:
        _AGE.reset(token)


class Gate:
    """All requests go through it, also those the library repeats by itself."""

    def __init__(
        self, *, per_second: float = 40.0, most_invalid: int = 1000, window: float = 600.0
    ) -> None:
        self.told_time: Callable[[float, float], None] = _unheard
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
        _require_young()
        context.begun_at = time.monotonic()

    async def _after(
        self,
        session: aiohttp.ClientSession,
        context: SimpleNamespace,
        answer: aiohttp.TraceRequestEndParams,
    ) -> None:
        at = time_told(answer.response.headers.get("Date"))
        if at is not None and (begun_at := getattr(context, "begun_at", None)) is not None:
            self.told_time(at, time.monotonic() - begun_at)
        is_shared = answer.response.headers.get("X-RateLimit-Scope") == "shared"
        if answer.response.status in _INVALID and not is_shared:
            self._invalid.append(time.monotonic())
            route = _route(answer.url.path)
            log.warning("request_invalid", status=answer.response.status, route=route)
        if answer.response.status == _TOO_MANY:
            _refuse_long_wait(answer.response)

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


def _unheard(at: float, waited: float) -> None:
    """Before anybody listens."""


def _route(path: str) -> str:
    """A path without its ids and tokens: who reads the log shall not be able to answer with it."""
    return "/".join(part if _IS_WORD.fullmatch(part) else "…" for part in path.split("/"))


def _require_young() -> None:
    age = _AGE.get()
    if age is not None and age.seconds > NONCE_HOLDS:
        raise OutcomeUnknown("too much time has passed since it was looked for")


def _refuse_long_wait(response: aiohttp.ClientResponse) -> None:
    """While logging in and calling webhooks the library would sleep for as long as it is told."""
    wait = retry_after(response.headers)
    if wait is not None and wait > _LONGEST_WAIT:
        response.close()
        raise PlatformUnavailable(f"429 for {wait:.0f} s", retry_after=wait)
