"""What was learnt of one model on its server, and where that outlives the process."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import httpx2

from bot.core.ports.memory import Memory

_TRIES = 5  # for others write at the same time
_LASTS = 7 * 24 * 3600.0  # seconds: servers are mended, and models exchanged under their names


@dataclass(slots=True)
class Learned:
    since: float  # seconds since the epoch
    left_out: set[str] = field(default_factory=set)  # parts of a request that it does not take
    room: int | None = None  # tokens that were not too many
    size: int | None = (
        None  # tokens of context, as the list of models told when the room was learnt
    )
    is_blind: bool = False  # takes no images
    is_thinking: bool = False  # begins with unmarked thoughts
    kept: str = ""  # what of it was written down

    def is_fresh(self, now: float) -> bool:
        return 0 <= now - self.since < _LASTS

    def heed(self, size: int, room: int) -> None:
        """The server tells its context; a room learnt with another one is forgotten."""
        if self.size not in (None, size):
            self.room = None
        self.size, self.room = size, min(room, self.room or room)

    def absorb(self, other: Self) -> None:
        """Know as well what another process has found out."""
        self.since = min(self.since, other.since)
        self.left_out |= other.left_out
        self.is_blind |= other.is_blind
        self.is_thinking |= other.is_thinking
        if self.size is None or other.size in (None, self.size):
            self.size = self.size or other.size
            self.room = min(filter(None, (self.room, other.room)), default=None)

    def written(self) -> str:
        """As JSON; empty where nothing was learnt."""
        found = {
            "left_out": sorted(self.left_out),
            "room": self.room,
            "size": self.size,
            "is_blind": self.is_blind,
            "is_thinking": self.is_thinking,
        }
        return json.dumps({"since": self.since, **found}) if any(found.values()) else ""

    @classmethod
    def read(cls, text: str) -> Self:
        """Raises ValueError, TypeError or LookupError where that is not what we wrote."""
        told: dict[str, Any] = json.loads(text)
        return cls(
            float(told["since"]),
            {str(part) for part in told["left_out"]},
            None if told["room"] is None else int(told["room"]),
            int(told.get("size") or 0) or None,
            bool(told["is_blind"]),
            bool(told["is_thinking"]),
            text,
        )


class Notebook:
    """By server and model. `settings`: what was set; with another setting it is learnt anew."""

    def __init__(self, memory: Memory, server: httpx2.URL, settings: Sequence[object]) -> None:
        self._memory = memory
        place = server.copy_with(userinfo=b"", query=None)
        mark = hashlib.sha256(json.dumps([str(server), *map(str, settings)]).encode())
        self._name = f"habits {place} {mark.hexdigest()[:16]}"

    async def take(self, model: str) -> Learned | None:
        return _read(await self._memory.recall(f"{self._name} {model}"))

    async def keep(self, model: str, learned: Learned, now: float) -> None:
        """Write it down, together with what others wrote since it was read."""
        name = f"{self._name} {model}"
        for _ in range(_TRIES):
            found = await self._memory.recall(name) or ""
            other = _read(found) if found != learned.kept else None
            if other and other.is_fresh(now):
                learned.absorb(other)
            written = learned.written()
            if await self._memory.replace(name, found, written):
                learned.kept = written
                return


def _read(text: str | None) -> Learned | None:
    try:
        return Learned.read(text or "")
    except (ValueError, TypeError, LookupError):
        return None
