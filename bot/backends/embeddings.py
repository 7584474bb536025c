"""Texts as vectors, by any server that speaks OpenAI's language for it."""

from collections.abc import Sequence
from math import isfinite

from openai import AsyncOpenAI

from bot.backends.openai_errors import openai_errors
from bot.core.errors import OutcomeUnknown
from bot.core.ports.embedder import Vector


class OpenAIEmbedder:
    """Asks once: whoever waits tries again, or goes on without."""

    def __init__(self, client: AsyncOpenAI, model: str, floor: float) -> None:
        self._client = client.with_options(max_retries=0)
        self.model = model
        self.floor = floor

    async def vectors_of(self, texts: Sequence[str]) -> Sequence[Vector]:
        with openai_errors():
            told = await self._client.embeddings.create(
                input=[*texts], model=self.model, encoding_format="float"
            )
        data = getattr(told, "data", None)
        if not isinstance(data, list) or len(data) != len(texts):
            raise OutcomeUnknown("the server sent no vector for each text")
        ordered = sorted(enumerate(data), key=lambda one: _place(one[1], one[0]))
        return [_vector(one) for _, one in ordered]

    async def close(self) -> None:
        await self._client.close()


def _place(one: object, at: int) -> int:
    """Which text it is of; servers that do not say keep the order."""
    index = getattr(one, "index", None)
    return index if isinstance(index, int) else at


def _vector(one: object) -> Vector:
    numbers = getattr(one, "embedding", None)
    if not isinstance(numbers, list) or not numbers:
        raise OutcomeUnknown("the server sent no vector")
    if not all(isinstance(number, int | float) and isfinite(number) for number in numbers):
        raise OutcomeUnknown("the server sent a vector that is none")
    return numbers
