"""How long Discord is waited for, and how often it is shown something."""

import asyncio
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscordWaits:
    """How long Discord is waited for, in seconds. Tests have less time."""

    between_clients: float = 1.0  # at first
    last_words: float = 0.8  # at the end, for what was heard to be written down
    shards: float = 5.0  # between two questions how many there are, while nobody answers
    pulse: float = 60.0  # between two signs of life
    tries: int = 3  # to read a channel's history


class PreviewPace:
    """One scheduler for a channel, whoever is answered there.

    Discord takes about five edits in five seconds in a channel; discord.py lets the one that is
    too many wait for up to five seconds, and with it whoever waits for it.
    """

    def __init__(self, gap: float) -> None:
        self._gap = gap
        self._next: dict[str, float] = {}

    async def wait(self, channel: str) -> None:
        """Take the channel's next slot. The last word of an answer does not stand in this line."""
        now = asyncio.get_running_loop().time()
        self._next = {name: at for name, at in self._next.items() if at > now}
        at = max(now, self._next.get(channel, 0.0))
        self._next[channel] = at + self._gap
        await asyncio.sleep(at - now)
