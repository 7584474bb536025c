"""The pace of previews: one scheduler for a channel, whoever is answered there.

Discord takes about five edits in five seconds in a channel; discord.py lets the one that is too
many wait for up to five seconds, and with it whoever waits for it.
"""

import asyncio


class PreviewPace:
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
