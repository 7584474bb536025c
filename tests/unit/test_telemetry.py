"""One trace for a message, whoever goes on with it."""

from dataclasses import replace

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

from bot.core.answers import Answer, Status, Usage
from bot.core.messages import Author, ConversationKey, Message
from bot.core.turns import Turn
from bot.telemetry import Traces, sending

KEY = ConversationKey("slack", "T1", "C1", "7")


def asked() -> Turn:
    message = Message(KEY, "m1", Author("U1", "Ann Secret"), "secret words")
    turn = Turn(id=1, conversation_id=5, message=message, accepted_at=100.0)
    return turn.asked("Tutor", "chat").changed(Status.THINKING, 101.0)


def watched() -> tuple[Traces, InMemorySpanExporter]:
    traces, kept = Traces(), InMemorySpanExporter()
    traces.provider.add_span_processor(SimpleSpanProcessor(kept))
    return traces, kept


def by_name(kept: InMemorySpanExporter) -> dict[str, ReadableSpan]:
    return {span.name.partition(" ")[0]: span for span in kept.get_finished_spans()}


def test_a_message_is_one_trace_over_a_restart() -> None:
    (before, first), (after, second) = watched(), watched()
    turn = asked().changed(Status.WRITING, 102.5).running("resp_1", 101.5)
    answer = Answer("secret answer", model="m", usage=Usage(10, 5, 4, 3, 2))
    answered = turn.answered(answer, 104.0)
    before.saved(turn, answered)
    after.saved(answered, answered.delivered(105.0))  # another process delivers
    spans = by_name(first) | by_name(second)
    assert set(spans) == {"receive", "invoke_agent", "chat", "post"}
    assert len({span.context.trace_id for span in spans.values()}) == 1
    root = spans["receive"]
    assert root.parent is None
    assert root.kind is SpanKind.CONSUMER
    for name, above in (("invoke_agent", root), ("post", root), ("chat", spans["invoke_agent"])):
        parent = spans[name].parent
        assert parent is not None
        assert parent.span_id == above.context.span_id
    chat = spans["chat"]
    assert (chat.start_time, chat.end_time) == (101_500_000_000, 104_000_000_000)
    assert chat.attributes is not None
    assert chat.attributes["gen_ai.usage.cache_read.input_tokens"] == 4
    assert chat.attributes["gen_ai.response.time_to_first_chunk"] == 1.5
    assert "secret" not in "".join(span.to_json().lower() for span in spans.values())


def test_each_message_has_a_trace_of_its_own_and_a_failure_is_named() -> None:
    traces, kept = watched()
    turn = asked()
    other = replace(turn, message=replace(turn.message, id="m2"))
    failed = turn.failed("I could not.", "GaveUp: secret words", 110.0)
    traces.saved(turn, failed)
    traces.saved(other, other.answered(Answer("x"), 104.0))
    spans = kept.get_finished_spans()
    assert len({span.context.trace_id for span in spans}) == 2
    attributes = by_name(kept)["invoke_agent"].attributes
    errors = [span.attributes and span.attributes.get("error.type") for span in spans]
    assert errors == ["GaveUp", "GaveUp", None, None]
    assert attributes is not None


def test_a_collector_that_is_away_holds_nothing_up() -> None:
    kept = InMemorySpanExporter()
    with sending("http://127.0.0.1:9") as traces:
        traces.provider.add_span_processor(SimpleSpanProcessor(kept))
        turn = asked()
        traces.saved(turn, turn.answered(Answer("x"), 104.0))
        assert set(by_name(kept)) == {"invoke_agent", "chat"}  # before anything was sent
