"""Our reactions to questions that wait: kept, so that whoever answers can take them back.

That may be another process than the one that put them there.
"""

import asyncio
import json
import re

import discord

from adapters.discord.origins import Origin
from bot.core.ports.memory import Memory

WAITING = "⏳"
_KEYCAP = "\N{VARIATION SELECTOR-16}\N{COMBINING ENCLOSING KEYCAP}"
_TEN = "\N{KEYCAP TEN}"
_MOST = 20  # places that have a picture
_MOST_KEPT = 100  # questions of a channel


class Marks:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._writing = asyncio.Lock()

    async def put(self, client: discord.Client, origin: Origin, marks: str) -> None:
        """Written down before it is done: what is not there is taken back without harm."""
        await self._keep(origin, marks)
        for mark in marks.split():
            await client.http.add_reaction(int(origin.spoken_in), int(origin.message), mark)

    async def take(self, client: discord.Client, origin: Origin) -> None:
        marks = (await self._read(origin.spoken_in)).get(origin.message)
        if marks is None:
            return
        for mark in marks.split():
            await client.http.remove_own_reaction(int(origin.spoken_in), int(origin.message), mark)
        await self._keep(origin, "")

    async def _keep(self, origin: Origin, marks: str) -> None:
        async with self._writing:
            kept = await self._read(origin.spoken_in)
            kept.pop(origin.message, None)
            kept |= {origin.message: marks} if marks else {}
            newest = dict([*kept.items()][-_MOST_KEPT:])
            await self._memory.remember(_name(origin.spoken_in), json.dumps(newest))

    async def _read(self, channel: str) -> dict[str, str]:
        kept: dict[str, str] = json.loads(await self._memory.recall(_name(channel)) or "{}")
        return kept


def marks_of(detail: str) -> str:
    """The place in the queue as keycaps: nobody can react with the same one twice."""
    number = re.search(r"\d+", detail)
    place = int(number[0]) if number else 0
    if not 0 < place < _MOST:
        return WAITING
    tens, ones = divmod(place, 10)
    return " ".join([_TEN] * tens + ([f"{ones}{_KEYCAP}"] if ones else []))


def _name(channel: str) -> str:
    return f"discord:marks:{channel}"
