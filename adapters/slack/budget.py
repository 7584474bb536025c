"""How often each method may be called: one budget for the whole process.

Slack counts per method, workspace and app. The library's own handler of 429 waits per call, so
that thirty tasks wake in the same instant and are refused together; here all callers of a method
stand in one line.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from bot.core.errors import PlatformUnavailable


@dataclass(frozen=True, slots=True)
class Rate:
    per_minute: float
    burst: int = 1


_TIER_2 = Rate(18, 6)  # Slack: "20+ a minute"
_TIER_3 = Rate(45, 15)
_TIER_4 = Rate(90, 30)
_STATUS = Rate(300, 30)
# The tiers of the streaming methods and of the statuses are not documented; these were observed.
RATES = {
    "chat.startStream": _TIER_2,
    "chat.stopStream": _TIER_2,
    "chat.appendStream": _TIER_4,
    "chat.postMessage": Rate(200, 30),  # of a workspace; a channel has its own below
    "chat.postEphemeral": _TIER_4,
    "users.info": _TIER_4,
    "files.getUploadURLExternal": _TIER_4,
    "files.completeUploadExternal": _TIER_4,
    "usergroups.users.list": _TIER_2,
    "assistant.threads.setStatus": _STATUS,
    "agents.sessions.setStatus": _STATUS,
}
CHANNEL_RATES = {"chat.postMessage": Rate(60, 3)}
_MOST_LINES = 1000

_Key = tuple[str, str, str]


class _Line:
    """The callers of one method in one place: each reserves the next free moment."""

    def __init__(self, rate: Rate) -> None:
        self.closings = 0
        self._interval = 60.0 / rate.per_minute
        self._slack = (rate.burst - 1) * self._interval
        self._due = float("-inf")  # when the next call would be due at an even pace
        self._closed_until = float("-inf")

    def wait(self, now: float) -> float:
        return max(0.0, self._due - self._slack - now)

    def is_idle(self, now: float) -> bool:
        """Whether a new line would let the next caller through just the same."""
        return self._due <= now

    def reserve(self, now: float) -> None:
        self._due = max(self._due, now) + self._interval

    def close(self, until: float) -> None:
        """Nobody calls before `until`, and then one after the other; who has reserved, anew."""
        self.closings += 1
        self._closed_until = max(self._closed_until, until)
        self._due = self._closed_until + self._slack


class Budget:
    """`take` waits for one's turn; `refused` makes everybody wait."""

    def __init__(
        self,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        rates: Mapping[str, Rate] = RATES,
    ) -> None:
        self.now = now
        self._sleep = sleep
        self._rates = rates
        self._lines: dict[_Key, _Line] = {}

    def is_free(self, method: str, team: str) -> bool:
        return not self._line((method, team, "")).wait(self.now())

    async def take(self, method: str, team: str, channel: str, patience: float) -> None:
        """Wait for the moment to call; raises PlatformUnavailable when that is too far off."""
        until = self.now() + patience
        for key in _keys(method, team, channel):
            await self._take(self._line(key), until)

    def refused(self, method: str, team: str, channel: str, retry_after: float) -> None:
        """Slack said 429: all callers of this method wait, those who stand in line too."""
        self._line(_keys(method, team, channel)[-1]).close(self.now() + retry_after)

    async def _take(self, line: _Line, until: float) -> None:
        while True:
            now, closings = self.now(), line.closings
            wait = line.wait(now)
            if wait and now + wait > until:
                raise PlatformUnavailable("this method's budget is used up", retry_after=wait)
            line.reserve(now)
            if wait:
                await self._sleep(wait)
            if line.closings == closings:
                return

    def _line(self, key: _Key) -> _Line:
        if key not in self._lines:
            self._forget_idle()
            method, _, channel = key
            rates = CHANNEL_RATES if channel else self._rates
            self._lines[key] = _Line(rates.get(method, _TIER_3))
        return self._lines[key]

    def _forget_idle(self) -> None:
        """Each channel has a line: those that nobody stands in are made anew when needed."""
        if len(self._lines) >= _MOST_LINES:
            now = self.now()
            self._lines = {key: line for key, line in self._lines.items() if not line.is_idle(now)}


def _keys(method: str, team: str, channel: str) -> list[_Key]:
    """The lines a call stands in, the wider first."""
    workspace = (method, team, "")
    has_own = channel and method in CHANNEL_RATES
    return [workspace, (method, team, channel)] if has_own else [workspace]
