"""OAuth at Discord: a page where a person agrees, a token for her code, and who she is."""

import base64
import secrets
from collections.abc import Mapping
from hashlib import sha256
from urllib.parse import urlencode

from aiohttp import web

from tests.fakes.discord_faults import DiscordError, reply
from tests.fakes.discord_payloads import user_payload
from tests.fakes.discord_requests import body_of
from tests.fakes.discord_world import World

SECRET = "the app's own secret"
NEEDED = {"response_type", "scope", "client_id", "state", "redirect_uri", "code_challenge"}


class OAuthApi:
    """`who`: whoever agrees next, by id; nobody: she declines."""

    def __init__(self, world: World) -> None:
        self.who: int | None = None
        self._world = world
        self._codes: dict[str, tuple[int, Mapping[str, str]]] = {}
        self._tokens: dict[str, int] = {}

    async def authorize(self, request: web.Request) -> web.Response:
        asked = dict(request.query)
        if not asked.keys() >= NEEDED or asked["scope"] != "identify":
            raise web.HTTPBadRequest(text="invalid request")
        answer = {"state": asked["state"]}
        if self.who is None:
            answer["error"] = "access_denied"
        else:
            answer["code"] = secrets.token_hex(8)
            self._codes[answer["code"]] = self.who, asked
        back = f"{asked['redirect_uri']}?{urlencode(answer)}"
        return web.Response(status=302, headers={"Location": back})

    async def token(self, request: web.Request) -> web.Response:
        """For a code that is good once, to whoever began with the challenge of its verifier."""
        form = body_of(request)
        who, asked = self._codes.pop(form.get("code", ""), (0, {}))
        digest = sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if (form.get("client_id"), form.get("client_secret")) != (asked.get("client_id"), SECRET):
            return reply({"error": "invalid_client"}, 401)
        is_same = challenge == asked["code_challenge"]
        if not is_same or form.get("redirect_uri") != asked["redirect_uri"]:
            return reply({"error": "invalid_grant"}, 400)
        token = secrets.token_hex(8)
        self._tokens[token] = who
        return reply({"access_token": token, "token_type": "Bearer", "scope": "identify"})

    async def me(self, request: web.Request) -> web.Response:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in self._tokens:
            raise DiscordError(401, 0, "401: Unauthorized")
        return reply(user_payload(self._world.users[self._tokens[token]]))
