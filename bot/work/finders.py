"""Material by its words, and by what it means besides, where a server says what that is."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import structlog

from bot.core.errors import BotError
from bot.core.materials import Source
from bot.core.ports.embedder import Embedder
from bot.core.ports.materials import Materials
from bot.core.ports.vectors import Vectors
from bot.rules.finding import as_many_as_fit, fused, looked_at, of_documents, worth_reading
from bot.rules.retrieval import asked_words

log = structlog.get_logger()

_PATIENCE = 2.0  # seconds for the vector of a question


class WordFinder:
    """By full text alone: nothing leaves the machine."""

    def __init__(self, materials: Materials) -> None:
        self._materials = materials

    async def find(
        self, question: str, scopes: Sequence[str], only: Sequence[str] = ()
    ) -> Sequence[Source]:
        words = asked_words(question)
        found = await self._materials.search(words, scopes, looked_at(only))
        return as_many_as_fit(worth_reading(words, of_documents(found, only)))


class FusedFinder:
    """Both, by rank; without the words a passage has to be alike enough."""

    def __init__(self, materials: Materials, vectors: Vectors, embedder: Embedder) -> None:
        self._materials = materials
        self._vectors = vectors
        self._embedder = embedder

    async def find(
        self, question: str, scopes: Sequence[str], only: Sequence[str] = ()
    ) -> Sequence[Source]:
        words, most = asked_words(question), looked_at(only)
        if not words:
            return ()
        by_words, near = await asyncio.gather(
            self._materials.search(words, scopes, most), self._near(question, scopes, most)
        )
        found = fused(worth_reading(words, by_words), near)
        return as_many_as_fit(of_documents(found, only))

    async def _near(self, question: str, scopes: Sequence[str], most: int) -> Sequence[Source]:
        """It helps, and never prevents: without a vector the words have to do."""
        with suppress(TimeoutError):
            try:
                async with asyncio.timeout(_PATIENCE):
                    [vector] = await self._embedder.vectors_of([question])
                model = self._embedder.model
                found = await self._vectors.nearest(model, vector, scopes, most)
                return [source for source, likeness in found if likeness >= self._embedder.floor]
            except BotError as error:
                log.warning("question_not_embedded", error=type(error).__name__)
        return ()
