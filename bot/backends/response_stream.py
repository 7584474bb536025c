"""A run as it is watched: the events of its stream, or what a look at it says, in our words."""

from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

import structlog

from bot.backends.call_beginnings import Unspoken
from bot.backends.frames import DONE, Frame
from bot.backends.hosted import at_work, doing
from bot.backends.reading import text_in, word
from bot.backends.response_parts import Response, is_ended
from bot.backends.thoughts import Sieve
from bot.core.answers import AnswerEvent, AnswerEvents, RunStarted, Status, StatusChanged
from bot.core.errors import BotError, OutcomeUnknown

log = structlog.get_logger()

_STATUSES = {"queued": Status.QUEUED, "in_progress": Status.THINKING}

_LAST = ("response.completed", "response.done")


@dataclass(slots=True)
class Watch:
    """What is known of the run that is being followed."""

    run: str | None = None
    sequence: int | None = None
    response: Response | None = None  # once it has ended
    status: str | None = None
    is_writing: bool = False
    is_done: bool = False  # the stream said that it was at its end
    # Calls and the thoughts before them: not every server repeats its items.
    calls: list[Any] = field(default_factory=list)
    commentary: set[str] = field(default_factory=set)
    sieve: Sieve = field(default_factory=Sieve)
    unspoken: Unspoken = field(default_factory=Unspoken)

    @property
    def written(self) -> str:
        self.sieve.end()
        return self.sieve.said

    def break_off(self) -> bool:
        """The server says that it cannot go on; whether there are words that can be shown."""
        self.response = {"status": "incomplete", "incomplete_details": {"reason": "error"}}
        return bool(self.written)

    def ended(self) -> Response:
        """How it ended: some servers end the stream, and do not say how."""
        if self.response is None and not (self.is_done and (self.written or self.calls)):
            raise OutcomeUnknown("the answer broke off")
        return self.response or {"status": "completed"}


async def read(frames: AsyncGenerator[Frame, None], watch: Watch) -> AnswerEvents:
    """What a stream tells. Where it breaks after the run has a name, the run goes on without it."""
    try:
        async with aclosing(frames):
            async for frame in frames:
                for told in _told(watch, frame):
                    yield told
    except BotError as error:
        if watch.run is None:
            raise
        # Not its words: servers quote messages in their errors.
        log.info("stream_broke", run=watch.run, error=type(error).__name__)


async def read_all(frames: AsyncGenerator[Frame, None], watch: Watch) -> AnswerEvents:
    """The same of a run that nobody can come back to: what breaks its stream has ended it."""
    async with aclosing(frames):
        async for frame in frames:
            for told in _told(watch, frame):
                if not isinstance(told, RunStarted):
                    yield told


def _told(watch: Watch, event: Frame) -> Iterator[AnswerEvent]:
    """One event of the stream, in our words. Kinds that are not known are passed over."""
    if event is DONE:
        watch.is_done = True
        return
    sequence = event.get("sequence_number")
    watch.sequence = sequence if isinstance(sequence, int) else watch.sequence
    kind, response = event.get("type"), event.get("response")
    if event.get("object") == "response" or (not kind and "output" in event):
        response = event  # all of it, in place of a stream
    watch.is_done |= kind in _LAST
    match kind:
        case "response.output_item.added" if _is_commentary(event.get("item")):
            watch.commentary.add(str(event["item"].get("id")))
        case "response.output_item.done" if _is_of_calls(event.get("item")):
            watch.calls.append(event["item"])
        case "response.output_text.delta" | "response.refusal.delta":
            yield from _written(watch, event, event.get("delta"))
        case "response.output_text.done" if not watch.is_writing:
            yield from _written(watch, event, event.get("text"))
        case str() if words := doing(kind):
            yield StatusChanged(Status.USING_TOOL, words)
        case _ if isinstance(response, Mapping):
            yield from _seen(watch, _with_status(response, str(kind or "")))


def _seen(watch: Watch, response: Response) -> Iterator[AnswerEvent]:
    run = word(response.get("id"))
    if watch.run is None and run:
        watch.run = run
        yield RunStarted(run)
    yield from news(watch, response)


def _with_status(response: Response, kind: str) -> Response:
    """Not every server repeats in the run what the event's name says."""
    status = kind.removeprefix("response.") or "completed"
    return response if response.get("status") else {**response, "status": status}


def _is_commentary(item: Any) -> bool:
    return isinstance(item, Mapping) and item.get("phase") == "commentary"


def _is_of_calls(item: Any) -> bool:
    return isinstance(item, Mapping) and item.get("type") in {"function_call", "reasoning"}


def _written(watch: Watch, event: Frame, words: Any) -> Iterator[AnswerEvent]:
    if str(event.get("item_id")) in watch.commentary:
        return
    told = watch.sieve.feed(text_in(words))
    if not (shown := watch.unspoken.take(told, is_anew=watch.sieve.is_retracted)):
        return
    if not watch.is_writing:
        watch.is_writing = True
        yield StatusChanged(Status.WRITING)
    yield shown


def news(watch: Watch, response: Response) -> Iterator[AnswerEvent]:
    """What a look at the run says that was not known before."""
    status = str(response.get("status"))
    if is_ended(response):
        watch.response = response
    elif (words := at_work(response.get("output"))) and not watch.is_writing:
        if words != watch.status:
            watch.status = words
            yield StatusChanged(Status.USING_TOOL, words)
    elif status != watch.status and not watch.is_writing:
        watch.status = status
        yield StatusChanged(_STATUSES.get(status, Status.THINKING))
