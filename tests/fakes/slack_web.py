"""The door of the Web API: every request is recorded, spoiled if asked for, checked, answered."""

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Handler

from tests.fakes import JSON, new_id
from tests.fakes.loopback import hang_up
from tests.fakes.slack_ask import Ask, Method, read_args, read_token
from tests.fakes.slack_auth import AuthApi
from tests.fakes.slack_chat import ChatApi
from tests.fakes.slack_faults import NO_FAULT, Fault, Faults, wait_out
from tests.fakes.slack_files import FilesApi
from tests.fakes.slack_sockets import Sockets
from tests.fakes.slack_state import SlackError, State, Workspace

SCOPES = {
    "chat.getPermalink": None,
    "chat.": "chat:write",
    "assistant.": "assistant:write",
    "agents.": "assistant:write",
    "conversations.history": "{}:history",
    "conversations.replies": "{}:history",
    "conversations.open": "im:write",
    "conversations.list": "channels:read",
    "conversations.": "{}:read",
    "users.": "users:read",
    "usergroups.": "usergroups:read",
    "reactions.": "reactions:write",
    "files.info": "files:read",
    "files.": "files:write",
}
KINDS = {"channel": "channels", "group": "groups", "im": "im", "mpim": "mpim"}
OTHERS = {
    "/link": "link",
    "/upload/": "files.upload",
    "/files-pri/": "files.download",
    "/response/": "response_url",
    "/oauth/": "authorize",
    "/openid/": "authorize",
}
PER_CHANNEL = frozenset({"chat.postMessage", "chat.postEphemeral"})


@dataclass
class Call:
    """A request as it arrived, `at` in seconds of the monotonic clock, and what was answered."""

    method: str
    token: str | None
    args: JSON
    at: float
    answer: str = ""  # `ok`, the name of the error, `http_500`, `dropped_after`, ...


CALL = web.RequestKey("call", Call)


class WebApi:
    def __init__(self, state: State, faults: Faults, auth: AuthApi) -> None:
        self.calls: list[Call] = []
        self._state = state
        self._faults = faults
        self._auth = auth
        self._methods: dict[str, Method] = auth.methods()

    def add(self, methods: dict[str, Method]) -> None:
        self._methods |= methods

    def routes(self, chat: ChatApi, files: FilesApi, sockets: Sockets) -> Iterable[web.RouteDef]:
        async def respond(request: web.Request) -> web.Response:
            return self._respond(request, chat)

        return (
            web.get("/link", sockets.serve),
            web.get("/api/{method}", self._call),
            web.post("/api/{method}", self._call),
            web.post("/response/{id}", respond),
            web.post("/upload/{file}", files.upload),
            web.get("/files-pri/{file}/{name:.+}", files.download),
            web.get("/oauth/v2/authorize", self._auth.authorize),
        )

    @web.middleware
    async def front(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith("/_control/"):
            return await handler(request)
        call = request[CALL] = await self._record(request)
        fault = self._faults.take(call.method) or self._over_limit(call) or NO_FAULT
        await wait_out(fault, after=False)
        if fault.drop == "before" or fault.answers_first:
            return _spoiled(fault, request)
        response = await self._work(request, handler)
        await wait_out(fault, after=True)
        return _spoiled(fault, request) if fault.hides_answer else response

    async def _work(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except SlackError as error:
            request[CALL].answer = error.error
            return web.json_response(error.body, status=error.status)

    async def _record(self, request: web.Request) -> Call:
        method = _method(request)
        try:
            args = {} if method == "files.upload" else await read_args(request)
        except SlackError:
            args = {}
        call = Call(method, read_token(request, args), args, time.monotonic())
        self.calls.append(call)
        return call

    def _over_limit(self, call: Call) -> Fault | None:
        whose = call.token or ""
        if call.method in PER_CHANNEL:
            whose += str(call.args.get("channel"))
        return self._faults.over_limit(call.method, whose)

    async def _call(self, request: web.Request) -> web.Response:
        call = request[CALL]
        home = self._auth.check(call.method, call.token)
        headers = {"x-oauth-scopes": ",".join(sorted(home.scopes)), "x-slack-req-id": new_id("")}
        try:
            answer: JSON = {"ok": True} | self._answer(call, home)
        except SlackError as error:
            answer = error.body
        call.answer = "ok" if answer["ok"] else answer["error"]
        # A copy made now: what is in it may change before it is sent.
        return web.Response(
            text=json.dumps(answer), content_type="application/json", headers=headers
        )

    def _answer(self, call: Call, home: Workspace) -> JSON:
        if call.method not in self._methods:
            raise SlackError("unknown_method", req_method=call.method)
        ask = Ask(method=call.method, args=call.args, token=call.token, home=home)
        self._check_scope(ask)
        return self._methods[call.method](ask)

    def _check_scope(self, ask: Ask) -> None:
        for needed in self._needed(ask):
            if needed not in ask.home.scopes:
                provided = ",".join(sorted(ask.home.scopes))
                raise SlackError("missing_scope", needed=needed, provided=provided)

    def _needed(self, ask: Ask) -> Iterable[str]:
        scope = next((s for start, s in SCOPES.items() if ask.method.startswith(start)), None)
        if scope is not None:
            yield scope.format(KINDS[self._kind(ask)])
        if any(name in ask.args for name in ("username", "icon_emoji", "icon_url")):
            yield "chat:write.customize"

    def _kind(self, ask: Ask) -> str:
        channel = self._state.channels.get(ask.text("channel"))
        return channel.kind if channel else "channel"

    def _respond(self, request: web.Request, chat: ChatApi) -> web.Response:
        url = self._state.response_urls.get(request.match_info["id"])
        if url is None:
            raise SlackError("expired_url", status=404)
        chat.respond(url, request[CALL].args)
        request[CALL].answer = "ok"
        return web.Response(text="ok")


def _spoiled(fault: Fault, request: web.Request) -> web.Response:
    request[CALL].answer = fault.name
    return hang_up(request) if fault.drop else fault.answer()


def _method(request: web.Request) -> str:
    if request.path.startswith("/api/"):
        return request.path.removeprefix("/api/")
    return next((name for start, name in OTHERS.items() if request.path.startswith(start)), "?")
