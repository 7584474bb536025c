"""Everything the fake Discord remembers, and its one clock."""

import mimetypes
import time
from collections.abc import Callable, Sequence
from typing import Any

from tests.fakes.discord_permissions import DEFAULT
from tests.fakes.discord_things import DM, Attachment, Channel, Guild, Message, Role, User

EPOCH = 1420070400000
FILE_LIFETIME = 24 * 3600


class Clock:
    """Wall time plus what a test has added. Deadlines see the added part only, unless `ticking`."""

    def __init__(self) -> None:
        self.elapsed = 0.0
        self.ticking = False

    def now(self) -> float:
        return time.time() + self.elapsed

    def deadline_time(self) -> float:
        return self.elapsed + (time.monotonic() if self.ticking else 0)


class World:
    """Everything that is remembered. `announce` is who tells the bot of a change."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.shards = 1
        self.announce: Callable[[str, Any], None] = lambda event, subject: None
        self.users: dict[int, User] = {}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.files: dict[int, Attachment] = {}
        self.cdn_url = ""
        self.interactions_url: str | None = None  # where an owner may send them instead
        self._last_id = 0
        self.bot = self.add_user("Homeroom", bot=True)
        self.owner = self.add_user("owner")

    def new_id(self, shard: int | None = None) -> int:
        """A snowflake greater than all before, of a server on `shard` where that is asked."""
        milliseconds = int(self.clock.now() * 1000) - EPOCH
        wanted = max(milliseconds << 22, self._last_id + 1)
        if shard is not None:
            wanted += ((shard - (wanted >> 22)) % self.shards) << 22
        self._last_id = wanted
        return wanted

    def add_user(self, name: str, *, bot: bool = False) -> User:
        user = User(id=self.new_id(), name=name, bot=bot)
        self.users[user.id] = user
        return user

    def add_guild(
        self,
        name: str = "School",
        *,
        shard: int | None = None,
        owner: User | None = None,
        joined: bool = True,
        bot_permissions: int = 0,
    ) -> Guild:
        """A server; with `joined=False` one that the bot is not in."""
        wanted = len(self.guilds) % self.shards if shard is None else shard
        guild = Guild(
            id=self.new_id(wanted), name=name, world=self, owner=owner or self.owner, joined=False
        )
        guild.roles[guild.id] = Role(
            id=guild.id, guild=guild, name="@everyone", permissions=DEFAULT, mentionable=False
        )
        guild.add_member(guild.owner)
        self.guilds[guild.id] = guild
        if joined:
            self.join(guild, bot_permissions)
        return guild

    def join(self, guild: Guild, bot_permissions: int = 0) -> None:
        role = guild.add_role(self.bot.name, permissions=bot_permissions, bot_id=self.bot.id)
        guild.add_member(self.bot, roles=[role])
        guild.joined = True
        self.announce("GUILD_CREATE", guild)

    def leave(self, guild: Guild) -> None:
        guild.joined = False
        del guild.members[self.bot.id]
        self.announce("GUILD_DELETE", guild)

    def open_dm(self, *users: User) -> Channel:
        """The direct messages of the bot and a user, or of two users (out of the bot's sight)."""
        recipients = [self.bot, *users] if len(users) == 1 else [*users]
        for channel in self.channels.values():
            if channel.recipients == recipients:
                return channel
        channel = Channel(
            id=self.new_id(), kind=DM, name=recipients[-1].name, world=self, recipients=recipients
        )
        self.channels[channel.id] = channel
        return channel

    def attach(
        self,
        filename: str,
        data: bytes,
        content_type: str | None = None,
        description: str | None = None,
    ) -> Attachment:
        """Put a file where it can be downloaded from, for a day.

        Its type is told by its name's end, and not at all where Discord does not know that.
        """
        number = self.new_id()
        if content_type in (None, "application/octet-stream"):
            content_type = mimetypes.guess_type(filename)[0] or ""
        made = Attachment(number, filename, content_type or "", data, "", description)
        self.files[number] = made
        self.sign([made])
        return made

    def sign(self, attachments: Sequence[Attachment]) -> None:
        """Give files the addresses they have from now on, as whenever a message is looked at."""
        until = int(self.clock.now() + FILE_LIFETIME)
        for one in attachments:
            path = f"attachments/1/{one.id}/{one.filename}"
            one.url = f"{self.cdn_url}/{path}?ex={until:x}&is=0&hm=0"

    def open_thread(
        self, parent: Channel, name: str, owner: User, *, starter: Message | None, kind: int
    ) -> Channel:
        thread = Channel(
            id=starter.id if starter else self.new_id(),
            kind=kind,
            name=name,
            world=self,
            guild=parent.guild,
            parent=parent,
            owner_id=owner.id,
            joined={owner.id},
        )
        self.add_channel(thread)
        return thread

    def remove(self, channel: Channel) -> None:
        """A channel or a thread is deleted, with all that stands in it."""
        del self.channels[channel.id]
        if channel.guild is not None:
            del channel.guild.channels[channel.id]
        self.announce("THREAD_DELETE" if channel.thread else "CHANNEL_DELETE", channel)

    def add_channel(self, channel: Channel) -> None:
        self.channels[channel.id] = channel
        if channel.guild is not None:
            channel.guild.channels[channel.id] = channel
