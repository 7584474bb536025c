"""What was learnt of one model on its server, and where that outlives the process."""

import hashlib
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self

import httpx2

from bot.core.ports.memory import Memory

_LASTS = 7 * 24 * 3600.0  # seconds: servers are mended, and models exchanged under their names


@dataclass(slots=True)
class Learned:
    since: float  # seconds since the epoch
    left_out: set[str] = field(default_factory=set)  # parts of a request that it does not take
    room: int | None = None  # tokens that were not too many
    is_blind: bool = False  # takes no images
    is_thinking: bool = False  # begins with unmarked thoughts
    kept: str = ""  # what of it was written down

    def is_fresh(self, now: float) -> bool:
        return 0 <= now - self.since < _LASTS

    def written(self) -> str:
        """As JSON; empty where nothing was learnt."""
        found = {
            "left_out": sorted(self.left_out),
            "room": self.room,
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
        found = await self._memory.recall(f"{self._name} {model}")
        with suppress(ValueError, TypeError, LookupError):
            return Learned.read(found or "")
        return None

    async def put(self, model: str, written: str) -> None:
        await self._memory.remember(f"{self._name} {model}", written)
