"""How the fake Discord refuses, misbehaves and limits."""

import asyncio
import hashlib
import json
import math
import re
from collections import deque
from dataclasses import dataclass
from typing import Any, Self

from aiohttp import web

from tests.fakes import JSON
from tests.fakes.discord_world import Clock
from tests.fakes.misbehaving import Misbehaviour

UNKNOWN = {"channel": 10003, "guild": 10004, "member": 10007, "message": 10008, "user": 10013} | {
    "webhook": 10015,
    "interaction": 10062,
}
BUCKET_SIZE, BUCKET_SECONDS, GLOBAL_SIZE = 5, 5.0, 50
BEHIND_A_PROXY = {"Via": "1.1 google"}  # without it a client takes a 429 for a ban
UNLIMITED_BY_THE_GLOBAL_LIMIT = ("/interactions/", "/webhooks/", "/cdn/")


class DiscordError(Exception):
    """Answered with Discord's error body instead of a result."""

    def __init__(self, status: int, code: int, message: str, *, errors: JSON | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.errors = status, code, message, errors

    def answer(self) -> web.Response:
        body = {"message": self.message, "code": self.code}
        return reply(body | ({"errors": self.errors} if self.errors else {}), self.status)


def reply(data: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """JSON whose content type names no charset: the real clients compare it to the letter."""
    body = json.dumps(data).encode()
    return web.Response(body=body, status=status, headers=headers, content_type="application/json")


def nothing() -> web.Response:
    return web.Response(status=204)


def unknown(what: str) -> DiscordError:
    return DiscordError(404, UNKNOWN[what], f"Unknown {what.title()}")


def invalid(place: str, code: str, message: str) -> DiscordError:
    errors: JSON = {"_errors": [{"code": code, "message": message}]}
    for name in reversed(place.split(".")):
        errors = {name: errors}
    return DiscordError(400, 50035, "Invalid Form Body", errors=errors)


def no_access() -> DiscordError:
    return DiscordError(403, 50001, "Missing Access")


def no_permission() -> DiscordError:
    return DiscordError(403, 50013, "Missing Permissions")


@dataclass(frozen=True, kw_only=True)
class Fault(Misbehaviour):
    """While a `gate` is given and not set, the request waits before anything is done."""

    message: str = "500: Internal Server Error"
    code: int = 0
    body: JSON | str | None = None
    gate: asyncio.Event | None = None

    @classmethod
    def rate_limited(cls, retry_after: float = 0.05, *, everywhere: bool = False) -> Self:
        body = _limited_body(retry_after, everywhere=everywhere)
        headers = _limited_headers(retry_after, everywhere=everywhere)
        return cls(status=429, headers=headers, body=body)

    @classmethod
    def banned(cls) -> Self:
        """What Cloudflare says after 10,000 invalid requests: no JSON and no Via header."""
        return cls(status=429, body="error code: 1015")

    @classmethod
    def server_error(cls, status: int = 500, *, after: bool = False) -> Self:
        return cls(status=status, message=f"{status}: Server Error", after=after)

    @classmethod
    def unauthorized(cls) -> Self:
        return cls(status=401, message="401: Unauthorized")

    @classmethod
    def forbidden(cls, code: int = 50013, message: str = "Missing Permissions") -> Self:
        return cls(status=403, code=code, message=message)

    @property
    def hides_answer(self) -> bool:
        return self.status is not None and self.after

    async def hold_up(self) -> None:
        await asyncio.sleep(self.delay)
        if self.gate is not None:
            await self.gate.wait()

    def answer(self) -> web.Response:
        if isinstance(self.body, str):
            return web.Response(text=self.body, status=self.status or 500, headers=self.headers)
        body = {"message": self.message, "code": self.code} if self.body is None else self.body
        return reply(body, self.status or 500, self.headers)


NO_FAULT = Fault()


@dataclass
class _Trap:
    method: str
    path: re.Pattern[str]
    fault: Fault
    times: int


class Traps:
    """The faults that wait for a request."""

    def __init__(self) -> None:
        self.struck: list[Fault] = []
        self._traps: list[_Trap] = []

    def add(self, method: str, path: str, fault: Fault, times: int) -> None:
        self._traps.append(_Trap(method, re.compile(path), fault, times))

    def clear(self) -> None:
        self._traps.clear()

    def take(self, method: str, path: str) -> Fault:
        for trap in self._traps:
            if trap.times and trap.method == method and trap.path.search(path):
                trap.times -= 1
                self.struck.append(trap.fault)
                return trap.fault
        return NO_FAULT


@dataclass
class _Bucket:
    resets_at: float
    left: int = BUCKET_SIZE


class RateLimits:
    """Five requests in five seconds per route and channel, fifty a second in all."""

    def __init__(self, clock: Clock) -> None:
        self.on = False
        self._clock = clock
        self._buckets: dict[tuple[str, str], _Bucket] = {}
        self._recent: deque[float] = deque()

    def spend(self, method: str, path: str) -> tuple[dict[str, str], web.Response | None]:
        """The headers for this request's answer, and the refusal where it is one too many."""
        if not self.on:
            return {}, None
        now = self._clock.now()
        if wait := self._wait_of_all(path, now):
            headers = _limited_headers(wait, everywhere=True)
            return {}, reply(_limited_body(wait, everywhere=True), 429, headers)
        return self._spend_from_bucket(method, path, now)

    def _wait_of_all(self, path: str, now: float) -> float:
        if path.startswith(UNLIMITED_BY_THE_GLOBAL_LIMIT):
            return 0
        while self._recent and self._recent[0] <= now - 1:
            self._recent.popleft()
        if len(self._recent) >= GLOBAL_SIZE:
            return self._recent[0] + 1 - now
        self._recent.append(now)
        return 0

    def _spend_from_bucket(
        self, method: str, path: str, now: float
    ) -> tuple[dict[str, str], web.Response | None]:
        route, major = _route(path)
        name = hashlib.sha256(f"{method} {route}".encode()).hexdigest()[:16]
        bucket = self._buckets.get((name, major))
        if bucket is None or bucket.resets_at <= now:
            bucket = self._buckets[name, major] = _Bucket(now + BUCKET_SECONDS)
        empty = bucket.left == 0
        bucket.left = max(0, bucket.left - 1)
        headers = _bucket_headers(name, bucket, now)
        if not empty:
            return headers, None
        wait = bucket.resets_at - now
        headers |= _limited_headers(wait, everywhere=False)
        return {}, reply(_limited_body(wait, everywhere=False), 429, headers)


def _route(path: str) -> tuple[str, str]:
    """The route without its ids, and the id (or webhook token) that has a bucket of its own."""
    token = re.match(r"/webhooks/\d+/[^/]+", path)
    ids = re.findall(r"\d{6,}", path)
    major = token.group() if token else next(iter(ids), "")
    return re.sub(r"\d{6,}", ":id", path.replace(major, ":major", 1) if major else path), major


def _bucket_headers(name: str, bucket: _Bucket, now: float) -> dict[str, str]:
    return {
        "X-RateLimit-Limit": str(BUCKET_SIZE),
        "X-RateLimit-Remaining": str(bucket.left),
        "X-RateLimit-Reset": f"{bucket.resets_at:.3f}",
        "X-RateLimit-Reset-After": f"{bucket.resets_at - now:.3f}",
        "X-RateLimit-Bucket": name,
    }


def _limited_headers(retry_after: float, *, everywhere: bool) -> dict[str, str]:
    scope = "global" if everywhere else "user"
    headers = {"Retry-After": str(math.ceil(retry_after)), "X-RateLimit-Scope": scope}
    return BEHIND_A_PROXY | headers | ({"X-RateLimit-Global": "true"} if everywhere else {})


def _limited_body(retry_after: float, *, everywhere: bool) -> JSON:
    text = "You are being rate limited."
    return {"message": text, "retry_after": round(retry_after, 3), "global": everywhere}
