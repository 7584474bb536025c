"""How material is found, as the settings have it, and what is done beside that."""

from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.config import Settings
from bot.core.ports.finder import Finder
from bot.work.embedding import Embedding
from bot.work.finders import FusedFinder, WordFinder
from storage.store import Store


@dataclass(frozen=True, slots=True)
class Searching:
    finder: Finder
    embedding: Embedding | None = None

    def duties(self) -> Sequence[Coroutine[None, None, None]]:
        return (self.embedding.run(),) if self.embedding else ()


@asynccontextmanager
async def open_searching(settings: Settings, store: Store) -> AsyncIterator[Searching]:
    """By words alone, unless somebody says what they mean."""
    materials, vectors = store.storage.materials, store.storage.vectors
    if not settings.knows_meanings:
        yield Searching(WordFinder(materials))
        return
    # Imported here: the model's library takes most of a second.
    from bot.backends.opening import open_embedder  # noqa: PLC0415

    embedder = open_embedder(settings)
    try:
        yield Searching(
            FusedFinder(materials, vectors, embedder), Embedding(vectors, embedder, store.clock)
        )
    finally:
        await embedder.close()
