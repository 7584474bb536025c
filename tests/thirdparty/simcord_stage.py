"""The Discord adapter inside simcord, a Discord that others wrote; an empty bot behind it.

Inside the process, and with a clock of its own: it judges what is asked of it, not how it comes.
"""

from dataclasses import dataclass, field

import discord
import simcord
from discord.app_commands import AppCommand

from adapters.discord.client import HomeroomClient
from adapters.discord.cursors import Cursors
from adapters.discord.inbox import DiscordInbox
from adapters.discord.opening import open_discord
from adapters.discord.origins import PLATFORM
from bot.core.messages import Message
from tests.fakes.memory import FakeMemory
from tests.fakes.posts import FakePosts
from tests.integration.discord_stage import Door

_INTERACTION = "INTERACTION_CREATE"


@dataclass
class SimStage:
    door: Door = field(default_factory=Door)
    memory: FakeMemory = field(default_factory=FakeMemory)
    posts: FakePosts = field(default_factory=FakePosts)
    lag: float = 0.0  # seconds that the bot's clock is behind

    def furnish(self, env: simcord.Env) -> None:
        self.env = env
        self.guild = env.create_guild()
        self.channel = self.guild.create_text_channel("general")
        self.ann = self.guild.add_member(env.create_user("ann"))

    async def client(self) -> HomeroomClient:
        """The product's own, as `listen` and the supervisor make it.

        What it asks of Discord besides goes the same way: here only one client is taken in.
        """
        self.adapter = open_discord("token", self.memory, self.now)
        self.adapter.open(self.door)
        self.door.adapters[PLATFORM] = self.adapter
        cursors = Cursors(self.memory, self.now)
        await cursors.load()
        inbox = DiscordInbox(self.door, cursors, self.adapter._statuses)
        supervisor = self.adapter._connect(inbox, None)
        self.adapter._rest._client = client = supervisor._make(supervisor._reads_messages)
        return client

    async def restart(self) -> None:
        """Another process with the same memory."""
        await self.env.restart_bot(await self.client())

    def now(self) -> float:
        """By the clock in there, which is not there from the beginning."""
        return self.env.now().timestamp() - self.lag if hasattr(self, "env") else 0.0

    @property
    def mention(self) -> str:
        assert self.env.bot.user
        return self.env.bot.user.mention

    @property
    def heard(self) -> Message:
        """What was accepted last."""
        return self.door.accepted[-1]

    async def answer(self, text: str = "because", *, final: bool = True) -> str:
        """Answer what was accepted last."""
        return await self.posts.answer(self.adapter, self.heard, text, self.now, final=final)

    async def tell_again(self, **other: str) -> None:
        """The last interaction comes a second time, or as another one with the same words."""
        told = [event for _, name, event in self.env.backend.transcript if name == _INTERACTION]
        self.env.backend.emit(_INTERACTION, told[-1] | other)
        await self.env.settle()

    async def tell_late(self, seconds: float) -> None:
        """An interaction like the last one is told so long after it was made."""
        place = (self.channel.id, self.ann.id, self.guild.id)
        made = self.env.backend.new_interaction(
            discord.InteractionType.application_command.value, *place
        )
        await self.env.advance_time(seconds)
        await self.tell_again(id=str(made.id), token=made.token)

    async def commands(self) -> list[AppCommand]:
        """As Discord knows them."""
        assert isinstance(self.env.bot, HomeroomClient)
        return await self.env.bot.tree.fetch_commands()

    def pinged(self, message: discord.Message) -> set[int]:
        """Who is notified by a message."""
        return set(self.env.backend.get_message(message.channel.id, message.id).ping_user_ids)

    def requests(self, method: str, path: str) -> list[simcord.HttpLogEntry]:
        made = self.env.http_requests
        return [one for one in made if one.method == method and one.path.endswith(path)]
