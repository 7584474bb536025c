"""Opens the backend that the settings name."""

from importlib.metadata import version
from pathlib import Path

from bot.backends.bundled import open_bundled
from bot.backends.chat import ChatBackend
from bot.backends.clients import open_chat_client, open_client
from bot.backends.demo import DemoBackend, demo_weights
from bot.backends.embeddings import OpenAIEmbedder
from bot.backends.foreground import ForegroundBackend
from bot.backends.habits import Habits
from bot.backends.learned import Notebook
from bot.backends.moderation import OpenAIModerator
from bot.backends.responses import ResponsesBackend
from bot.backends.transcription import OpenAITranscriber
from bot.backends.vector_stores import VectorStores
from bot.config import Settings
from bot.core.assistants import FILE_SEARCH
from bot.core.errors import ConfigError
from bot.core.ports.backend import Backend
from bot.core.ports.embedder import Embedder
from bot.core.ports.loans import Library
from bot.core.ports.memory import Memory
from bot.core.ports.moderator import Moderator
from bot.core.ports.transcriber import Transcriber

_POLL = 30.0  # seconds for a request that is answered at once
_HEARING = 120.0  # seconds for a recording
_LOOKING = 5.0  # seconds for a look at one question
_WHOLE_ANSWER = 600.0  # seconds for a request that is answered when the model is done


def open_transcriber(settings: Settings) -> Transcriber | None:
    """None where nobody hears: voice messages are then left out, and that is said."""
    if settings.transcription_url is None:
        return None
    key = settings.transcription_api_key
    server = (settings.transcription_url, key.get_secret_value() if key else None)
    return OpenAITranscriber(open_client(*server, _HEARING), settings.transcription_model)


def open_embedder(settings: Settings) -> Embedder:
    """`EMBEDDING_URL` has to be set, or `EMBEDDING_BUNDLED`. Raises ConfigError."""
    if settings.embedding_bundled:
        if settings.embedding_url:
            raise ConfigError("EMBEDDING_BUNDLED and EMBEDDING_URL are both set: take one out")
        return open_bundled()
    key = settings.embedding_api_key
    server = (settings.embedding_url, key.get_secret_value() if key else None)
    client = open_client(*server, _POLL)
    return OpenAIEmbedder(client, settings.embedding_model, settings.embedding_floor)


def open_moderator(settings: Settings) -> Moderator | None:
    """None where nobody looks for danger: then none is seen."""
    if settings.moderation_url is None:
        return None
    key = settings.moderation_api_key
    server = (settings.moderation_url, key.get_secret_value() if key else None)
    return OpenAIModerator(open_client(*server, _LOOKING), settings.moderation_model)


def open_library(settings: Settings) -> Library | None:
    """None where the model's server searches no material itself."""
    if FILE_SEARCH not in settings.hosts:
        return None
    key = settings.openai_api_key
    server = (settings.openai_base_url, key.get_secret_value() if key else None)
    return VectorStores(open_client(*server, _POLL))


def open_backend(settings: Settings, memory: Memory, weights: Path | None = None) -> Backend:
    """`weights`: serve this file in place of the configured backend."""
    name = "demo" if weights else settings.backend_name
    if name == "demo":
        return DemoBackend(weights or demo_weights())
    model, key = settings.openai_model or "", settings.openai_api_key
    server = (settings.openai_base_url, key.get_secret_value() if key else None)
    is_whole = name == "chat" or (name == "responses" and settings.backend_foreground)
    client = open_chat_client(*server, _WHOLE_ANSWER) if is_whole else open_client(*server, _POLL)
    if name == "assistants":
        # Imported here: these types alone take a third of a second.
        from bot.backends.assistants import AssistantsBackend  # noqa: PLC0415

        return AssistantsBackend(client, model, memory)
    set_to = (name, is_whole, server[1], version("homeroom"))
    habits = Habits(model, Notebook(memory, client.base_url, set_to))
    if name == "chat":
        return ChatBackend(client, model, habits)
    if is_whole:
        return ForegroundBackend(client, model, habits)
    return ResponsesBackend(client, model, habits=habits)
