"""Chat Completions and the list of models: no memory, the whole history in every request."""

import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from aiohttp import web

from tests.fakes import JSON, ApiError, last_user_text, sse, text_of, tokens, words

if TYPE_CHECKING:
    from tests.fakes.openai_server import FakeOpenAI, FakeRun

FINISH_REASONS = {"content_filter": "content_filter"}


class ChatApi:
    """`/v1/chat/completions` and `/v1/models`."""

    def __init__(self, server: "FakeOpenAI") -> None:
        self.server = server

    def routes(self) -> Iterable[web.RouteDef]:
        return (
            web.post("/v1/chat/completions", self._complete),
            web.get("/v1/models", self._models),
            web.get("/v1/models/{id:.+}", self._model),
        )

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.server.check_model(body.get("model"))
        self._check_size(body["messages"])
        _check_calls(body["messages"])
        live = bool(body.get("stream"))
        text, outputs = last_user_text(body["messages"]), _outputs_since(body["messages"])
        run = self.server.begin("chat", text, body, live=live, outputs=outputs)
        run.status = "in_progress"
        if live:
            return await self.server.stream(request, run, _frames(run), pause=2)
        await run.ended()
        if run.status == "failed":
            raise ApiError(500, "The model failed to answer.", code=run.ending.error_code)
        return web.json_response(_completion(run))

    def _check_size(self, messages: list[JSON]) -> None:
        text = text_of(messages)
        if self.server.overflows(text):
            limit = self.server.context_chars or 0
            raise _OVERFLOWS[self.server.overflow](tokens(text), tokens("x" * limit))

    async def _models(self, _: web.Request) -> web.Response:
        models = [_model(name) for name in self.server.models or ["fake-model"]]
        return web.json_response({"object": "list", "data": models})

    async def _model(self, request: web.Request) -> web.Response:
        self.server.check_model(request.match_info["id"])
        return web.json_response(_model(request.match_info["id"]))


def _outputs_since(messages: list[JSON]) -> int:
    """How many outputs of calls stand behind the last question."""
    asked = max((n for n, one in enumerate(messages) if one.get("role") == "user"), default=0)
    return sum(message.get("role") == "tool" for message in messages[asked:])


def _check_calls(messages: list[JSON]) -> None:
    made = [call["id"] for message in messages for call in message.get("tool_calls") or ()]
    told = [message["tool_call_id"] for message in messages if message.get("role") == "tool"]
    if made != told:
        text = "An assistant message with 'tool_calls' must be followed by tool messages responding"
        raise ApiError(400, f"{text} to each 'tool_call_id'.", param="messages")


def _tool_calls(run: "FakeRun") -> list[JSON]:
    return [
        {
            "id": call["id"],
            "type": "function",
            "function": {"name": call["name"], "arguments": call["arguments"]},
        }
        for call in run.calls
    ]


def _model(name: str) -> JSON:
    return {"id": name, "object": "model", "created": 1_700_000_000, "owned_by": "fake"}


def _openai_overflow(asked: int, limit: int) -> ApiError:
    text = f"This model's maximum context length is {limit} tokens."
    text += f" However, your messages resulted in {asked} tokens."
    return ApiError(400, text, code="context_length_exceeded", param="messages")


def _llama_overflow(asked: int, limit: int) -> ApiError:
    text = "the request exceeds the available context size, try increasing it"
    counts = {"n_prompt_tokens": asked, "n_ctx": limit}
    error = {"code": 400, "message": text, "type": "exceed_context_size_error", **counts}
    return ApiError(400, text, body={"error": error})


_OVERFLOWS = {"openai": _openai_overflow, "llama.cpp": _llama_overflow}


def _completion(run: "FakeRun") -> JSON:
    refusal = run.ending.refusal
    said: JSON = {"content": None if refusal else run.output_text, "refusal": refusal}
    if run.calls:
        said = {"content": None, "tool_calls": _tool_calls(run)}
    choice = {"index": 0, "message": {"role": "assistant", **said}, "logprobs": None}
    ended = {**choice, "finish_reason": _finish_reason(run)}
    return {**_head(run, "chat.completion"), "choices": [ended], "usage": _usage(run)}


def _frames(run: "FakeRun") -> list[bytes]:
    """List the chunks: the role, every word, the reason to stop, the usage if it was asked for."""
    wants_usage = (run.request.get("stream_options") or {}).get("include_usage")
    field = "refusal" if run.ending.refusal else "content"
    deltas: list[JSON] = [
        {"role": "assistant", "content": ""},
        *({field: w} for w in words(run.output_text)),
    ]
    if run.calls:
        deltas = [{"role": "assistant", "content": None}, *_call_deltas(run)]
    choices = [[_choice(delta)] for delta in deltas] + [[_choice({}, _finish_reason(run))]]
    head = _head(run, "chat.completion.chunk") | ({"usage": None} if wants_usage else {})
    chunks = [{**head, "choices": choice} for choice in choices]
    if wants_usage:
        chunks.append({**head, "choices": [], "usage": _usage(run)})
    return [*map(sse, chunks), sse("[DONE]")]


def _call_deltas(run: "FakeRun") -> Iterator[JSON]:
    """Of each call the id and name first, its arguments in pieces; known by its index."""
    for index, call in enumerate(_tool_calls(run)):
        arguments = call["function"]["arguments"]
        begun = {**call, "index": index, "function": {**call["function"], "arguments": ""}}
        yield {"tool_calls": [begun]}
        for piece in words(arguments):
            yield {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}


def _choice(delta: JSON, reason: str | None = None) -> JSON:
    return {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}


def _finish_reason(run: "FakeRun") -> str:
    if run.calls and run.ending.status == "completed":
        return "tool_calls"
    if run.ending.status != "incomplete":
        return "stop"
    return FINISH_REASONS.get(run.ending.incomplete_reason or "", "length")


def _head(run: "FakeRun", kind: str) -> JSON:
    model = run.request["model"]
    return {"id": run.id, "object": kind, "created": int(time.time()), "model": model}


def _usage(run: "FakeRun") -> JSON | None:
    if run.ending.usage == "none":
        return None
    messages = run.request["messages"]
    read, written = tokens(text_of(messages)), tokens(run.output_text)
    cached = tokens(text_of(messages[:-1]))
    whole = run.ending.usage == "whole"
    return {
        "prompt_tokens": read,
        "prompt_tokens_details": {"cached_tokens": cached} if whole else None,
        "completion_tokens": written,
        "completion_tokens_details": {"reasoning_tokens": 0} if whole else None,
        "total_tokens": read + written,
    }
