"""Each way of finding material, over any storage."""

import re
from collections.abc import Callable, Mapping, Sequence
from zlib import crc32

from bot.core.errors import BackendRefused, BackendUnavailable
from bot.core.ports.embedder import Vector
from bot.core.ports.finder import Finder
from bot.core.ports.storage import Storage
from bot.work.finders import FusedFinder, WordFinder


class Meanings:
    """Says what words mean, and as long as it can."""

    model = "meanings"
    floor = 0.3

    def __init__(self, same: Mapping[str, str] | None = None) -> None:
        self.same = same or {}
        self.lasts: float = float("inf")  # requests
        self.takes = True
        self.asked: list[Sequence[str]] = []

    async def vectors_of(self, texts: Sequence[str]) -> Sequence[Vector]:
        if self.lasts <= 0:
            raise BackendUnavailable("it is too much")
        self.lasts -= 1
        self.asked.append(texts)
        if not self.takes or any("unspeakable" in text for text in texts):
            raise BackendRefused("no")
        return [self._vector(text) for text in texts]

    async def close(self) -> None:
        """Nothing to do."""

    def _vector(self, text: str) -> Vector:
        numbers = [0.0] * 255  # no whole bytes of signs
        for word in re.findall(r"\w{3,}", text.casefold()):
            for turn in range(8):
                digest = crc32(f"{self.same.get(word, word)} {turn}".encode())
                numbers[digest % 255] += 1.0 if digest >> 16 & 1 else -1.0
        return numbers


FINDERS: Mapping[str, Callable[[Storage, Meanings], Finder]] = {
    "words": lambda storage, _: WordFinder(storage.materials),
    "fused": lambda storage, meanings: FusedFinder(storage.materials, storage.vectors, meanings),
}
