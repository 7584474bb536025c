"""Groups of shards: what one process of several listens to.

Discord says how many shards there are, and a server's id says which one tells of it. The number is
part of a group's name: when it grows, a process that starts anew holds seats of its own beside
those who still listen by the old number, and what both hear is accepted once. So no server goes
unheard while one process after the other is restarted, and all have to be.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import discord

from adapters.discord.errors import discord_errors
from adapters.discord.reach import Reach
from adapters.discord.rest import Rest
from bot.core.errors import ConfigError, TransientError

# A shard has a thousand servers or so, a process can hear sixteen thousand; and since Discord lets
# one shard in every five seconds, who takes over a group has all of it within 80.
SHARDS_OF_A_GROUP = 16


@dataclass(frozen=True, slots=True)
class Group:
    """`first` to `last` of `count` shards."""

    first: int
    last: int
    count: int

    @classmethod
    def named(cls, name: str) -> "Group":
        ids, _, count = name.partition("/")
        first, _, last = ids.partition("-")
        return cls(int(first), int(last), int(count))

    def __str__(self) -> str:
        return f"{self.first}-{self.last}/{self.count}"

    @property
    def ids(self) -> list[int]:
        return list(range(self.first, self.last + 1))


def groups(count: int, size: int) -> Sequence[Group]:
    """All shards, in groups of at most `size`."""
    return [Group(one, min(one + size, count) - 1, count) for one in range(0, count, size)]


async def count_shards(rest: Rest, reach: Reach, wait: float) -> int:
    """As many as Discord wants; asked until it answers, each `wait` seconds.

    Raises ConfigError if the token is none.
    """
    while True:
        try:
            client = await rest.client()
            with discord_errors():
                count, *_ = await client.http.get_bot_gateway()
        except TransientError as error:
            if isinstance(error.__cause__, discord.LoginFailure):
                raise ConfigError("DISCORD_TOKEN is not accepted by Discord") from error
            reach.lost(error)
        else:
            return count
        await asyncio.sleep(wait)
