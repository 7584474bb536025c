"""The front door: every request is written down, and may be refused, limited or spoilt."""

import time

from aiohttp import web
from aiohttp.typedefs import Handler

from tests.fakes.discord_acts import LivelyWorld
from tests.fakes.discord_faults import DiscordError, RateLimits, Traps, reply
from tests.fakes.discord_requests import Call, body_of, read
from tests.fakes.loopback import hang_up

API = "/api/v10"
BY_TOKEN_IN_THE_PATH = ("/interactions/", "/webhooks/", "/cdn/", "/oauth2/token", "/oauth2/auth")


def _bearer(request: web.Request) -> bool:
    return request.headers.get("Authorization", "").startswith("Bearer ")


class Front:
    def __init__(self, world: LivelyWorld) -> None:
        self.calls: list[Call] = []
        self.traps = Traps()
        self.limits = RateLimits(world.clock)
        self._world = world

    @web.middleware
    async def receive(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith(("/_control/", "/gateway")):
            return await handler(request)
        path = request.path.removeprefix(API)
        await read(request)
        query, body = dict(request.query), body_of(request)
        call = Call(request.method, path, query, body, time.monotonic())
        self.calls.append(call)
        fault = self.traps.take(request.method, path)
        await fault.hold_up()
        if fault.drop == "before":
            return hang_up(request)
        response = fault.answer() if fault.answers_first else await self._limited(request, handler)
        if fault.drop == "after":
            return hang_up(request)
        response = fault.answer() if fault.hides_answer else response
        call.status = response.status
        return response

    async def _limited(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        headers, refusal = self.limits.spend(request.method, request.path.removeprefix(API))
        response = refusal or await self._work(request, handler)
        response.headers.update(headers)
        return response

    async def _work(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        path = request.path.removeprefix(API)
        named = request.headers.get("Authorization") == f"Bot {self._world.token}"
        is_person = path == "/users/@me" and _bearer(request)
        if not (named or is_person) and not path.startswith(BY_TOKEN_IN_THE_PATH):
            return DiscordError(401, 0, "401: Unauthorized").answer()
        try:
            return await handler(request)
        except DiscordError as error:
            return error.answer()
        except web.HTTPException as error:
            text = f"{error.status}: {error.reason}"
            return reply({"message": text, "code": 0}, error.status)
