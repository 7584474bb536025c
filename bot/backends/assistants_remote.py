"""Our assistants as objects on a server that speaks the Assistants API."""

import asyncio
import json
from typing import Any

from openai import AsyncOpenAI
from openai.types.beta import Assistant as RemoteAssistant

from bot.backends.openai_errors import expect, openai_errors
from bot.core.assistants import Assistant
from bot.core.errors import SessionLost
from bot.core.ports.memory import Memory


class RemoteAssistants:
    """Makes an assistant there once, and brings it up to date when its settings change."""

    def __init__(self, client: AsyncOpenAI, model: str, memory: Memory) -> None:
        self._client = client
        self._model = model
        self._memory = memory
        self._known: dict[str, tuple[str, str]] = {}  # name -> settings and id, as they are there
        self._lock = asyncio.Lock()  # conversations that begin together make one assistant

    async def id_of(self, assistant: Assistant) -> str:
        settings = self._settings(assistant)
        written = json.dumps(settings)
        async with self._lock:
            known, found = self._known.get(assistant.name, ("", ""))
            if known != written:
                found = await self._ensure(assistant.name, settings)
                self._known[assistant.name] = (written, found)
        return found

    def doubt(self) -> None:
        """Something was missing on the server: look again before the next use."""
        self._known.clear()

    def _settings(self, assistant: Assistant) -> dict[str, Any]:
        return {
            "name": assistant.name,
            "instructions": assistant.instructions,
            "model": assistant.model or self._model,
            # None takes back what was set before.
            "temperature": assistant.temperature,
            "top_p": assistant.top_p,
        }

    async def _ensure(self, name: str, settings: dict[str, Any]) -> str:
        memo = f"assistant {name} at {self._client.base_url}"
        known = await self._memory.recall(memo)
        if known and await self._update(known, settings):
            return known
        with openai_errors():
            made = expect(await self._client.beta.assistants.create(**settings), RemoteAssistant)
        await self._memory.remember(memo, made.id)
        return made.id

    async def _update(self, known: str, settings: dict[str, Any]) -> bool:
        """Whether it is still there, and now as it should be."""
        try:
            with openai_errors(missing=SessionLost):
                expect(
                    await self._client.beta.assistants.update(known, **settings), RemoteAssistant
                )
        except SessionLost:
            return False
        return True
