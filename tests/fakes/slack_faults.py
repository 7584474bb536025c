"""How the fake Slack misbehaves when it is told to, and when it is asked too often."""

import asyncio
import json
import math
import time
from collections import defaultdict, deque
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import Self

from aiohttp import web

from tests.fakes.misbehaving import Misbehaviour


@dataclass(frozen=True, kw_only=True)
class Fault(Misbehaviour):
    """A fault that is nothing but a delay lets the true answer through, late."""

    error: str = "internal_error"
    body: str | None = None
    content_type: str = "application/json"

    @classmethod
    def rate_limited(cls, retry_after: float | None = 1) -> Self:
        headers = {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
        return cls(status=429, error="ratelimited", headers=headers)

    @classmethod
    def refused(cls, error: str) -> Self:
        """Answer `ok: false`, as Slack does when it has understood the request."""
        return cls(status=200, error=error)

    @classmethod
    def server_error(cls, status: int = 500) -> Self:
        return cls(status=status)

    @classmethod
    def html(cls, status: int = 200) -> Self:
        page = "<html><body>Something went wrong at Slack.</body></html>"
        return cls(status=status, body=page, content_type="text/html")

    @classmethod
    def broken_json(cls) -> Self:
        return cls(status=200, body='{"ok": tr')

    @classmethod
    def slow(cls, seconds: float, *, after: bool = False) -> Self:
        return cls(delay=seconds, after=after)

    @property
    def hides_answer(self) -> bool:
        return self.drop == "after" or (self.status is not None and self.after)

    @property
    def name(self) -> str:
        """What the answer amounts to, for the record."""
        if self.drop:
            return f"dropped_{self.drop}"
        refuses = self.status == web.HTTPOk.status_code and self.body is None
        return self.error if refuses else f"http_{self.status}"

    def answer(self) -> web.Response:
        body = json.dumps({"ok": False, "error": self.error}) if self.body is None else self.body
        return web.Response(
            status=self.status or 500,
            text=body,
            content_type=self.content_type,
            headers=self.headers,
        )


@dataclass
class _Trap:
    method: str
    fault: Fault
    times: int
    skip: int


class Faults:
    """The faults that are waiting, and the limits of the tiers (none unless set)."""

    def __init__(self) -> None:
        self.tiers: dict[str, tuple[int, float]] = {}
        self.struck: list[Fault] = []
        self._traps: list[_Trap] = []
        self._seen: defaultdict[tuple[str, str], deque[float]] = defaultdict(deque)

    def add(self, method: str, fault: Fault, times: int, skip: int) -> None:
        self._traps.append(_Trap(method, fault, times, skip))

    def clear(self) -> None:
        self._traps.clear()

    def take(self, method: str) -> Fault | None:
        for trap in self._traps:
            if not trap.times or not fnmatch(method, trap.method):
                continue
            if trap.skip:
                trap.skip -= 1
                continue
            trap.times -= 1
            self.struck.append(trap.fault)
            return trap.fault
        return None

    def over_limit(self, method: str, whose: str) -> Fault | None:
        """Count a call against its tier; too many are refused until the oldest is forgotten."""
        if method not in self.tiers:
            return None
        count, window = self.tiers[method]
        now, seen = time.monotonic(), self._seen[method, whose]
        while seen and seen[0] <= now - window:
            seen.popleft()
        if len(seen) >= count:
            return Fault.rate_limited(max(1, math.ceil(seen[0] + window - now)))
        seen.append(now)
        return None


NO_FAULT = Fault()


async def wait_out(fault: Fault, *, after: bool) -> None:
    if fault.delay and fault.after == after:
        await asyncio.sleep(fault.delay)
