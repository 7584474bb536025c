"""Answers nobody could be given: kept until the person asks for them with /status."""

import asyncio
import json

from bot.core.ports.memory import Memory

_MOST = 5


class Kept:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._writing = asyncio.Lock()

    async def add(self, person: str, question: str, text: str) -> None:
        """One for each question, the newest last; the last word is the whole of it."""
        async with self._writing:
            kept = await self._read(person)
            kept.pop(question, None)
            kept[question] = text
            await self._write(person, dict([*kept.items()][-_MOST:]))

    async def texts(self, person: str) -> list[str]:
        return [*(await self._read(person)).values()]

    async def forget(self, person: str, shown: str | None = None) -> None:
        """What has been shown, in these words; without them, all of it."""
        async with self._writing:
            kept = await self._read(person)
            left = {} if shown is None else {q: t for q, t in kept.items() if t not in shown}
            if left != kept:
                await self._write(person, left)

    async def _read(self, person: str) -> dict[str, str]:
        kept: dict[str, str] = json.loads(await self._memory.recall(_name(person)) or "{}")
        return kept

    async def _write(self, person: str, kept: dict[str, str]) -> None:
        await self._memory.remember(_name(person), json.dumps(kept))


def _name(person: str) -> str:
    return f"discord:kept:{person}"
