"""What a bot keeps between two starts, in a dictionary that outlives it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.core.errors import StorageUnavailable
from bot.core.ports.notes import Note


@dataclass
class FakeMemory:
    """While `failures` is above zero nothing can be written; `looks` counts the readings."""

    kept: dict[str, str] = field(default_factory=dict)
    looks: int = 0
    failures: int = 0

    async def remember(self, name: str, value: str) -> None:
        await self._begin()
        self.kept[name] = value

    async def replace(self, name: str, known: str, value: str) -> bool:
        await self._begin()
        is_known = self.kept.get(name, known) == known
        if is_known:
            self.kept[name] = value
        return is_known

    async def recall(self, name: str) -> str | None:
        self.looks += 1
        await asyncio.sleep(0)
        return self.kept.get(name)

    async def _begin(self) -> None:
        if self.failures > 0:
            self.failures -= 1
            raise StorageUnavailable
        await asyncio.sleep(0)  # a real one lets others go on meanwhile


@dataclass
class FakeNotes:
    kept: dict[tuple[str, str], Note] = field(default_factory=dict)

    async def add(self, person: str, note: Note, most: int) -> bool:
        has_room = sum(of == person for of, _ in self.kept) < most
        if has_room or (person, note.text) in self.kept:
            self.kept[person, note.text] = note
            return True
        return False

    async def of(self, person: str) -> Sequence[Note]:
        return [note for (of, _), note in self.kept.items() if of == person]

    async def drop(self, person: str, text: str) -> None:
        self.kept.pop((person, text), None)
