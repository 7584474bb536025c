"""A model server that takes as long as it is told to: `python -m tests.bench.model_server`."""

import asyncio
import itertools
import json
import random
import time

from aiohttp import web

from tests.bench.fakes import JSON, Tape, serve, wave_of

WORDS = "Here is what I can say about that. It takes a few words, as answers do: "
_STEPS = 4


class Model:
    def __init__(self) -> None:
        self.tape = Tape()
        self.delay = 1.0
        self.spread = 0.0  # runs take between half of it less and half of it more
        self.can_stream = True
        self.call: JSON | None = None  # what is wished first: of which wave, how often, a function
        self._ids = itertools.count(1)
        self._runs: dict[str, tuple[str, float]] = {}

    def set(self, told: JSON) -> bool:
        self.delay = told.get("delay", self.delay)
        self.spread = told.get("spread", 0.0)
        self.can_stream = told.get("can_stream", self.can_stream)
        self.call = told.get("call", self.call)
        return True

    async def complete(self, request: web.Request) -> web.StreamResponse:
        """Chat Completions: the answer comes when it is ready, on the same connection."""
        body = await request.read()
        tag = self.tape.note("asked", body)
        await asyncio.sleep(self._takes())
        asked = json.loads(body)
        if self._wishes(tag, asked):
            return await self._wish(request, is_live=bool(asked.get("stream")))
        self.tape.mark("ready", tag)
        if asked.get("stream"):
            return await self._stream(request, [_chunk(part) for part in _parts(tag)])
        return web.json_response(_completion(tag))

    def _wishes(self, tag: str, asked: JSON) -> bool:
        if not (self.call and tag and asked.get("tools") and wave_of(tag) == self.call["wave"]):
            return False
        since = [message["role"] for message in asked["messages"]][::-1]
        return since[: since.index("user")].count("tool") < int(self.call["times"])

    async def _wish(self, request: web.Request, *, is_live: bool) -> web.StreamResponse:
        assert self.call
        call: JSON = {"index": 0, "id": f"call_{next(self._ids)}", "type": "function"}
        wished = {"role": "assistant", "content": None} | {
            "tool_calls": [{**call, "function": self.call["function"]}]
        }
        if not is_live:
            return web.json_response(_completion("", wished, "tool_calls"))
        return await self._stream(request, [_chunk("", delta=wished)], "tool_calls")

    async def open(self, request: web.Request) -> web.Response:
        number = f"conv_{next(self._ids)}"
        return web.json_response(
            {"id": number, "object": "conversation", "created_at": 1, "metadata": {}}
        )

    async def create(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        tag, told = self.tape.note("asked", body), json.loads(body)
        number = f"resp_{next(self._ids)}"
        self._runs[number] = (tag, time.monotonic() + self._takes())
        if not told.get("stream"):
            return web.json_response(self._response(number))
        if not self.can_stream:
            error = {"message": "no streams here", "type": "invalid_request_error", "code": None}
            return web.json_response({"error": error}, status=400)
        return await self._live(request, number, tag)

    async def retrieve(self, request: web.Request) -> web.Response:
        return web.json_response(self._response(request.match_info["id"]))

    def _takes(self) -> float:
        return self.delay + self.spread * random.uniform(-0.5, 0.5)  # noqa: S311

    def _response(self, number: str) -> JSON:
        tag, ready_at = self._runs[number]
        if time.monotonic() >= ready_at:
            self.tape.mark("ready", tag, ready_at)
            return _response(number, "completed", tag)
        return _response(number, "in_progress", "")

    async def _live(self, request: web.Request, number: str, tag: str) -> web.StreamResponse:
        item: JSON = {"id": "msg_1", "type": "message", "role": "assistant", "content": []}
        steps: list[JSON] = [
            {"type": "response.created", "response": _response(number, "in_progress", "")},
            {"type": "response.output_item.added", "output_index": 0, "item": item},
        ]
        place: JSON = {"item_id": "msg_1", "output_index": 0, "content_index": 0, "logprobs": []}
        words: list[JSON] = [
            {"type": "response.output_text.delta", "delta": part, **place} for part in _parts(tag)
        ]
        done: JSON = {"type": "response.completed", "response": _response(number, "completed", tag)}
        shown = await _begin(request)
        for sequence, step in enumerate(steps):
            await _send(shown, {**step, "sequence_number": sequence})
        await asyncio.sleep(self._takes())
        self.tape.mark("ready", tag)
        for sequence, step in enumerate([*words, done], len(steps)):
            await _send(shown, {**step, "sequence_number": sequence})
        return shown

    async def _stream(
        self, request: web.Request, chunks: list[JSON], reason: str = "stop"
    ) -> web.StreamResponse:
        shown = await _begin(request)
        for chunk in chunks:
            await _send(shown, chunk)
        last = _chunk("") | {"choices": [], "usage": _USAGE}
        await _send(shown, _chunk("", reason))
        await _send(shown, last)
        await shown.write(b"data: [DONE]\n\n")
        return shown


_USAGE = {"prompt_tokens": 20, "completion_tokens": 20, "total_tokens": 40}


def _parts(tag: str) -> list[str]:
    step = len(WORDS) // _STEPS
    parts = [WORDS[at : at + step] for at in range(0, len(WORDS), step)]
    return [*parts, f"{tag} "]


def _completion(tag: str, message: JSON | None = None, reason: str = "stop") -> JSON:
    message = message or {"role": "assistant", "content": WORDS + tag}
    choice = {"index": 0, "message": message, "finish_reason": reason, "logprobs": None}
    head = {"id": f"chatcmpl-{tag}", "object": "chat.completion", "created": 1, "model": "bench"}
    return {**head, "choices": [choice], "usage": _USAGE}


def _chunk(text: str, reason: str | None = None, delta: JSON | None = None) -> JSON:
    choice = {"index": 0, "delta": delta or {"content": text}, "finish_reason": reason}
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "bench"}
    return {**head, "choices": [choice]}


def _response(number: str, status: str, tag: str) -> JSON:
    text = {"type": "output_text", "text": WORDS + tag, "annotations": [], "logprobs": []}
    item = {"id": f"msg_{number}", "type": "message", "role": "assistant", "status": "completed"}
    usage = {"input_tokens": 20, "output_tokens": 20, "total_tokens": 40}
    details = {"input_tokens_details": {"cached_tokens": 0}}
    return {
        "id": number,
        "object": "response",
        "created_at": 1,
        "model": "bench",
        "status": status,
        "background": True,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "metadata": {},
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "output": [{**item, "content": [text]}] if tag else [],
        "usage": {**usage, **details, "output_tokens_details": {"reasoning_tokens": 0}},
    }


async def _begin(request: web.Request) -> web.StreamResponse:
    shown = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await shown.prepare(request)
    return shown


async def _send(shown: web.StreamResponse, event: JSON) -> None:
    name = f"event: {event['type']}\n" if "type" in event else ""
    await shown.write(f"{name}data: {json.dumps(event)}\n\n".encode())


def main() -> None:
    model = Model()
    routes = [
        web.post("/v1/chat/completions", model.complete),
        web.post("/v1/conversations", model.open),
        web.post("/v1/responses", model.create),
        web.get("/v1/responses/{id}", model.retrieve),
    ]
    serve(model.tape, routes, {"set": model.set})


if __name__ == "__main__":
    main()
