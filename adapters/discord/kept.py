"""Answers nobody could be given: kept until the person asks for them with /status."""

import json

from adapters.discord.memory import Memory

_MOST = 5


class Kept:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def add(self, person: str, question: str, text: str) -> None:
        """One for each question, the newest last; the last word is the whole of it."""
        kept = await self._read(person)
        kept.pop(question, None)
        kept[question] = text
        await self._write(person, dict([*kept.items()][-_MOST:]))

    async def texts(self, person: str) -> list[str]:
        return [*(await self._read(person)).values()]

    async def forget(self, person: str) -> None:
        if await self._read(person):
            await self._write(person, {})

    async def _read(self, person: str) -> dict[str, str]:
        kept: dict[str, str] = json.loads(await self._memory.recall(_name(person)) or "{}")
        return kept

    async def _write(self, person: str, kept: dict[str, str]) -> None:
        await self._memory.remember(_name(person), json.dumps(kept))


def _name(person: str) -> str:
    return f"discord:kept:{person}"
