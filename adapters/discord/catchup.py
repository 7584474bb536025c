"""What was said while nobody listened: read from the channels' history, through the same door.

Discord replays nothing to a new session. So on every READY, each channel that has moved since its
cursor is read again; what was accepted before is recognised by its id. To a session that is resumed
it replays, but is known to leave something out: there the channels that spoke lately are read.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Any

import discord
import structlog

from adapters.discord.cursors import Cursors
from adapters.discord.errors import discord_errors
from adapters.discord.lanes import Lanes, Work
from adapters.discord.spoken import Spoken
from bot.core.errors import TransientError, Undeliverable

log = structlog.get_logger()

_MOST = 50  # messages of a channel
_WAIT = 2.0
_AT_A_TIME = 4  # histories: thousands would stand in line before every answer

Hear = Callable[[discord.Client, Any], Awaitable[None]]
"""Takes one message out of history, as it would take a live one."""


class CatchUp:
    def __init__(self, cursors: Cursors, lanes: Lanes, hear: Hear, tries: int) -> None:
        self._tries = tries
        self._cursors = cursors
        self.spoken = Spoken(cursors.clock)
        self._lanes = lanes
        self._hear = hear
        self._open: set[str] = set()
        self._failed: dict[str, Work] = {}
        self._readers = asyncio.Semaphore(_AT_A_TIME)

    @property
    def is_done(self) -> bool:
        """Whether nothing is known to be unread."""
        return not self._open

    def read_guild(self, client: discord.Client, guild: discord.Guild) -> None:
        """Put a server's channels that may have moved into their lanes, before what is live."""
        floor = self._cursors.floor()
        for channel in _readable(guild):
            if (channel.last_message_id or 0) > floor:
                self._put(client, str(channel.id), guild.id, channel.last_message_id)

    def read_direct(self, client: discord.Client) -> None:
        """Direct messages are not listed at a start: those that are known are looked through."""
        for channel in self._cursors.direct():
            self._put(client, channel)

    def read_lately(self, client: discord.Client) -> None:
        """After what was replayed, which is in the lanes by now."""
        for channel, guild in self.spoken.channels().items():
            self._lanes.put(channel, partial(self._read_missed, client, channel, guild))

    async def _read_missed(self, client: discord.Client, channel: str, guild: Any) -> None:
        payloads = await self._history(client, channel)
        for payload in self.spoken.missed(channel, payloads or []):
            await self._hear(client, payload | {"guild_id": guild})

    def again(self) -> None:
        """What could not be read is tried once more."""
        failed, self._failed = self._failed, {}
        for channel, read in failed.items():
            self._lanes.put(channel, read)

    async def passed(self, channel: str, message: int) -> None:
        """A message was taken. What came before it has been, too, unless it is still to be read."""
        if channel not in self._open:
            await self._cursors.move(channel, message)

    def _put(
        self,
        client: discord.Client,
        channel: str,
        guild: int | None = None,
        last: int | None = None,
    ) -> None:
        async def read() -> None:
            if await self._read(client, channel, guild, last):
                self._open.discard(channel)
                self._failed.pop(channel, None)  # by an earlier client
            else:
                self._failed[channel] = read

        self._open.add(channel)
        self._lanes.put(channel, read)

    async def _read(
        self, client: discord.Client, channel: str, guild: int | None, last: int | None
    ) -> bool:
        """Read one channel; False if it cannot be read now."""
        start = await self._cursors.start_of(channel)
        if last is not None and last <= start:
            return True
        payloads = await self._history(client, channel)
        for payload in payloads or ():
            if int(payload["id"]) > start:
                await self._hear(client, payload | {"guild_id": guild})
        if payloads:
            await self._cursors.move(channel, int(payloads[-1]["id"]))
        return payloads is not None

    async def _history(self, client: discord.Client, channel: str) -> list[Any] | None:
        """The newest messages of a channel, the oldest of them first; None if it cannot be read."""
        for attempt in range(self._tries):
            try:
                async with self._readers:
                    with discord_errors():
                        newest = await client.http.logs_from(int(channel), _MOST)
            except TransientError as error:
                log.warning("history_not_read", channel=channel, error=str(error))
                if client.is_closed():
                    break
                await asyncio.sleep(_WAIT * attempt)
            except Undeliverable as error:
                log.info("history_closed", channel=channel, error=str(error))
                return []
            else:
                return list(reversed(newest))
        return None


Readable = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread


def _readable(guild: discord.Guild) -> Iterable[Readable]:
    """Where history may be asked for: a needless 403 counts towards a ban."""
    channels: list[Readable] = [
        *guild.text_channels, *guild.voice_channels, *guild.stage_channels, *guild.threads
    ]  # fmt: skip
    for channel in channels:
        try:
            granted = channel.permissions_for(guild.me)
        except (discord.ClientException, AttributeError):
            continue  # a thread without its parent, or a server without ourselves in it
        if granted.view_channel and granted.read_message_history:
            yield channel
