"""An OpenAI server on loopback that speaks the real protocol and misbehaves on request.

Time passes only when somebody asks: a run moves on when it, or what it holds up, is looked at.
"""

import asyncio
import json
import re
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Self

from aiohttp import web
from aiohttp.typedefs import Handler

from tests.fakes import JSON, ApiError, error_body, new_id
from tests.fakes.loopback import LoopbackServer, hang_up, serve
from tests.fakes.misbehaving import Misbehaviour
from tests.fakes.openai_assistants import AssistantsApi
from tests.fakes.openai_audio import AudioApi
from tests.fakes.openai_chat import ChatApi
from tests.fakes.openai_containers import ContainersApi, FilesApi
from tests.fakes.openai_embeddings import EmbeddingsApi
from tests.fakes.openai_hosted import Premises
from tests.fakes.openai_moderation import ModerationApi
from tests.fakes.openai_responses import ConversationsApi, ResponsesApi
from tests.fakes.openai_shapes import SHAPES
from tests.fakes.openai_stores import StoresApi
from tests.fakes.watching import doorway

RunKind = Literal["response", "chat", "run"]

PREFIXES: dict[RunKind, str] = {"response": "resp_", "chat": "chatcmpl-", "run": "run_"}
MOVING = frozenset({"queued", "in_progress"})
OVER = frozenset({"completed", "failed", "cancelled", "incomplete", "expired"})
Wanted = Callable[[str, int], Sequence[tuple[str, str]]]
"""The calls (name and arguments) that a run makes: of a question's text, and how many outputs of
calls it has been given since."""
SETTINGS = frozenset(
    {"api_key", "assistants_quirks", "background_stream", "context_chars", "models"}
    | {"overflow", "polls", "reasoning_tokens"}
)
SHOWN = ("id", "kind", "input_text", "output_text", "conversation", "request", "status", "held")


@dataclass(frozen=True, kw_only=True)
class Fault(Misbehaviour):
    """With `stall` the work is done, too, but no answer is given until the client goes away."""

    message: str = "The server had an error while processing your request."
    type: str = "server_error"
    code: str | None = None
    param: str | None = None
    body: str | None = None
    content_type: str = "application/json"
    charset: str = "utf-8"
    stall: bool = False
    cut_after: int | None = None
    shape: str = ""  # in which a completion is streamed: see `openai_shapes`

    @classmethod
    def rate_limited(cls, retry_after: float | None = None) -> Self:
        headers = {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
        text, code = "Rate limit reached for requests.", "rate_limit_exceeded"
        return cls(status=429, message=text, type="requests", code=code, headers=headers)

    @classmethod
    def quota_exceeded(cls) -> Self:
        kind = "insufficient_quota"
        return cls(status=429, message="You exceeded your quota.", type=kind, code=kind)

    @classmethod
    def html(cls, status: int = 200) -> Self:
        page = "<html><body>Please sign in to the network.</body></html>"
        return cls(status=status, body=page, content_type="text/html")

    @classmethod
    def broken_json(cls) -> Self:
        return cls(status=200, body='{"id": "resp_', content_type="application/json")

    @classmethod
    def stalled(cls) -> Self:
        return cls(stall=True)

    @property
    def hides_answer(self) -> bool:
        return self.stall or self.drop == "after" or (self.status is not None and self.after)

    def answer(self) -> web.Response:
        body = error_body(self.message, kind=self.type, code=self.code, param=self.param)
        return web.Response(
            status=self.status or 500,
            text=json.dumps(body) if self.body is None else self.body,
            charset=self.charset,
            content_type=self.content_type,
            headers=self.headers,
        )


NO_FAULT = Fault()
FAULT = web.RequestKey("fault", Fault)


@dataclass(frozen=True)
class Recorded:
    """A request as it arrived, `at` in seconds of the monotonic clock."""

    method: str
    path: str
    query: dict[str, str]
    body: JSON | None
    at: float
    other: str = ""  # a body that is no JSON


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How a run is going to end."""

    status: str = "completed"
    error_code: str | None = None
    error_message: str | None = None
    incomplete_reason: str | None = None
    refusal: str | None = None
    commentary: str | None = None
    said: str | None = None  # in place of what was asked
    output_none: bool = False
    searches: int = 0  # of the web, by a response
    usage: Literal["whole", "without details", "none"] = "whole"


@dataclass(kw_only=True)
class FakeRun:
    """A computation somebody paid for. `live` ones die with the connection they stream on."""

    id: str
    kind: RunKind
    input_text: str
    output_text: str
    conversation: str | None
    request: JSON
    ending: Ending
    held: bool
    live: bool
    calls: list[JSON] = field(default_factory=list)
    did: list[JSON] = field(default_factory=list)  # items of what the server does itself
    outputs: int = 0  # that it has been given since the question
    status: str = "queued"
    looks: int = 0
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    on_end: Callable[[], None] = lambda: None

    @property
    def active(self) -> bool:
        return self.status not in OVER

    def look(self, polls: int) -> None:
        if self.status == "cancelling":
            self.end("cancelled")
        if self.status not in MOVING or self.live:
            return
        self.looks += 1
        self.status = "in_progress"
        if self.looks > polls and not self.held:
            self.end()

    def end(self, status: str | None = None) -> None:
        waits = self.kind == "run" and self.calls
        self.status = status or ("requires_action" if waits else self.ending.status)
        self.held = False
        self.gate.set()
        self.on_end()

    def release(self) -> None:
        self.held = False
        self.gate.set()
        if self.status in MOVING and not self.live:
            self.end()

    async def ended(self) -> None:
        """Wait out a hold, then end at once."""
        await self.gate.wait()
        if self.status in MOVING:
            self.end()

    def reopen(self) -> None:
        self.status, self.looks, self.ending = "queued", 0, Ending()

    def shown(self) -> JSON:
        return {name: getattr(self, name) for name in SHOWN}


@dataclass
class _Trap:
    method: str
    path: re.Pattern[str]
    fault: Fault
    times: int


class FakeOpenAI(LoopbackServer):
    """The server. Its public attributes are its switches; they may be flipped at any time."""

    stops_with_its_client = True

    def __init__(self, *, port: int = 0) -> None:
        self.port = port
        self.wants: Wanted = lambda text, outputs: ()
        self.does: Callable[[str], Sequence[str]] = lambda text: ()  # itself: `openai_hosted`
        self.takes_late_outputs = True  # of calls, as items and without a run
        self.answer: Callable[[str], str] = lambda text: f"You said: {text}"
        self.polls = 1
        self.api_key: str | None = None
        self.models: list[str] | None = None
        self.background_stream = True
        self.context_chars: int | None = None
        self.overflow: Literal["openai", "llama.cpp"] = "openai"
        self.assistants_quirks = False
        self.reasoning_tokens = 0
        self.requests: list[Recorded] = []
        self.runs: list[FakeRun] = []
        self.heard: list[bytes] = []  # recordings
        self.lasts: dict[str, Any] = {}  # what it says of how long each is
        self.dangers: dict[str, str] = {}  # by a part of a text: the kind that is seen in it
        self.looked_at: list[str] = []  # for danger
        self.meanings: dict[str, str] = {}  # by a word: what it means as well as others do
        self.embedded: list[str] = []  # texts of which it made vectors
        self.struck: list[Fault] = []
        self._traps: list[_Trap] = []
        self._endings: deque[Ending] = deque()
        self._holding = False
        self.files = FilesApi()
        self.containers = ContainersApi(self.files)
        self.stores = StoresApi(self.files)
        self.premises = Premises(self.containers, self.stores)
        conversations = ConversationsApi(self)
        self._responses = ResponsesApi(self, conversations)
        self._apis = (
            conversations,
            self._responses,
            ChatApi(self),
            AssistantsApi(self),
            AudioApi(self),
            ModerationApi(self),
            EmbeddingsApi(self),
            self.files,
            self.containers,
            self.stores,
            _Door(self),
        )

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def addresses(self) -> Iterable[str]:
        return [self.base_url]

    def make_app(self) -> web.Application:
        app = web.Application(client_max_size=64 * 2**20, middlewares=[doorway(self), self._front])
        app.on_response_prepare.append(_stamp)
        for api in self._apis:
            app.add_routes(api.routes())
        return app

    def fail(self, method: str, path: str, fault: Fault, times: int = 1) -> None:
        self._traps.append(_Trap(method, re.compile(path), fault, times))

    def heal(self) -> None:
        """From now on nothing goes wrong."""
        self._traps.clear()
        self._endings.clear()

    def next_run(self, **ending: Any) -> None:
        self._endings.append(Ending(**ending))

    def hold(self) -> None:
        self._holding = True

    def release(self, run_id: str | None = None) -> None:
        if run_id is None:
            self._holding = False
        for run in self.runs:
            if run.held and run_id in {None, run.id}:
                run.release()

    def begin(  # noqa: PLR0913 - what a run is of
        self,
        kind: RunKind,
        text: str,
        request: JSON,
        *,
        conversation: str | None = None,
        live: bool = False,
        outputs: int = 0,
        did: Sequence[JSON] = (),
    ) -> FakeRun:
        ending = self._endings.popleft() if self._endings else Ending()
        run = FakeRun(
            id=new_id(PREFIXES[kind]),
            kind=kind,
            input_text=text,
            output_text=ending.said or ending.refusal or self.answer(text),
            conversation=conversation,
            request=request,
            ending=ending,
            held=self._holding,
            live=live,
            calls=self.calls_for(text, outputs),
            did=[*did],
            outputs=outputs,
        )
        if not run.held:
            run.gate.set()
        self.runs.append(run)
        return run

    def usage_of(self, run: FakeRun) -> JSON:
        """What a response has used."""
        return self._responses.usage_of(run.id)

    def calls_for(self, text: str, outputs: int) -> list[JSON]:
        wanted = self.wants(text, outputs)
        return [{"id": new_id("call_"), "name": name, "arguments": a} for name, a in wanted]

    def active_run(self, conversation: str) -> FakeRun | None:
        runs = (run for run in self.runs if run.conversation == conversation and run.active)
        return next(runs, None)

    def look(self, conversation: str) -> None:
        if run := self.active_run(conversation):
            run.look(self.polls)

    def check_model(self, name: str | None) -> None:
        if name is None:
            text = "Missing required parameter: 'model'."
            raise ApiError(400, text, code="missing_required_parameter", param="model")
        if self.models is not None and name not in self.models:
            text = f"The model `{name}` does not exist or you do not have access to it."
            raise ApiError(404, text, code="model_not_found")

    def overflows(self, text: str) -> bool:
        return self.context_chars is not None and len(text) > self.context_chars

    async def stream(
        self, request: web.Request, run: FakeRun, frames: Sequence[bytes], *, pause: int
    ) -> web.StreamResponse:
        """Send the frames; while the run is held, only the first `pause` of them."""
        try:
            if request[FAULT].hides_answer:
                await run.gate.wait()
                response: web.StreamResponse = web.Response()
            else:
                response = await self._send(request, run, frames, pause)
        except (asyncio.CancelledError, ConnectionError):
            if run.live:
                run.end("cancelled")
            raise
        if run.live and run.status in MOVING:
            run.end()
        return response

    async def _send(
        self, request: web.Request, run: FakeRun, frames: Sequence[bytes], pause: int
    ) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        shape = SHAPES[request[FAULT].shape if run.kind == "chat" else ""]
        for count, frame in enumerate(shape(frames)):
            if count == request[FAULT].cut_after:
                hang_up(request)
                raise ConnectionResetError
            if count >= pause:
                await run.gate.wait()
                if run.status == "cancelled":
                    break
            await response.write(frame)
        return response

    @web.middleware
    async def _front(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith("/_control/"):
            return await handler(request)
        await self._record(request)
        fault = request[FAULT] = self._take_fault(request)
        await asyncio.sleep(fault.delay)
        if fault.drop == "before":
            return hang_up(request)
        if fault.answers_first:
            return fault.answer()
        response = await self._work(request, handler)
        if fault.stall:
            await asyncio.Event().wait()
        if fault.drop == "after":
            return hang_up(request)
        return fault.answer() if fault.hides_answer else response

    async def _work(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            self._check_key(request)
            return await handler(request)
        except ApiError as error:
            return error.answer()
        except json.JSONDecodeError:
            return ApiError(400, "We could not parse the JSON body of your request.").answer()
        except (web.HTTPNotFound, web.HTTPMethodNotAllowed) as error:
            text = f"Invalid URL ({request.method} {request.path})"
            return web.json_response(error_body(text), status=error.status)

    async def _record(self, request: web.Request) -> None:
        body, other = None, ""
        try:
            body = await request.json() if request.body_exists else None
        except ValueError:
            other = (await request.read()).decode("utf-8", "replace")
        query = dict(request.query)
        seen = Recorded(request.method, request.path, query, body, time.monotonic(), other)
        self.requests.append(seen)

    def _take_fault(self, request: web.Request) -> Fault:
        for trap in self._traps:
            if trap.times and trap.method == request.method and trap.path.search(request.path):
                trap.times -= 1
                self.struck.append(trap.fault)
                return trap.fault
        return NO_FAULT

    def _check_key(self, request: web.Request) -> None:
        key = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if self.api_key is not None and key != self.api_key:
            raise ApiError(401, f"Incorrect API key provided: {key}.", code="invalid_api_key")


class _Door:
    """What a test calls on the object, over HTTP, for when the server is another process."""

    def __init__(self, server: FakeOpenAI) -> None:
        self.server = server

    def routes(self) -> Iterable[web.RouteDef]:
        return (
            web.get("/_control/runs", self.runs),
            web.get("/_control/requests", self.requests),
            web.post("/_control/{verb:hold|release|set|fail|next_run}", self.order),
        )

    async def runs(self, _: web.Request) -> web.Response:
        return web.json_response([run.shown() for run in self.server.runs])

    async def requests(self, _: web.Request) -> web.Response:
        return web.json_response([asdict(seen) for seen in self.server.requests])

    async def order(self, request: web.Request) -> web.Response:
        given = await request.json() if request.body_exists else {}
        match request.match_info["verb"]:
            case "hold":
                self.server.hold()
            case "release":
                self.server.release(given.get("run_id"))
            case "next_run":
                self.server.next_run(**given)
            case "fail":
                fault = Fault(**given["fault"])
                self.server.fail(given["method"], given["path"], fault, given.get("times", 1))
            case "set":
                self._set(given)
        return web.json_response({"ok": True})

    def _set(self, given: JSON) -> None:
        if unknown := given.keys() - SETTINGS:
            raise web.HTTPBadRequest(text=f"no such setting: {', '.join(sorted(unknown))}")
        for name, value in given.items():
            setattr(self.server, name, value)


async def _stamp(_: web.Request, response: web.StreamResponse) -> None:
    response.headers["x-request-id"] = new_id("req_")


if __name__ == "__main__":
    serve(FakeOpenAI(), __doc__ or "")
