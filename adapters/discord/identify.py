"""The budget of IDENTIFYs: 1,000 a day, beyond which Discord resets the token and writes a mail.

It is kept on disk, for a bot that crashes at once and is started again spends it fastest.
"""

import asyncio

import structlog

from adapters.discord.memory import Memory, recall_list, remember_list
from bot.ports import Clock

log = structlog.get_logger()

_NAME = "discord:identifies"
_DAY = 86_400.0
_HOUR = 3600.0
_MOST = 900  # a day
_CALM = 20  # an hour; beyond it the rest of the day's budget is spread evenly


class IdentifyBudget:
    """`gap`: seconds between two, which Discord asks for (its max_concurrency is mostly 1)."""

    def __init__(self, memory: Memory, clock: Clock, gap: float = 5.0) -> None:
        self._memory = memory
        self._clock = clock
        self._gap = gap
        self._lock = asyncio.Lock()
        self.spent = 0  # in the last day

    async def spend(self) -> None:
        """Wait until one more is in order, and note it before it is made."""
        async with self._lock:
            times = [float(at) for at in await recall_list(self._memory, _NAME)]
            wait = self._wait(times)
            if wait > self._gap:
                log.warning("identify_postponed", seconds=round(wait))
            await asyncio.sleep(wait)
            now = self._clock()
            times = [*(at for at in times if at > now - _DAY), now]
            await remember_list(self._memory, _NAME, times)
            self.spent = len(times)

    def _wait(self, times: list[float]) -> float:
        now = self._clock()
        today = [at for at in times if now - _DAY < at <= now]
        if len(today) >= _MOST:
            return today[-_MOST] + _DAY - now
        recent = sum(at > now - _HOUR for at in today)
        gap = self._gap if recent < _CALM else _DAY / _MOST
        return max(0.0, today[-1] + gap - now) if today else 0.0
