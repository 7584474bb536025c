"""Opens the backend that the settings name."""

from pathlib import Path

import httpx2
from openai import AsyncOpenAI

from bot.backends.assistants import AssistantsBackend, Memory
from bot.backends.chat import ChatBackend
from bot.backends.demo import DemoBackend, demo_weights
from bot.backends.foreground import ForegroundBackend
from bot.backends.responses import ResponsesBackend
from bot.config import Settings
from bot.ports import Backend

_CONNECT = 5.0  # seconds
_POLL = 30.0  # seconds for a request that is answered at once
_WHOLE_ANSWER = 600.0  # seconds for a request that is answered when the model is done


def open_backend(settings: Settings, memory: Memory, weights: Path | None = None) -> Backend:
    """`weights`: serve this file in place of the configured backend."""
    name = "demo" if weights else settings.backend_name
    model = settings.openai_model or ""
    match name:
        case "demo":
            return DemoBackend(weights or demo_weights())
        case "chat":
            return ChatBackend(_open_client(settings, _WHOLE_ANSWER), model)
        case "assistants":
            return AssistantsBackend(_open_client(settings, _POLL), model, memory)
        case "responses" if settings.backend_foreground:
            return ForegroundBackend(_open_client(settings, _WHOLE_ANSWER), model)
    return ResponsesBackend(_open_client(settings, _POLL), model)


def _open_client(settings: Settings, seconds: float) -> AsyncOpenAI:
    key = settings.openai_api_key
    return AsyncOpenAI(
        base_url=settings.openai_base_url,
        # The library wants a key even for servers that have none.
        api_key=key.get_secret_value() if key else "none",
        timeout=httpx2.Timeout(seconds, connect=_CONNECT),
    )
