"""Course material on its way into the storage: read, compared with what is there, and kept."""

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from bot.core.materials import Draft, Unread
from bot.core.ports.clock import Clock
from bot.core.ports.materials import Materials
from bot.core.text import plural
from bot.reading.folders import Handed
from bot.reading.lines import UnreadableDocument
from bot.reading.reader import read_document
from bot.words import say


class Outcome(StrEnum):
    ADDED = "added"
    REPLACED = "replaced"
    UNCHANGED = "unchanged"
    REFUSED = "left out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelved:
    """What came of a file that was handed in."""

    name: str
    outcome: Outcome
    why: str = ""  # it was left out
    passages: int = 0
    unread: tuple[Unread, ...] = ()

    def __str__(self) -> str:
        """For whoever handed it in."""
        if self.outcome is Outcome.REFUSED:
            return say("{name} was left out: {why}.", name=self.name, why=say(self.why))
        if self.outcome is Outcome.UNCHANGED:
            return say("{name} is unchanged.", name=self.name)
        places = ", ".join(one.place for one in self.unread)
        unread = say("; could not be read: {places}", places=places) if places else ""
        return say(
            "{name} was {outcome}: {passages}{unread}.",
            name=self.name,
            outcome=say(self.outcome),
            passages=plural(self.passages, "passage"),
            unread=unread,
        )


def _content(handed: Handed) -> tuple[bytes, str]:
    """It may have to be unpacked: for a thread."""
    data = handed.read()
    return data, sha256(data).hexdigest()


class Shelf:
    def __init__(self, materials: Materials, clock: Clock) -> None:
        self._materials = materials
        self._clock = clock

    async def add(
        self, handed: Handed, scope: str, *, added_by: str = "", address: str = ""
    ) -> Shelved:
        """What is there already is not read again; what has changed takes the older one's place."""
        try:
            data, digest = await asyncio.to_thread(_content, handed)
            known = await self._materials.find(scope, handed.name)
            if known and (known.digest, known.address) == (digest, address):
                return Shelved(name=handed.name, outcome=Outcome.UNCHANGED)
            reading = await read_document(handed.name, data)
        except UnreadableDocument as error:
            return Shelved(name=handed.name, outcome=Outcome.REFUSED, why=str(error))
        draft = Draft(
            scope=scope,
            name=handed.name,
            digest=digest,
            added_by=added_by,
            address=address,
            unread=reading.unread,
        )
        await self._materials.add(draft, reading.passages, self._clock())
        return Shelved(
            name=handed.name,
            outcome=Outcome.REPLACED if known else Outcome.ADDED,
            passages=len(reading.passages),
            unread=reading.unread,
        )
