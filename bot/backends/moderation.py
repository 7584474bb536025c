"""Danger in what is written, by any server that speaks OpenAI's language for it."""

from collections.abc import Collection

from openai import AsyncOpenAI
from openai.types import Moderation

from bot.backends.openai_errors import openai_errors
from bot.core.errors import OutcomeUnknown

_CHARS = 10_000  # of a part: servers refuse what is longer than they can read
_FLAGGED = "flagged"  # by a server that does not say as what


class OpenAIModerator:
    """Asks once: whoever waits for the answer goes on without it."""

    def __init__(self, client: AsyncOpenAI, model: str) -> None:
        self._client = client.with_options(max_retries=0)
        self._model = model

    async def flags(self, words: str) -> Collection[str]:
        parts = [words[start : start + _CHARS] for start in range(0, len(words), _CHARS)]
        asked = parts if len(parts) > 1 else words
        with openai_errors():
            told = await self._client.moderations.create(input=asked, model=self._model)
            results = getattr(told, "results", None)
            if not isinstance(results, list) or len(results) != len(parts):
                raise OutcomeUnknown("the server sent no moderation")
            return {name for one in results for name in _named(one)}

    async def close(self) -> None:
        await self._client.close()


def _named(one: Moderation) -> Collection[str]:
    if not isinstance(getattr(one, "flagged", None), bool):
        raise OutcomeUnknown("the server did not say whether it is flagged")
    kinds = getattr(one, "categories", None)
    every = kinds.model_dump(by_alias=True) if kinds is not None else {}
    named = {name for name, is_one in every.items() if is_one is True}
    return named or ({_FLAGGED} if one.flagged else set())
