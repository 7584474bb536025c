"""Voice messages as words, by any server that speaks OpenAI's language for it."""

from contextlib import suppress
from math import ceil, isfinite
from typing import Any

from openai import AsyncOpenAI

from bot.backends.openai_errors import openai_errors
from bot.core.errors import BackendRefused
from bot.core.files import FileRefused
from bot.core.prompts import Utterance

_MOST_CHARS = 20_000
_LONGEST = 86_400  # seconds
_NOT_TAKEN = "what was spoken could not be written down"


class OpenAITranscriber:
    """Asks once for each recording: whoever waits for it tries again."""

    def __init__(self, client: AsyncOpenAI, model: str) -> None:
        self._client = client.with_options(max_retries=0)
        self._model = model

    async def words_of(self, name: str, sound: bytes) -> Utterance:
        try:
            with openai_errors():
                told = await self._client.audio.transcriptions.create(
                    file=(name, sound), model=self._model, response_format="json"
                )
        except BackendRefused as error:
            raise FileRefused.because(name, _NOT_TAKEN, str(error)) from error
        text = getattr(told, "text", None)
        words = " ".join(text.split())[:_MOST_CHARS] if isinstance(text, str) else ""
        return Utterance(words, _seconds(told))

    async def close(self) -> None:
        await self._client.close()


def _seconds(told: Any) -> int | None:
    """Begun ones count, as on the bill. Servers say it in one of two places, or not at all."""
    usage = getattr(told, "usage", None)
    places: tuple[Any, ...] = (getattr(usage, "seconds", None), getattr(told, "duration", None))
    for said in places:
        with suppress(TypeError, ValueError, OverflowError):
            if isfinite(lasts := float(said)) and 0 <= lasts <= _LONGEST:
                return ceil(lasts)
    return None
