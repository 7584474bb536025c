"""Members of known kinds, as servers and gateways write them: answers, errors, waits, calls."""

import json
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any, cast

import httpx2
import pytest

from bot.backends.calls import CallReader
from bot.backends.completions import Completion
from bot.backends.error_bodies import failure_in
from bot.backends.failures import UnknownModel, Where, judge
from bot.backends.frames import DONE, frames
from bot.backends.openai_errors import failure_of
from bot.backends.requests import is_error
from bot.backends.tolerant import as_utf8
from bot.core.errors import BackendRefused, ContextTooLong
from bot.core.headers import retry_after
from bot.core.prompts import Prompt
from tests.fakes import JSON

DATE = "Wed, 21 Oct 2026 07:28:00 GMT"


def said(*told: Any) -> bytes:
    return b"".join(b"data: " + json.dumps(one).encode() + b"\n\n" for one in told)


def piece(words: str, finish: str | None = None) -> JSON:
    return {"choices": [{"index": 0, "delta": {"content": words}, "finish_reason": finish}]}


def glued(*told: JSON, between: bytes = b"") -> bytes:
    return b"data: " + between.join(json.dumps(one).encode() for one in told) + b"\n\n"


HALVES = (piece("Par"), piece("is.", "stop"))
MESSAGE = {"role": "assistant", "content": "Paris."}
ANSWERS = {
    "two events in a line": glued(*HALVES),
    "two events, glued": glued(*HALVES, between=b"data: "),
    "an event in a string": said(json.dumps(piece("Paris.", "stop"))),
    "a control character": glued(piece("Par\x01is.", "stop")).replace(b"\\u0001", b"\x01"),
    "a delta in a list": said({"choices": [{"delta": [{"content": "Paris."}]}]}, piece("", "stop")),
    "messages": said({"choices": [{"messages": [MESSAGE], "finish_reason": "stop"}]}),
    "what was spoken": said(
        {"choices": [{"delta": {"audio": {"transcript": "Paris."}}, "finish_reason": "stop"}]}
    ),
    "Cohere": said(
        {"type": "content-delta", "delta": {"message": {"content": {"text": "Paris."}}}},
        {"type": "message-end", "delta": {"finish_reason": "COMPLETE"}},
    ),
    "Cohere's first": said(
        {"event_type": "text-generation", "text": "Paris."},
        {"event_type": "stream-end", "finish_reason": "COMPLETE"},
    ),
    "TGI": said(
        {"token": {"text": "Paris."}, "generated_text": None},
        {"token": {"text": "</s>", "special": True}, "generated_text": "Paris."},
    ),
    "TGI, whole": b'[{"generated_text": "Paris."}]',
    "llama.cpp": said({"content": "Paris.", "stop": False}, {"content": "", "stop": True}),
    "llama.cpp, whole": b'{"content": "Paris.", "stop": true, "stop_type": "eos"}',
    "Bedrock": json.dumps({"output": {"message": MESSAGE}, "stopReason": "end_turn"}).encode(),
    "Bedrock, a stream": said(
        {"contentBlockDelta": {"delta": {"text": "Paris."}}},
        {"messageStop": {"stopReason": "end_turn"}},
    ),
    "DashScope": said({"output": {"choices": [{"message": MESSAGE, "finish_reason": "stop"}]}}),
    "UTF-16": said(*HALVES).decode().encode("utf-16"),
    "UTF-16 without a mark": said(*HALVES).decode().encode("utf-16-be"),
    "UTF-16, whole": json.dumps({"choices": [{"message": MESSAGE}]}).encode("utf-16-le"),
    "UTF-8 with a mark": b"\xef\xbb\xbf" + said(*HALVES),
    "commas too many": said(*HALVES).replace(b"}", b",}").replace(b"]", b", ]"),
    "single quotes": b"data: " + str(HALVES[0]).encode() + b"\n\ndata: "
    b"{'choices': [{'delta': {'content': 'is.', 'x': 'don\\'t \"so\"'},"
    b" 'finish_reason': 'stop',}]}\n\n",
    "single quotes, whole": str({"choices": [{"message": MESSAGE, "logprobs": None}]}).encode(),
    "only the second answer": said(
        {"choices": [{"index": 1, "delta": {"content": "Paris."}}]},
        {"choices": [{"index": 1, "delta": {}, "finish_reason": "stop"}]},
    ),
    "two answers in turn": said(
        {"choices": [{"index": 1, "delta": {"content": "Par"}}]},
        {"choices": [{"index": 0, "delta": {"content": "Rome"}}]},
        {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
        {"choices": [{"index": 1, "delta": {"content": "is."}, "finish_reason": "stop"}]},
    ),
    "DashScope, words": b'{"output": {"text": "Paris.", "finish_reason": "stop"}}',
}


async def read(body: bytes) -> Completion:
    async def whole() -> AsyncIterator[bytes]:
        yield body

    completion = Completion()
    async for frame in frames(as_utf8(whole())):
        assert frame is DONE or not is_error(frame)
        completion.take(frame)
    return completion


@pytest.mark.parametrize("shape", ANSWERS)
async def test_an_answer_is_read(shape: str) -> None:
    completion = await read(ANSWERS[shape])
    assert completion.is_ended
    assert completion.finished(None).text.replace("\x01", "") == "Paris."


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("words", ["one\ntwo", "one\n\ntwo: three", "one\n", "a\n\n\nb"])
async def test_a_line_that_is_broken_within_a_string_is_read(words: str, end: bytes) -> None:
    body = said(piece(words), piece(" so.", "stop")).replace(b"\\n", end)
    written = (await read(body)).finished(None).text
    assert "".join(written.split()) == "".join(f"{words}so.".split())


async def test_one_that_is_never_closed_costs_no_other() -> None:
    cut = b'data: {"choices": [{"delta": {"content": "Lo\n\nst\n\n'
    assert (await read(cut + said(*HALVES))).finished(None).text == "Paris."


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8-sig"])
def test_an_error_is_read_in_any_encoding(encoding: str) -> None:
    body = json.dumps({"error": {"message": "prompt is too long"}}).encode(encoding)
    request = httpx2.Request("POST", "http://127.0.0.1/v1/chat/completions")
    failure = failure_of(httpx2.Response(400, content=body, request=request))
    assert type(judge(failure)) is ContextTooLong


async def test_a_limit_of_llama_cpps_own_is_one() -> None:
    completion = await read(b'{"content": "Par", "stop": true, "stop_type": "limit"}')
    assert "cut off" in completion.finished(None).remark


@pytest.mark.parametrize("shape", ["Cohere", "Bedrock, a stream", "two events, glued"])
async def test_a_cut_in_any_of_them_is_no_ending(shape: str) -> None:
    body = ANSWERS[shape]
    assert not (await read(body[: body.rindex(b"{")])).is_ended


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, {"error": {"message": "入力が長すぎます"}}, ContextTooLong),
        (400, {"error": {"message": "입력이 최대 토큰 수를 초과했습니다"}}, ContextTooLong),
        (500, {"detail": "Prompt length 50 exceeds maximum sequence length 40"}, ContextTooLong),
        (422, {"detail": {"msg": "The requested context is too big"}}, ContextTooLong),
        (400, {"message": "The provided model identifier is invalid."}, UnknownModel),
    ],
)
def test_an_error_is_known(status: int, body: JSON, kind: type[Exception]) -> None:
    assert type(judge(failure_in(body, Where.RESPONSE, status=status))) is kind


@pytest.mark.parametrize("code", ["Arrearage", "billing_hard_limit_reached"])
def test_what_is_spent_is_told_as_spent(code: str) -> None:
    error = judge(failure_in({"error": {"code": code}}, Where.RESPONSE, status=400))
    assert isinstance(error, BackendRefused)
    assert "no credit" in error.notice


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "2.5"}, 2.5),
        ({"Retry-After": "3s"}, 3.0),
        ({"Retry-After": "1m30s"}, 90.0),
        ({"Retry-After": "250ms"}, 0.25),
        ({"Retry-After": "120, 60"}, 120.0),
        ({"Retry-After-Ms": "1500"}, 1.5),
        ({"Retry-After": "Wed, 21 Oct 2026 07:29:00 GMT", "Date": DATE}, 60.0),
        ({"Retry-After": "Wed, 21 Oct 2026 07:00:00 GMT", "Date": DATE}, 0.0),
        ({"Retry-After": DATE}, None),
        ({"Retry-After": "-5"}, 0.0),
        *[({"Retry-After": odd}, None) for odd in ("nan", "inf", "1e999", "soon", "", "s", "1x")],
        ({}, None),
    ],
)
def test_a_wait_is_read_however_it_is_written(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert retry_after(httpx2.Headers(headers)) == seconds


@pytest.mark.parametrize(
    ("headers", "status", "seconds"),
    [
        ({"x-ratelimit-reset-requests": "1m2s"}, 429, 62.0),
        ({"X-RateLimit-Reset-Tokens": "250ms"}, 429, 0.25),
        ({"x-ratelimit-reset-tokens": "12"}, 429, 12.0),
        ({"x-ratelimit-reset-requests": "9s", "x-ratelimit-reset-tokens": "2s"}, 429, 2.0),
        (
            {
                "x-ratelimit-reset-requests": "9s",
                "x-ratelimit-remaining-requests": "0",
                "x-ratelimit-reset-tokens": "2s",
                "x-ratelimit-remaining-tokens": "70",
            },
            429,
            9.0,
        ),
        ({"x-ratelimit-reset-requests": "1m2s", "Retry-After": "5"}, 429, 5.0),
        ({"x-ratelimit-reset-requests": "soon"}, 429, None),
        ({"x-ratelimit-reset-requests": "1m2s"}, 500, None),
    ],
)
def test_a_limit_says_when_it_is_lifted(
    headers: dict[str, str], status: int, seconds: float | None
) -> None:
    request = httpx2.Request("POST", "http://127.0.0.1/v1/chat/completions")
    response = httpx2.Response(status, headers=headers, text="{}", request=request)
    assert failure_of(response).retry_after == seconds


CALL = {"name": "look", "arguments": '{"q": 1}'}
CALLS: dict[str, list[Any]] = {
    "by their numbers": [{"0": {"id": "a", "function": CALL}}],
    "packed": [[{"id": "a", "function": json.dumps(CALL)}]],
    "packed twice": [[{"function": {**CALL, "arguments": json.dumps(CALL["arguments"])}}]],
    "in a room": [[{"function": {**CALL, "name": "functions.look"}}]],
    "an empty one behind": [
        [{"index": 0, "id": "a", "function": CALL}],
        [{"index": 1, "function": {"name": "", "arguments": ""}}],
    ],
    "told whole again": [[{"index": 0, "id": "a", "function": CALL}]] * 2,
}


@pytest.mark.parametrize("shape", CALLS)
def test_a_call_is_read(shape: str) -> None:
    reader = CallReader()
    for told in CALLS[shape]:
        reader.take({"tool_calls": told})
    prompt = cast("Prompt", SimpleNamespace(steps=(), turn_id=1))
    assert [(one.tool, one.arguments) for one in reader.calls(prompt)] == [("look", '{"q": 1}')]
