"""A model's server that answers with exactly the bytes it is told to: other people's shapes."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.fakes import JSON
from tests.fakes.loopback import LoopbackServer

STREAM = "text/event-stream"


@dataclass(frozen=True)
class Say:
    """An answer, as its bytes."""

    body: bytes
    status: int = 200
    content_type: str = STREAM
    headers: dict[str, str] = field(default_factory=dict)


Answering = Callable[[JSON], Say]


class WireServer(LoopbackServer):
    """Answers each POST as `answer` says, to what it was sent; `models` is what a GET gets."""

    def __init__(self) -> None:
        self.port = 0
        self.answer: Answering = lambda _: stream(chunk("Hi."), STOP)
        self.models: Say = as_json({"object": "list", "data": [{"id": "fake-model"}]})
        self.sent: list[JSON] = []

    def addresses(self) -> Iterable[str]:
        return [self.base_url]

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def make_app(self) -> web.Application:
        app = web.Application(client_max_size=1 << 26)
        app.router.add_get("/{path:.*}", self._list)
        app.router.add_post("/{path:.*}", self._answer)
        return app

    async def _list(self, _: web.Request) -> web.Response:
        return _response(self.models)

    async def _answer(self, request: web.Request) -> web.Response:
        self.sent.append(await request.json())
        return _response(self.answer(self.sent[-1]))


def _response(say: Say) -> web.Response:
    headers = {"Content-Type": say.content_type, **say.headers}
    return web.Response(body=say.body, status=say.status, headers=headers)


def chunk(content: Any = None, finish: str | None = None, **extra: Any) -> JSON:
    delta = {} if content is None else {"content": content}
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {
        "id": "c1",
        "object": "chat.completion.chunk",
        "model": "m",
        "choices": [choice],
    } | extra


STOP = chunk(finish="stop")


def frame(data: JSON | str) -> bytes:
    return f"data: {data if isinstance(data, str) else json.dumps(data)}\n\n".encode()


def stream(*chunks: JSON | str | bytes, ends: bool = True) -> Say:
    frames = [one if isinstance(one, bytes) else frame(one) for one in chunks]
    return Say(b"".join([*frames, frame("[DONE]") if ends else b""]))


def as_json(body: Any, status: int = 200, **headers: str) -> Say:
    return Say(json.dumps(body).encode(), status, "application/json", headers)


def whole(content: Any, finish: str | None = "stop", **extra: Any) -> Say:
    message = {"role": "assistant", "content": content}
    choice = {"index": 0, "message": message, "finish_reason": finish}
    return as_json(
        {"id": "c1", "object": "chat.completion", "model": "m", "choices": [choice]} | extra
    )


def refusal(status: int, message: str, **more: Any) -> Say:
    return as_json({"error": {"message": message, **more}}, status)


def page(status: int, text: str = "<html>Access denied</html>") -> Say:
    return Say(text.encode(), status, "text/html")


def finished_response(text: str, **extra: Any) -> JSON:
    part = {"type": "output_text", "text": text, "annotations": []}
    item = {"id": "msg_1", "type": "message", "role": "assistant", "content": [part]}
    return {"id": "resp_1", "object": "response", "status": "completed", "output": [item]} | extra


def events(*told: JSON | bytes) -> Say:
    return stream(*told, ends=False)


def in_order(says: Sequence[Say]) -> Answering:
    """One after the other, the last for ever."""
    left = list(says)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]
