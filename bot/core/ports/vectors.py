"""What passages mean, as a model's server wrote it down."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from bot.core.materials import Passage, Source
from bot.core.ports.embedder import Vector


class Vectors(Protocol):
    """Vectors of passages that are in force, one a passage; another model's takes its place."""

    async def claim(self, model: str, limit: int, now: float) -> Mapping[int, Passage]:
        """Passages without one, for whoever asks now: others are given them after a minute."""

    async def save(self, model: str, vectors: Mapping[int, Vector]) -> None: ...

    async def give_up(self, model: str, passage_id: int) -> None:
        """Its server takes this passage in no way."""

    async def nearest(
        self, model: str, vector: Vector, scopes: Sequence[str], limit: int
    ) -> Sequence[tuple[Source, float]]:
        """Passages of these scopes and how alike they are (a cosine), the most alike first."""

    async def progress(self, model: str) -> tuple[int, int]:
        """How many passages are done, and how many there are."""
