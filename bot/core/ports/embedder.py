"""Who writes texts down as vectors: what means nearly the same lies near each other."""

from collections.abc import Sequence
from typing import Protocol

Vector = Sequence[float]


class Embedder(Protocol):
    @property
    def model(self) -> str:
        """What its vectors go under: those of two models cannot be compared."""

    @property
    def floor(self) -> float:
        """How alike (a cosine) texts are to it that are about the same."""

    async def vectors_of(self, texts: Sequence[str]) -> Sequence[Vector]:
        """One for each text. Raises BotError; a Refusal: asking again would not help."""

    async def close(self) -> None: ...
