"""Traces, as an extra: one for each message, from its arrival until its answer is delivered.

Their ids are made of the message's key: whoever goes on after a restart, in whichever process, goes
on with the same trace, and nothing has to be handed on. A span is made when its step has ended, of
the times the turn itself keeps, so none is open when a process dies. No words are ever in one.

Names: https://github.com/open-telemetry/semantic-conventions-genai (in development).
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from importlib.metadata import version

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)

from bot.core.answers import Status
from bot.core.messages import Message, Receipt
from bot.core.turns import State, Step, Turn

Attributes = Mapping[str, str | int | float]

_ROOT, _AGENT, _CHAT, _POST = "receive", "invoke_agent", "chat", "post"
_TIMEOUT = 1.0  # seconds for what is sent; the bot ends within five
_FAILED = {Step.FAIL, Step.ABANDON}


class _Ids(IdGenerator):
    """Hands out the ids that were worked out for the span that is about to be made."""

    trace = span = 1

    def generate_trace_id(self) -> int:
        return self.trace

    def generate_span_id(self) -> int:
        return self.span


class Traces:
    """An `Onlooker` that tells what became of a turn when it has."""

    def __init__(self) -> None:
        self._ids = _Ids()
        resource = Resource.create(
            {"service.name": "homeroom", "service.version": version("homeroom")}
        )
        # It is shut down by whoever opened it.
        self.provider = TracerProvider(
            id_generator=self._ids, resource=resource, shutdown_on_exit=False
        )
        self._tracer = self.provider.get_tracer("homeroom")

    def accepted(self, message: Message, receipt: Receipt, seconds: float) -> None:
        """Its span ends with the turn."""

    def saved(self, before: Turn, turn: Turn) -> None:
        if before.state is State.PENDING and turn.state is State.ANSWERED and turn.backend:
            self._tell_answer(turn)
        if before.state is not State.DONE and turn.state is State.DONE:
            self._tell_end(turn)

    def _tell_answer(self, turn: Turn) -> None:
        began = turn.changes[0].at if turn.changes else turn.accepted_at
        ended = turn.answered_at or began
        agent: Attributes = {
            "gen_ai.operation.name": _AGENT,
            "gen_ai.agent.name": turn.assistant or "",
        }
        name = f"{_AGENT} {turn.assistant or ''}".rstrip()
        self._tell(turn, _AGENT, name, SpanKind.INTERNAL, (began, ended), agent)
        model = (turn.answer and turn.answer.model) or ""
        name = f"{_CHAT} {model}".rstrip()
        times = (turn.run_at or began, ended)
        self._tell(turn, _CHAT, name, SpanKind.CLIENT, times, _of_model(turn, began), _AGENT)

    def _tell_end(self, turn: Turn) -> None:
        platform, done = turn.message.key.platform, turn.done_at or turn.accepted_at
        said: Attributes = {"messaging.system": platform, "homeroom.turn": turn.id}
        if turn.answered_at is not None:
            times = (turn.answered_at, done)
            self._tell(turn, _POST, f"{_POST} {platform}", SpanKind.PRODUCER, times, said)
        times = (turn.accepted_at, done)
        self._tell(turn, _ROOT, f"{_ROOT} {platform}", SpanKind.CONSUMER, times, said, "")

    def _tell(  # noqa: PLR0913, PLR0917 - what a span is made of
        self,
        turn: Turn,
        part: str,
        name: str,
        kind: SpanKind,
        times: tuple[float, float],
        attributes: Attributes,
        parent: str = _ROOT,
    ) -> None:
        key = turn.message.unique_key
        self._ids.trace, self._ids.span = _number(key, 16), _number(f"{key} {part}", 8)
        context = _under(key, parent) if parent else Context()
        begin, end = (int(max(at, turn.accepted_at) * 1e9) for at in times)
        span = self._tracer.start_span(
            name, context, kind=kind, attributes=attributes, start_time=begin
        )
        if turn.step in _FAILED:
            span.set_attribute("error.type", (turn.error or "").partition(":")[0] or "BotError")
            span.set_status(StatusCode.ERROR)
        span.end(max(begin, end))


def _of_model(turn: Turn, began: float) -> Attributes:
    answer = turn.answer
    said: dict[str, str | int | float] = {
        "gen_ai.operation.name": _CHAT,
        "gen_ai.provider.name": "openai",  # the language that each backend speaks
        "homeroom.backend": turn.backend or "",
        "gen_ai.conversation.id": str(turn.conversation_id),
    }
    if answer and answer.model:
        said["gen_ai.response.model"] = answer.model
    if turn.run:
        said["gen_ai.response.id"] = turn.run
    for change in turn.changes:
        if change.status == Status.WRITING:
            said["gen_ai.response.time_to_first_chunk"] = max(change.at - began, 0.0)
            break
    if answer and answer.usage:
        said["gen_ai.usage.input_tokens"] = answer.usage.input_tokens
        said["gen_ai.usage.output_tokens"] = answer.usage.output_tokens
        said["gen_ai.usage.cache_read.input_tokens"] = answer.usage.cached_tokens
        said["gen_ai.usage.reasoning.output_tokens"] = answer.usage.reasoning_tokens
    return said


def _under(key: str, parent: str) -> Context:
    above = SpanContext(
        _number(key, 16),
        _number(f"{key} {parent}", 8),
        is_remote=True,
        trace_flags=TraceFlags(TraceFlags.SAMPLED),
    )
    return set_span_in_context(NonRecordingSpan(above), Context())


def _number(text: str, size: int) -> int:
    return int.from_bytes(sha256(text.encode("utf-8", "replace")).digest()[:size]) or 1


@contextmanager
def sending(endpoint: str) -> Iterator[Traces]:
    """Traces that are sent to a collector, in a thread of their own."""
    traces = Traces()
    exporter = OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces", timeout=_TIMEOUT)
    traces.provider.add_span_processor(BatchSpanProcessor(exporter))
    try:
        yield traces
    finally:
        traces.provider.shutdown()
