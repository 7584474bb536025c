"""How far each channel has been read: where catch-up begins after a restart."""

from adapters.discord.memory import recall_list, remember_list
from bot.core.ports.clock import Clock
from bot.core.ports.memory import Memory

_DISCORD_EPOCH = 1_420_070_400  # seconds; snowflakes count from 2015
_OLDEST = 6 * 3600.0  # nobody waits longer for an answer
_MARGIN = 600.0  # what was said this long before the bot's last sign of life was seen to
_ALIVE = "discord:alive"
_DIRECT = "discord:direct"
_MOST_DIRECT = 100  # direct messages looked through: Discord does not list them at a start


class Cursors:
    """A cursor is the id of the last message read in a channel: ids are times.

    Channels nobody spoke to the bot in have none. There the bot's last sign of life counts, which
    is not renewed while anything is still to be caught up with.
    """

    def __init__(self, memory: Memory, clock: Clock, group: str = "") -> None:
        """`group`: the shards whose signs of life these are; without it, all or the first ones."""
        self._memory = memory
        self.clock = clock
        self._sign = f"{_ALIVE}:{group}" if group else _ALIVE
        self._alive = 0.0
        self._read: dict[str, int] = {}
        self._direct: list[str] = []

    async def load(self) -> None:
        """Recall what the last process left; called before anything is read.

        At the very first start, nothing that was said before it is looked at. A group that is
        new, because there are more shards now, begins where the first one was.
        """
        kept = await self._memory.recall(self._sign) or await self._memory.recall(_ALIVE)
        now = self.clock()
        # A sign of life out of the future is that of a clock that was wrong.
        self._alive = min(float(kept), now) - _MARGIN if kept else now
        self._direct = [str(channel) for channel in await recall_list(self._memory, _DIRECT)]
        if not kept:
            await self._memory.remember(self._sign, str(self.clock()))

    async def note_life(self) -> None:
        """All that was said until now has been seen to."""
        self._alive = self.clock() - _MARGIN
        await self._memory.remember(self._sign, str(self.clock()))

    async def start_of(self, channel: str) -> int:
        """The id after which messages of a channel are still to be read."""
        return max(int(await self._memory.recall(_name(channel)) or 0), self.floor())

    def floor(self) -> int:
        """The id before which nothing is read, in any channel."""
        return snowflake(max(self._alive, self.clock() - _OLDEST))

    async def move(self, channel: str, message: int) -> None:
        """Never back: catch-up and live messages come as they like."""
        if message > self._read.get(channel, 0):
            self._read[channel] = message
            await self._memory.remember(_name(channel), str(message))

    async def note_direct(self, channel: str) -> None:
        """A direct message is known: the newest come first."""
        if self._direct[:1] != [channel]:
            rest = [known for known in self._direct if known != channel]
            self._direct = [channel, *rest][:_MOST_DIRECT]
            await remember_list(self._memory, _DIRECT, self._direct)

    def direct(self) -> tuple[str, ...]:
        return tuple(self._direct)


def snowflake(at: float) -> int:
    """The first id of a moment."""
    return max(0, int((at - _DISCORD_EPOCH) * 1000)) << 22


def _name(channel: str) -> str:
    return f"discord:cursor:{channel}"
