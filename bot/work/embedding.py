"""The vectors of material, made beside all other work: a few passages at a time.

What is done is done: whoever goes on after a kill begins with the next few. Those that were asked
for and not saved are asked for once more, and paid for twice.
"""

import asyncio
from collections.abc import Callable, Mapping

import structlog

from bot.core.errors import BotError, Refusal
from bot.core.materials import Passage
from bot.core.ports.clock import Clock
from bot.core.ports.embedder import Embedder
from bot.core.ports.vectors import Vectors

log = structlog.get_logger()

_AT_ONCE = 32  # passages a request
_HARMLESS = "hello"
_PAUSE = 15.0  # seconds until it looks again for what was added


class Embedding:
    def __init__(self, vectors: Vectors, embedder: Embedder, clock: Clock) -> None:
        self._vectors = vectors
        self._embedder = embedder
        self._clock = clock

    @property
    def model(self) -> str:
        return self._embedder.model

    async def run(self) -> None:
        """As long as the process lives."""
        while True:
            try:
                await self.finish()
            except BotError as error:
                log.warning("passages_not_embedded", error=type(error).__name__)
            await asyncio.sleep(_PAUSE)

    async def finish(self, told: Callable[[int, int], None] = lambda _done, _all: None) -> None:
        """All there is to do; `told` how many passages are done, and of how many."""
        told(*await self._vectors.progress(self._embedder.model))
        while claimed := await self._vectors.claim(self._embedder.model, _AT_ONCE, self._clock()):
            await self._embed(claimed)
            told(*await self._vectors.progress(self._embedder.model))

    async def _embed(self, claimed: Mapping[int, Passage]) -> None:
        """Of what is refused as a whole each by itself, so that one does not hold up the rest."""
        try:
            await self._save(claimed)
        except Refusal:
            for id_, one in claimed.items():
                await self._embed_alone(id_, one)

    async def _embed_alone(self, passage_id: int, passage: Passage) -> None:
        """Given up only where the server takes anything else: it may be the key that is wrong."""
        try:
            await self._save({passage_id: passage})
        except Refusal as error:
            await self._embedder.vectors_of([_HARMLESS])
            log.warning("passage_not_embedded", passage=passage_id, error=type(error).__name__)
            await self._vectors.give_up(self._embedder.model, passage_id)

    async def _save(self, claimed: Mapping[int, Passage]) -> None:
        texts = {id_: f"{one.heading}\n{one.text}".strip() for id_, one in claimed.items()}
        vectors = await self._embedder.vectors_of([*texts.values()])
        await self._vectors.save(self._embedder.model, dict(zip(texts, vectors, strict=True)))
