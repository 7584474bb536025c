"""Who answers, hears and looks out for danger, opened and closed together."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.config import Settings
from bot.core.ports.backend import Backend
from bot.core.ports.loans import Library
from bot.core.ports.memory import Memory
from bot.core.ports.moderator import Moderator
from bot.core.ports.transcriber import Transcriber


@dataclass(frozen=True, slots=True)
class Minds:
    backend: Backend
    transcriber: Transcriber | None
    moderator: Moderator | None
    library: Library | None = None  # where material can be searched


@asynccontextmanager
async def open_minds(
    settings: Settings, memory: Memory, weights: Path | None
) -> AsyncIterator[Minds]:
    """`weights`: serve this file in place of the configured backend."""
    # Imported here: the model's library takes most of a second, which only this needs.
    from bot.backends.opening import (  # noqa: PLC0415
        open_backend,
        open_library,
        open_moderator,
        open_transcriber,
    )

    async with AsyncExitStack() as closing:
        backend = open_backend(settings, memory, weights)
        closing.push_async_callback(backend.close)
        transcriber, moderator = open_transcriber(settings), open_moderator(settings)
        library = None if weights else open_library(settings)
        for mind in (transcriber, moderator, library):
            if mind is not None:
                closing.push_async_callback(mind.close)
        yield Minds(backend, transcriber, moderator, library)
