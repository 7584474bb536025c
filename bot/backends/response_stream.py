"""A run as it is watched: the events of its stream, or what a look at it says, in our words."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import structlog
from openai import AsyncStream
from openai.types.responses import Response, ResponseStreamEvent

from bot.backends.openai_errors import openai_errors
from bot.backends.response_parts import is_ended
from bot.core.answers import AnswerEvent, AnswerEvents, RunStarted, Status, StatusChanged, TextDelta
from bot.core.errors import TransientError

log = structlog.get_logger()

_STATUSES = {"queued": Status.QUEUED, "in_progress": Status.THINKING}


@dataclass(slots=True)
class Watch:
    """What is known of the run that is being followed."""

    run: str | None = None
    sequence: int | None = None
    response: Response | None = None  # once it has ended
    status: str | None = None
    is_writing: bool = False
    commentary: set[str] = field(default_factory=set)


async def read(stream: AsyncStream[ResponseStreamEvent], watch: Watch) -> AnswerEvents:
    """What a stream tells, until it ends or breaks; the run goes on without it."""
    try:
        with openai_errors():
            async with stream:
                async for event in stream:
                    for told in _told(watch, event):
                        yield told
    except TransientError as error:
        # Not its words: servers quote messages in their errors.
        log.info("stream_broke", run=watch.run, error=type(error).__name__)


def _told(watch: Watch, event: Any) -> Iterator[AnswerEvent]:
    """One event of the stream, in our words. Kinds that are not known are passed over."""
    watch.sequence = getattr(event, "sequence_number", watch.sequence)
    match event.type:
        case "response.output_item.added" if getattr(event.item, "phase", None) == "commentary":
            watch.commentary.add(event.item.id)
        case "response.output_text.delta" | "response.refusal.delta":
            yield from _written(watch, event)
        case _ if hasattr(event, "response"):
            if watch.run is None:
                watch.run = event.response.id
                yield RunStarted(event.response.id)
            yield from news(watch, event.response)


def _written(watch: Watch, event: Any) -> Iterator[AnswerEvent]:
    if event.item_id in watch.commentary:
        return
    if not watch.is_writing:
        watch.is_writing = True
        yield StatusChanged(Status.WRITING)
    yield TextDelta(event.delta)


def news(watch: Watch, response: Response) -> Iterator[AnswerEvent]:
    """What a look at the run says that was not known before."""
    if is_ended(response):
        watch.response = response
    elif response.status != watch.status and not watch.is_writing:
        watch.status = response.status
        yield StatusChanged(_STATUSES.get(str(response.status), Status.THINKING))
