"""The budget of IDENTIFYs: 1,000 a day, beyond which Discord resets the token and writes a mail.

It is kept on disk, for a bot that crashes at once and is started again spends it fastest, and for
all processes that listen together.
"""

import asyncio
import json

import structlog

from adapters.discord.memory import read_list
from bot.core.ports.clock import Clock
from bot.core.ports.memory import Memory

log = structlog.get_logger()

_NAME = "discord:identifies"
_DAY = 86_400.0
_HOUR = 3600.0
_MOST = 900  # a day
_CALM = 20  # an hour; beyond it the rest of the day's budget is spread evenly
_STARTS = 3  # an hour, of all shards: where these are many, that is calm, too
_SKEW = 60.0  # seconds by which another machine's clock may be ahead; more is a clock gone wrong


class IdentifyBudget:
    """`gap`: seconds between two, which Discord asks for (its max_concurrency is mostly 1).

    The note of the last one is replaced by whoever is next, and can be so by one process only.
    """

    def __init__(self, memory: Memory, clock: Clock, gap: float = 5.0) -> None:
        self._memory = memory
        self._clock = clock
        self._gap = gap
        self._lock = asyncio.Lock()
        self.spent = 0  # in the last day

    async def spend(self, shards: int = 1) -> None:
        """Wait until one more is in order, and note it before it is made.

        `shards`: how many there are, each of which needs one at a start.
        """
        async with self._lock:
            while not await self._note(shards):
                """Another process was quicker, or it was not time yet: look again."""

    async def _note(self, shards: int) -> bool:
        kept = await self._memory.recall(_NAME) or ""
        times = [float(at) for at in read_list(kept)]
        wait = self._wait(times, shards)
        if wait > self._gap:
            log.warning("identify_postponed", seconds=round(wait))
        if wait:
            await asyncio.sleep(wait)
            return False
        now = self._clock()
        times = [*(at for at in times if at > now - _DAY), now]
        self.spent = len(times)
        return await self._memory.replace(_NAME, kept, json.dumps(times))

    def _wait(self, times: list[float], shards: int = 1) -> float:
        now = self._clock()
        today = sorted(at for at in times if now - _DAY < at <= now + _SKEW)
        if len(today) >= _MOST:
            return today[-_MOST] + _DAY - now
        recent = sum(at > now - _HOUR for at in today)
        is_calm = recent < max(_CALM, _STARTS * shards)
        gap = self._gap if is_calm else _DAY / _MOST
        return max(0.0, today[-1] + gap - now) if today else 0.0
