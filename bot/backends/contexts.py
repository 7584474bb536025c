"""How much a model takes in, as its server says: budgets follow that before anything is refused."""

from collections.abc import Iterator, Mapping
from typing import Any

import httpx2
from openai import AsyncOpenAI

from bot.backends.models import list_entries
from bot.backends.openai_errors import openai_errors
from bot.core.assistants import Assistant
from bot.core.errors import BotError

_NAMES = (
    *("max_model_len", "context_length", "context_window", "loaded_context_length"),
    *("max_context_length", "max_context_window_tokens", "n_ctx", "num_ctx"),
)
_WITHIN = ("meta", "top_provider", "limits", "default_generation_settings")
_LEAST = 512  # tokens: what is less counts something else
_PATIENCE = 5.0  # seconds


class Contexts:
    """Asked once for each model, and only where something is sent along that may be too much."""

    def __init__(self, client: AsyncOpenAI, model: str) -> None:
        self._client = client.with_options(timeout=_PATIENCE, max_retries=0)
        self._model = model
        self._asked: set[str] = set()

    async def room(self, assistant: Assistant) -> int | None:
        """Tokens that a request may have; None where nothing new is known."""
        model = assistant.model or self._model
        if model in self._asked:
            return None
        self._asked.add(model)
        try:
            size = await self._size(model)
        except BotError:
            return None
        # An answer has to fit in as well, and what we count is an estimate.
        kept = min(assistant.max_output_tokens or size // 4, size // 2)
        return (size - kept) * 9 // 10 if size else None

    async def _size(self, model: str) -> int:
        """0 where nobody says it."""
        for entry in await list_entries(self._client):
            if entry.get("id") == model or model in (entry.get("aliases") or ()):
                sizes = list(_sizes(entry))
                if entry.get("owned_by") == "llamacpp":  # says elsewhere what it was started with
                    sizes += _sizes(await self._props())
                return min(sizes, default=0)
        return 0

    async def _props(self) -> Mapping[str, Any]:
        with openai_errors():
            address = self._client.base_url.join("../props")
            response = await self._client.get(str(address), cast_to=httpx2.Response)
            props = response.json()
        return props if isinstance(props, Mapping) else {}


def _sizes(told: Mapping[str, Any]) -> Iterator[int]:
    for name in _NAMES:
        size = told.get(name)
        if isinstance(size, int | float) and not isinstance(size, bool) and size >= _LEAST:
            yield int(min(size, 1e9))
    for name in _WITHIN:
        if isinstance(inner := told.get(name), Mapping):
            yield from _sizes(inner)
