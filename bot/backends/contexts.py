"""How much a model takes in, as its server says: budgets follow that before anything is refused."""

import math
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import httpx2
from openai import AsyncOpenAI

from bot.backends.learned import Learned
from bot.backends.models import list_entries
from bot.backends.openai_errors import openai_errors
from bot.core.assistants import Assistant
from bot.core.errors import BotError
from bot.core.ports.clock import Clock

_NAMES = (
    *("max_model_len", "context_length", "context_window", "loaded_context_length"),
    *("max_context_length", "max_context_window_tokens", "n_ctx", "num_ctx"),
)
_WITHIN = ("meta", "top_provider", "limits", "default_generation_settings")
_LEAST = 512  # tokens: what is less counts something else
_PATIENCE = 5.0  # seconds
_LASTS = 3600.0  # seconds: servers are started anew, with another context


class Contexts:
    """Asked once an hour for each model, and only where what is sent along may be too much."""

    def __init__(self, client: AsyncOpenAI, model: str, clock: Clock = time.monotonic) -> None:
        self._client = client.with_options(timeout=_PATIENCE, max_retries=0)
        self._model = model
        self._clock = clock
        self._due: dict[str, float] = {}  # by model: when it is asked again

    async def heed(self, assistant: Assistant, learned: Learned) -> None:
        """Note how many tokens a request may have, where the server tells that."""
        model = assistant.model or self._model
        if self._clock() < self._due.get(model, -math.inf):
            return
        self._due[model] = self._clock() + _LASTS
        size = 0
        with suppress(BotError):
            size = await self._size(model)
        if size:
            # An answer has to fit in as well, and what we count is an estimate.
            kept = min(assistant.max_output_tokens or size // 4, size // 2)
            learned.heed(size, (size - kept) * 9 // 10)

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
