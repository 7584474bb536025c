"""How often each method may be called: one budget for the whole process.

Slack counts per method, workspace and app, and says of most methods only how many calls a minute it
takes at least. So nobody waits before Slack has refused; then all callers of that method wait as
long as it says, and go on no faster than it has taken them. What is certain is kept to from the
beginning: a message a second in a channel, some hundred a minute in a workspace. The library's own
handler of 429 waits per call, so that thirty tasks wake in the same instant and are refused
together; here all callers stand in one queue, and who was asked first calls first.
"""

import asyncio
import itertools
import time
from bisect import bisect, insort
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from bot.core.errors import PlatformUnavailable


@dataclass(frozen=True, slots=True)
class Rate:
    per_minute: float
    burst: int = 1


_TIER_2 = Rate(20, 20)  # Slack: "20+ a minute", and bursts are tolerated
_TIER_3 = Rate(50, 50)
_TIER_4 = Rate(100, 100)
_STATUS = Rate(600, 60)
# The tiers of the streaming methods are not documented; these were observed. Nothing depends on
# them: an answer that cannot be streamed is posted whole.
RATES = {
    "chat.startStream": Rate(18, 6),
    "chat.stopStream": Rate(18, 6),
    "chat.appendStream": Rate(90, 30),
    "chat.postMessage": Rate(300, 200),  # of a workspace; a channel has its own below
    "chat.postEphemeral": _TIER_4,
    "users.info": _TIER_4,
    "users.list": _TIER_2,
    "files.getUploadURLExternal": _TIER_4,
    "files.completeUploadExternal": _TIER_4,
    "usergroups.users.list": _TIER_2,
    "assistant.threads.setStatus": _STATUS,
    "agents.sessions.setStatus": _STATUS,
}
_A_MESSAGE = Rate(60, 3)  # of a channel: "one per second, short bursts >1 allowed"
CHANNEL_RATES = {"chat.postMessage": _A_MESSAGE}
_MOST_QUEUES = 1000
_SLOWEST = 4.0  # times slower than we think; a refusal may have had another reason
_RECOVERS = 0.95  # of its interval, with each call that is taken
_FORGETS = 600.0  # seconds after which a burst is tried again
_TOGETHER = 0.9  # of an interval: calls that were no burst are further apart

_Key = tuple[str, str, str]
_Ticket = tuple[float, int]


class CallQueue:
    """The callers of one method in one place: whose turn it is, and when the next one calls."""

    def __init__(self, rate: Rate) -> None:
        self.tickets: list[_Ticket] = []
        self._rate = rate
        self._burst = rate.burst
        self._interval = self._usual
        self._due = float("-inf")  # when the next call would be due at an even pace
        self._closed_until = float("-inf")
        self._called: deque[float] = deque(maxlen=2)
        self._taken: deque[float] = deque(maxlen=1000)

    def wait(self, now: float, ahead: int = 0) -> float:
        """Seconds until somebody may call who has so many before them."""
        due = self._due if not ahead else max(self._due, now) + ahead * self._interval
        return max(0.0, due - (self._burst - 1) * self._interval - now, self._closed_until - now)

    def is_idle(self, now: float) -> bool:
        """Whether a new queue would let the next caller through just the same."""
        return self._due <= now and not self.tickets and self._closed_until <= now

    def reserve(self, now: float) -> None:
        self._called.append(now)
        self._due = max(self._due, now) + self._interval

    def took(self, now: float) -> None:
        """Slack counts from when it heard a call, which is later than when it was sent."""
        self._taken.append(now)
        self._interval = max(self._usual, self._interval * _RECOVERS)
        self._due = max(self._due, now + self._interval)
        if now > self._closed_until + _FORGETS:
            self._burst = self._rate.burst

    def was_in_a_burst(self) -> bool:
        """Whether the last two calls were closer together than an even pace has them."""
        is_two = len(self._called) == self._called.maxlen
        return is_two and self._called[1] - self._called[0] < _TOGETHER * self._usual

    def close(self, now: float, seconds: float) -> None:
        """Nobody calls for so long, and then one after the other, no faster than was taken."""
        window = max(seconds, 1.0)
        taken = sum(at > now - window for at in self._taken)
        if taken:
            self._interval = min(max(window / taken, self._usual), _SLOWEST * self._usual)
        self._burst = min(self._burst, max(taken, 1))
        self._closed_until = max(self._closed_until, now + seconds)
        self._due = self._closed_until + (self._burst - 1) * self._interval

    @property
    def _usual(self) -> float:
        return 60.0 / self._rate.per_minute


class Budget:
    """`take` waits for one's turn; `refused` makes everybody wait; `took` lets them go faster."""

    def __init__(
        self,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        rates: Mapping[str, Rate] = RATES,
    ) -> None:
        self.now = now
        self._sleep = sleep
        self._rates = rates
        self._queues: dict[_Key, CallQueue] = {}
        self._doubts: dict[_Key, tuple[_Key, float]] = {}  # of a workspace: who was refused last
        self._numbers = itertools.count()

    def is_free(self, method: str, team: str, channel: str = "") -> bool:
        """Whether a call would not have to wait."""
        queues = [self._queue(key) for key in _keys(method, team, channel)]
        return not any(queue.tickets or queue.wait(self.now()) for queue in queues)

    async def take(
        self, method: str, team: str, channel: str, patience: float, order: float = 0.0
    ) -> None:
        """Wait for the moment to call: the lower `order` goes first.

        Raises PlatformUnavailable when that moment is too far off.
        """
        until = self.now() + patience
        for key in _keys(method, team, channel):
            await self._take(self._queue(key), until, (order, next(self._numbers)))

    def took(self, method: str, team: str, channel: str) -> None:
        for key in _keys(method, team, channel):
            self._queue(key).took(self.now())

    def refused(self, method: str, team: str, channel: str, retry_after: float) -> None:
        """Slack said 429: who stands in that queue waits, too.

        It does not say which limit was meant. The workspace's, if two channels are refused where
        neither had more than a message a second.
        """
        now, keys = self.now(), _keys(method, team, channel)
        narrow, wide = keys[0], keys[-1]
        self._queue(narrow).close(now, retry_after)
        if narrow == wide or self._queue(narrow).was_in_a_burst():
            return
        other, until = self._doubts.get(wide, (narrow, 0.0))
        if other != narrow and now < until:
            self._queue(wide).close(now, retry_after)
        self._doubts[wide] = narrow, now + max(retry_after, 1.0)

    async def _take(self, queue: CallQueue, until: float, ticket: _Ticket) -> None:
        insort(queue.tickets, ticket)
        try:
            while True:
                now, ahead = self.now(), bisect(queue.tickets, ticket) - 1
                wait = queue.wait(now, ahead)
                if not wait and not ahead:
                    return queue.reserve(now)
                if now + wait > until:
                    raise PlatformUnavailable("this method's budget is used up", retry_after=wait)
                await self._sleep(wait)
        finally:
            queue.tickets.remove(ticket)

    def _queue(self, key: _Key) -> CallQueue:
        if key not in self._queues:
            self._forget_idle()
            method, _, channel = key
            rates = CHANNEL_RATES if channel else self._rates
            self._queues[key] = CallQueue(rates.get(method, _TIER_3))
        return self._queues[key]

    def _forget_idle(self) -> None:
        """Each channel has a queue: those that nobody stands in are made anew when needed."""
        if len(self._queues) >= _MOST_QUEUES:
            now = self.now()
            self._queues = {key: q for key, q in self._queues.items() if not q.is_idle(now)}


def _keys(method: str, team: str, channel: str) -> list[_Key]:
    """The queues a call stands in, the narrower first."""
    workspace = (method, team, "")
    has_own = channel and method in CHANNEL_RATES
    return [(method, team, channel), workspace] if has_own else [workspace]
