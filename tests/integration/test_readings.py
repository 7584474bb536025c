"""Answers in the shapes that servers really send: an answer that came is shown, and no more.

Each shape was seen in a public report; the last of each kind is in none.
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.backends.chat import ChatBackend
from bot.backends.clients import open_chat_client
from bot.backends.foreground import ForegroundBackend
from bot.core.answers import Answer
from bot.core.errors import BackendRefused, OutcomeUnknown, RunLost
from bot.core.prompts import Exchange
from tests.fakes.openai_talk import MODEL, Question, Talk, closing
from tests.fakes.openai_wire import (
    STOP,
    Say,
    WireServer,
    as_json,
    chunk,
    events,
    finished_response,
    frame,
    page,
    stream,
    whole,
)
from tests.patience import PATIENCE

polled_and_live = pytest.mark.parametrize("live", [False, True], ids=["polled", "live"])


@pytest.fixture
async def talk(wire: WireServer) -> AsyncIterator[Talk]:
    async with closing(ChatBackend(_client(wire), MODEL)) as backend:
        yield Talk(backend)


@pytest.fixture
async def foreground(wire: WireServer) -> AsyncIterator[Talk]:
    async with closing(ForegroundBackend(_client(wire), MODEL)) as backend:
        yield Talk(backend)


def _client(wire: WireServer) -> Any:
    return open_chat_client(wire.base_url, "k", PATIENCE)


def _answer(asked: Question) -> Answer:
    assert asked.answer is not None
    return asked.answer


def _bare(given: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name not in names}


HIDDEN = [
    ["<think>secret</think>\n\nParis."],
    ["<thi", "nk>sec", "ret</th", "ink>Paris."],
    ["secret</think>\n\nParis."],
    [
        "<|channel|>analysis<|mess",
        "age|>secret<|end|><|start|>assistant<|channel|>final",
        "<|message|>Paris.",
    ],
    ["[THINK]secret[/THINK]Paris."],
]


@pytest.mark.parametrize("pieces", HIDDEN, ids=lambda pieces: pieces[0][:12])
@polled_and_live
async def test_thoughts_are_neither_shown_nor_kept(
    wire: WireServer, talk: Talk, pieces: list[str], *, live: bool
) -> None:
    wire.answer = lambda _: stream(*map(chunk, pieces), STOP) if live else whole("".join(pieces))
    asked = await talk.ask("Where?", live=live)
    assert _answer(asked).text == "Paris."
    assert "secret" in _answer(asked).thoughts
    await talk.ask("And?", live=live)
    assert "secret" not in str(wire.sent[-1])


async def test_unmarked_thoughts_are_taken_back_and_held_back_the_next_time(
    wire: WireServer, talk: Talk
) -> None:
    wire.answer = lambda _: stream(*map(chunk, ["secret", "\n</think>", "Paris."]), STOP)
    first, second = await talk.ask("Where?", live=True), await talk.ask("Where?", live=True)
    assert _answer(first).text == _answer(second).text == "Paris."
    assert ("secret" in first.written, "secret" in second.written) == (True, False)


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning", "thinking"])
async def test_thoughts_that_come_apart_are_no_answer(
    wire: WireServer, talk: Talk, name: str
) -> None:
    thought = chunk()
    thought["choices"][0]["delta"] = {name: "secret"}
    wire.answer = lambda _: stream(thought, chunk("Paris."), STOP)
    answer = _answer(await talk.ask("Where?", live=True))
    assert (answer.text, answer.thoughts) == ("Paris.", "secret")


PARTS = [
    {"type": "thinking", "thinking": [{"type": "text", "text": "secret"}]},
    {"type": "reasoning", "text": "secret"},
    {"type": "text", "text": "Par"},
    {"type": "output_text", "text": {"value": "is"}},
    ".",
    7,
]


@polled_and_live
async def test_content_may_come_in_parts(wire: WireServer, talk: Talk, *, live: bool) -> None:
    wire.answer = lambda _: (
        stream(chunk(PARTS[:3]), chunk(PARTS[3:]), STOP) if live else whole(PARTS)
    )
    answer = _answer(await talk.ask("Where?", live=live))
    assert answer.text == "Paris."
    assert "secret" in answer.thoughts


PARIS = chunk("Paris.")
COUNTED = {"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 1}}
SHAPES: dict[str, list[Any]] = {
    "data without anything": [PARIS, b"data:\n\n", STOP],
    "retry": [b"retry: 3000\n\n", PARIS, STOP],
    "ping without an id": [PARIS, b": ping\n\n", STOP],
    "ping after an id": [b"id: 1\n" + frame(PARIS), b": ping\n\n", STOP],
    "event ping, empty object": [b"event: ping\ndata: {}\n\n", PARIS, STOP],
    "event ping with a type": [PARIS, b'event: ping\ndata: {"type": "ping"}\n\n', STOP],
    "no id": [_bare(PARIS, "id"), _bare(STOP, "id")],
    "no id, no model, no object": [{"choices": PARIS["choices"]}, {"choices": STOP["choices"]}],
    "usage without id": [PARIS, STOP, COUNTED],
    "no reason": [PARIS],
    "an empty reason": [chunk("Paris.", finish="")],
    "the tokens are the end": [PARIS, COUNTED],
    "no choices": [{"id": "c1"}, PARIS, {"choices": None}, STOP],
    "CRLF": [frame(PARIS).replace(b"\n", b"\r\n"), STOP],
    "CR": [frame(PARIS).replace(b"\n", b"\r"), STOP],
    "no empty line between": [frame(PARIS)[:-1], frame(STOP)],
    "no space after the colon": [frame(PARIS).replace(b"data: ", b"data:"), STOP],
    "an event over many lines": [
        b'data: {"choices": [{"delta":\ndata: {"content": "Paris."}}]}\n\n',
        STOP,
    ],
    "a broken frame": [b'data: {"choices": [\n\n', PARIS, STOP],
    "a list of chunks": [b"data: [" + frame(PARIS)[6:-2] + b"]\n\n", STOP],
    "a byte order mark": [b"\xef\xbb\xbf" + frame(PARIS), STOP],
    "no UTF-8": [b"data: \xff\xfe\n\n", PARIS, STOP],
    "odd types": [
        {"id": 7, "model": None, "choices": "none"},
        {**PARIS, "id": {}, "usage": 3},
        STOP,
    ],
    "legacy text": [{"choices": [{"text": "Paris."}]}, STOP],
    "too deep": [b"data: " + b"[" * 100_000 + b"\n\n", PARIS, STOP],
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
async def test_an_answer_that_came_is_taken(wire: WireServer, talk: Talk, shape: list[Any]) -> None:
    wire.answer = lambda _: stream(*shape)
    asked = await talk.ask("Where?", live=True)
    assert (_answer(asked).text, asked.written) == ("Paris.", "Paris.")
    assert len(wire.sent) == 1


BODIES = {
    "one JSON in place of a stream": whole("Paris."),
    "the same, called a stream": Say(whole("Paris.").body),
    "without a reason": whole("Paris.", finish=None),
    "lines of JSON": Say(
        b"\n".join([frame(PARIS)[6:-2], frame(STOP)[6:-2]]), 200, "application/x-ndjson"
    ),
    "blank lines before it": Say(b"\n\n  " + whole("Paris.").body, 200, "text/plain"),
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@polled_and_live
async def test_a_whole_answer_is_taken_whatever_it_is_called(
    wire: WireServer, talk: Talk, body: Say, *, live: bool
) -> None:
    wire.answer = lambda _: body
    assert _answer(await talk.ask("Where?", live=live)).text == "Paris."


@pytest.mark.parametrize(
    "say",
    [stream(chunk("Par"), ends=False), page(200), Say(b""), as_json({}), as_json([]), as_json("x")],
    ids=["cut", "a page", "nothing", "{}", "[]", "text"],
)
@polled_and_live
async def test_what_has_no_end_is_no_answer(
    wire: WireServer, talk: Talk, say: Say, *, live: bool
) -> None:
    wire.answer = lambda _: say
    with pytest.raises(OutcomeUnknown):
        await talk.ask("Where?", live=live)


USAGES: list[Any] = [
    {"prompt_tokens": None, "completion_tokens": None},
    {"prompt_tokens": "12", "completion_tokens": "3"},
    {"total_tokens": 5},
    {"prompt_tokens": -1, "completion_tokens": 1e400},
    {"prompt_tokens": True, "prompt_tokens_details": "none"},
    {"input_tokens": 3, "output_tokens": 2},
    "none",
    [],
]


@pytest.mark.parametrize("usage", USAGES, ids=str)
@polled_and_live
async def test_tokens_that_were_not_counted_cost_no_answer(
    wire: WireServer, talk: Talk, usage: Any, *, live: bool
) -> None:
    talk.exchanges.append(Exchange("a", "b"))
    wire.answer = lambda _: (
        stream(PARIS, chunk(finish="stop", usage=usage)) if live else whole("Paris.", usage=usage)
    )
    assert _answer(await talk.ask("Where?", live=live)).text == "Paris."


@pytest.mark.parametrize("usage", USAGES, ids=str)
async def test_nor_with_responses(wire: WireServer, foreground: Talk, usage: Any) -> None:
    foreground.exchanges.append(Exchange("a", "b"))
    wire.answer = lambda _: as_json(finished_response("Paris.", usage=usage))
    assert _answer(await foreground.ask("Where?")).text == "Paris."


@pytest.mark.parametrize(
    "reason", ["error", "abort", "network_error", "insufficient_system_resource", "because"]
)
async def test_half_an_answer_is_marked_as_one(wire: WireServer, talk: Talk, reason: str) -> None:
    wire.answer = lambda _: stream(chunk("Half an ans"), chunk(finish=reason))
    answer = _answer(await talk.ask("Where?", live=True))
    assert answer.words == "Half an ans"
    assert "broken off" in answer.text
    await talk.ask("And?")
    assert "broken off" not in str(wire.sent[-1])


@pytest.mark.parametrize(
    ("reason", "note"),
    [("MAX_TOKENS", "cut off"), ("model_length", "cut off"), ("SAFETY", "blocked the rest")],
)
async def test_a_reason_is_known_in_other_words(
    wire: WireServer, talk: Talk, reason: str, note: str
) -> None:
    wire.answer = lambda _: whole("Half an ans", finish=reason)
    assert note in _answer(await talk.ask("Where?")).text


async def test_nothing_but_a_broken_end_is_asked_once_more(wire: WireServer, talk: Talk) -> None:
    wire.answer = lambda _: stream(chunk(finish="error"))
    with pytest.raises(RunLost):
        await talk.ask("Where?", live=True)


async def test_a_limit_that_leaves_no_words_is_no_history(wire: WireServer, talk: Talk) -> None:
    wire.answer = lambda _: whole("", finish="length")
    answer = _answer(await talk.ask("Where?"))
    assert (answer.words, "cut off" in answer.text) == ("", True)


async def test_an_error_behind_words_leaves_the_words(wire: WireServer, talk: Talk) -> None:
    wire.answer = lambda _: stream(chunk("Half an ans"), {"error": {"code": 402, "message": "No."}})
    answer = _answer(await talk.ask("Where?", live=True))
    assert (answer.words, "broken off" in answer.text) == ("Half an ans", True)


@pytest.mark.parametrize("status", [301, 302, 303])
async def test_a_redirect_that_would_ask_nothing_is_refused_with_words(
    wire: WireServer, talk: Talk, status: int
) -> None:
    wire.answer = lambda _: Say(b"", status, headers={"Location": "/v2/chat/completions"})
    with pytest.raises(BackendRefused, match="redirects") as caught:
        await talk.ask("Where?")
    assert "OPENAI_BASE_URL" in caught.value.notice


CREATED = {"type": "response.created", "response": {"id": "resp_1", "status": "in_progress"}}
DELTA = {"type": "response.output_text.delta", "item_id": "msg_1", "delta": "Paris."}
COMPLETED = {"type": "response.completed", "response": finished_response("Paris.")}
RESPONSES = {
    "whole in place of a stream": as_json(finished_response("Paris.")),
    "an empty frame": events(CREATED, b"data:\n\n", DELTA, COMPLETED),
    "the type in the event's name": Say(
        b"event: response.completed\ndata: "
        + as_json({"response": finished_response("Paris.")}).body
        + b"\n\n"
    ),
    "no status in the end": events(
        DELTA,
        {"type": "response.completed", "response": _bare(finished_response("Paris."), "status")},
    ),
    "no output in the end": events(
        CREATED,
        DELTA,
        {"type": "response.completed", "response": {"id": "resp_1", "status": "completed"}},
    ),
    "[DONE] for an end": stream(CREATED, DELTA),
    "thoughts before it": as_json(finished_response("<think>secret</think>Paris.")),
    "content as text": as_json(
        finished_response("") | {"output": [{"type": "message", "content": "Paris."}]}
    ),
}


@pytest.mark.parametrize("say", RESPONSES.values(), ids=RESPONSES)
async def test_responses_are_read_with_the_same_tolerance(
    wire: WireServer, foreground: Talk, say: Say
) -> None:
    wire.answer = lambda _: say
    assert _answer(await foreground.ask("Where?", live=True)).text == "Paris."


async def test_a_response_that_is_cut_is_no_answer(wire: WireServer, foreground: Talk) -> None:
    wire.answer = lambda _: events(CREATED, DELTA)
    with pytest.raises(OutcomeUnknown):
        await foreground.ask("Where?", live=True)
