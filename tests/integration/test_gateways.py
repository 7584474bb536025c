"""An answer is read in the shapes of gateways, of other APIs, and of what is hardly a stream."""

import json

import pytest

from bot.backends.clients import open_chat_client
from bot.backends.foreground import ForegroundBackend
from bot.core.errors import BackendRefused, OutcomeUnknown
from tests.fakes import JSON
from tests.fakes.openai_talk import MODEL, Talk, closing
from tests.fakes.openai_wire import (
    STOP,
    Say,
    WireServer,
    as_json,
    chunk,
    events,
    frame,
    page,
    stream,
)
from tests.patience import PATIENCE

MESSAGE = {"message": {"content": "Paris."}, "finish_reason": "stop"}
PAR: JSON = {"choices": [{"delta": {"content": "Par"}}]}
IS: JSON = {"choices": [{"delta": {"content": "is."}, "finish_reason": "stop"}]}
BOTH = [json.dumps(PAR).encode(), json.dumps(IS).encode()]


def _lines(*frames: JSON) -> Say:
    return Say(b"\n".join(json.dumps(one).encode() for one in frames), 200, "application/x-ndjson")


def _anthropic(*frames: JSON) -> Say:
    told = [f"event: {one['type']}\ndata: {json.dumps(one)}\n\n".encode() for one in frames]
    return Say(b"".join(told))


def _text(words: str) -> JSON:
    delta = {"type": "text_delta", "text": words}
    return {"type": "content_block_delta", "index": 0, "delta": delta}


def _thought(words: str) -> JSON:
    return {"type": "content_block_delta", "delta": {"type": "thinking_delta", "thinking": words}}


SHAPES = {
    "Ollama's own": _lines(
        {"message": {"role": "assistant", "content": "Par"}, "done": False},
        {"message": {"content": "is."}, "done": True, "done_reason": "stop"},
    ),
    "Anthropic's own": _anthropic(
        {"type": "message_start", "message": {"id": "m", "content": []}},
        *map(_thought, ("sec", "ret")),
        *map(_text, ("Par", "is.")),
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}},
        {"type": "message_stop"},
    ),
    "Anthropic's own, whole": as_json(
        {
            "type": "message",
            "content": [{"type": "text", "text": "Paris."}],
            "stop_reason": "end_turn",
        }
    ),
    "Gemini's own": as_json(
        {
            "candidates": [
                {
                    "content": {"parts": [{"text": "secret", "thought": True}, {"text": "Paris."}]},
                    "finishReason": "STOP",
                }
            ]
        }
    ),
    "wrapped as data": as_json({"code": 200, "data": {"choices": [MESSAGE]}}),
    "wrapped as result": as_json({"success": True, "errors": [], "result": {"response": "Paris."}}),
    "a choice alone": as_json({"choices": MESSAGE}),
    "choices by number": as_json({"choices": {"0": MESSAGE}}),
    "a message that is text": as_json({"choices": [{**MESSAGE, "message": "Paris."}]}),
    "deltas that are text": stream({"choices": [{"delta": "Paris."}]}),
    "padded with NUL": Say(b"data: " + BOTH[0] + b"\0\n\ndata: " + BOTH[1] + b"\0\n\n"),
    "data twice": Say(b"data: data: " + BOTH[0] + b"\n\ndata: data: " + BOTH[1] + b"\n\n"),
    "one behind the other": Say(b"".join(BOTH), 200, "application/json"),
    "a JSON text sequence": Say(b"\x1e%b\n\x1e%b\n" % (*BOTH,), 200, "application/json-seq"),
    "a comment before a body": Say(b": WAIT\n\n" + json.dumps({"choices": [MESSAGE]}).encode()),
    "capital fields": Say(b"Data: " + BOTH[0] + b"\n\nDATA: " + BOTH[1] + b"\n\n"),
    "an ending by its event": Say(frame(chunk("Paris.")) + b"event: done\ndata: {}\n\n"),
    "an ending in small letters": Say(frame(chunk("Paris.")) + b"data: [done]\n\n"),
    "a reason in the delta": stream(
        chunk("Paris."), {"choices": [{"delta": {"finish_reason": "stop"}}]}, ends=False
    ),
    "a reason of another name": stream(
        chunk("Paris."), {"choices": [{"delta": {}, "stop_reason": "end_turn"}]}, ends=False
    ),
    "a reason beside the choices": stream(chunk("Paris."), {"finish_reason": "stop"}, ends=False),
    "a reason that is an object": stream(
        chunk("Paris."), {"choices": [{"finish_reason": {"type": "stop"}}]}, ends=False
    ),
    "null as a word": stream(chunk("Paris.", finish="null")),
    "an error that is none": stream(chunk("Paris.", error={"code": 0, "message": "OK"}), STOP),
}  # fmt: skip


ITEM = {"type": "message", "content": [{"type": "output_text", "text": "Paris."}]}
BARE = {"id": "r", "object": "response", "status": "completed"}
RESPONSES = {
    "only the end of a text": events(
        {"type": "response.output_text.done", "text": "Paris."},
        {"type": "response.completed", "response": {**BARE, "output": []}},
    ),
    "an end without a response": events(
        {"type": "response.output_text.delta", "delta": "Paris."}, {"type": "response.completed"}
    ),
    "the convenience of a library": as_json({**BARE, "output": [], "output_text": "Paris."}),
    "one item": as_json({**BARE, "output": ITEM}),
    "text": as_json({**BARE, "output": "Paris."}),
    "a part in place of an item": as_json({**BARE, "output": ITEM["content"]}),
    "an item without a type": as_json({**BARE, "output": [{"content": "Paris."}]}),
    "no object and no status": as_json({"id": "r", "output": [ITEM]}),
    "another word for completed": as_json({**BARE, "status": "succeeded", "output": [ITEM]}),
}


@pytest.mark.parametrize("shape", RESPONSES)
async def test_a_response_is_read(wire: WireServer, shape: str) -> None:
    wire.answer = lambda _: RESPONSES[shape]
    client = open_chat_client(wire.base_url, "k", PATIENCE)
    async with closing(ForegroundBackend(client, MODEL)) as backend:
        asked = await Talk(backend).ask("Where?", live=True)
    assert asked.answer is not None
    assert asked.answer.text == "Paris."


@pytest.mark.parametrize("shape", SHAPES)
async def test_the_answer_is_read(wire: WireServer, talk: Talk, shape: str) -> None:
    wire.answer = lambda _: SHAPES[shape]
    asked = await talk.ask("Where?", live=True)
    assert asked.answer is not None
    assert asked.answer.text == "Paris."


@pytest.mark.parametrize("shape", ["Ollama's own", "Anthropic's own", "capital fields"])
async def test_a_cut_is_none_of_the_endings(wire: WireServer, talk: Talk, shape: str) -> None:
    wire.answer = lambda _: Say(SHAPES[shape].body[: SHAPES[shape].body.index(b"Par") + 12])
    with pytest.raises(OutcomeUnknown):
        await talk.ask("Where?", live=True)


async def test_a_page_for_a_browser_is_believed_the_third_time(
    wire: WireServer, talk: Talk
) -> None:
    wire.answer = lambda _: page(200, "<html>Please log in</html>")
    asking = talk.asking("Where?")
    for kind in (OutcomeUnknown, OutcomeUnknown, BackendRefused):
        with pytest.raises(kind):
            await asking.go()
