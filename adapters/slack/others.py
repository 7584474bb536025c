"""Other bots that may ask: bots that answer one another would never end.

Each is counted in its channel, whatever the thread: until a person says something there, and by
the day in any case. The counts are kept, so that a restart begins no new round.
"""

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

from bot.core.messages import ConversationKey
from bot.core.ports.clock import Clock
from bot.core.ports.memory import Memory
from bot.core.recent import RecentMap

_MOST = 5  # questions without a person's word
_MOST_A_DAY = 100


@dataclass
class _Count:
    day: str = ""
    today: int = 0
    since_person: list[str] = field(default_factory=list)  # ids: each is told more than once

    def may_ask(self, message: str, day: str) -> bool:
        if self.day != day:
            self.day, self.today = day, 0
        if message in self.since_person:
            return True
        if len(self.since_person) >= _MOST or self.today >= _MOST_A_DAY:
            return False
        self.since_person.append(message)
        self.today += 1
        return True


Counts = dict[str, _Count]


class OtherBots:
    def __init__(self, memory: Memory | None, clock: Clock) -> None:
        self._memory = memory
        self._clock = clock
        self._known = RecentMap[str, Counts]()  # by channel

    async def may_ask(self, key: ConversationKey, bots: Collection[str], message: str) -> bool:
        """`bots`: all ids of the one that speaks."""
        counts = await self._counts(key)
        day = datetime.fromtimestamp(self._clock(), UTC).date().isoformat()
        may = counts.setdefault(min(bots), _Count()).may_ask(message, day)
        await self._keep(key, counts)
        return may

    async def person_spoke(self, key: ConversationKey) -> None:
        counts = await self._counts(key)
        if any(count.since_person for count in counts.values()):
            for count in counts.values():
                count.since_person.clear()
            await self._keep(key, counts)

    async def _counts(self, key: ConversationKey) -> Counts:
        channel = _channel(key)
        counts = self._known.get(channel)
        if counts is None:
            kept = await self._memory.recall(f"slack:bots:{channel}") if self._memory else None
            counts = {bot: _Count(**count) for bot, count in json.loads(kept or "{}").items()}
            self._known.put(channel, counts)
        return counts

    async def _keep(self, key: ConversationKey, counts: Counts) -> None:
        if self._memory:
            written = json.dumps({bot: asdict(count) for bot, count in counts.items()})
            await self._memory.remember(f"slack:bots:{_channel(key)}", written)


def _channel(key: ConversationKey) -> str:
    return f"{key.space}:{key.channel}"
