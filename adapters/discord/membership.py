"""Who somebody is in a server, wherever on Discord she asks."""

from collections.abc import Collection

from adapters.discord.courier import Courier
from adapters.discord.errors import discord_errors
from adapters.discord.origins import Origin, time_of, traits
from adapters.discord.rest import Rest
from bot.core.errors import Undeliverable
from bot.core.messages import Message
from bot.core.ports.clock import Clock
from bot.core.recent import RecentMap

_FRESH_FOR = 40.0  # seconds
_INSIDE_FOR = 600.0  # seconds
_MOST_SERVERS = 100  # looked through for a person


class Membership:
    def __init__(self, rest: Rest, clock: Clock) -> None:
        self._rest = rest
        self._clock = clock
        self._inside = RecentMap[str, float]()  # until when somebody is taken to be
        self._known = RecentMap[tuple[str, str], tuple[frozenset[str] | None, float]]()

    async def traits_in(self, question: Message, guild: str) -> Collection[str] | None:
        """As the question itself tells them while it is new; else Discord is asked."""
        origin = Origin.of(question)
        asked_at = time_of(origin.asked_at(question)) or 0.0
        is_new = self._clock() - asked_at < _FRESH_FOR
        if origin.guild == guild and is_new and not origin.late:
            return traits(question)
        roles = await self._roles(guild, question.author.id)
        if roles is None:
            return None
        return {f"server:{guild}", f"user:{question.author.id}", *(f"role:{one}" for one in roles)}

    async def is_inside(self, question: Message) -> bool:
        """Whether she asks in a server where the bot is, or is in one of them."""
        origin, person = Origin.of(question), question.author.id
        if origin.guild and not origin.abroad:
            return True
        until = self._inside.get(person) or 0.0
        if self._clock() < until:
            return True
        for guild in await self._servers():
            if await self._roles(guild, person) is not None:
                self._inside.put(person, self._clock() + _INSIDE_FOR)
                return True
        return False

    async def _servers(self) -> list[str]:
        client = await self._rest.client()
        with discord_errors():
            return [str(one.id) async for one in client.fetch_guilds(limit=_MOST_SERVERS)]

    async def may_post(self, guild: str, channel: str) -> bool:
        """Whether the bot's own roles let it; what it cannot see it cannot write in."""
        if not (guild.isdecimal() and channel.isdecimal()):
            return False
        client = await self._rest.client()
        try:
            with discord_errors():
                server = await client.fetch_guild(int(guild), with_counts=False)
                place = await server.fetch_channel(int(channel))
                me = await server.fetch_member(client.user.id if client.user else 0)
        except Undeliverable:
            return False
        granted = place.permissions_for(me)
        return granted.view_channel and granted.send_messages

    async def _roles(self, guild: str, person: str) -> frozenset[str] | None:
        roles, at = self._known.get((guild, person)) or (None, 0.0)
        if self._clock() - at >= _FRESH_FOR:
            at = self._clock()
            with discord_errors():
                found = await Courier(await self._rest.client()).roles_in(guild, person)
            roles = None if found is None else frozenset(found)
            self._known.put((guild, person), (roles, at))
        return roles
