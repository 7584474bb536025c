"""OAuth at Discord: a page where a person agrees, a token for her code, and who she is."""

import secrets
from collections.abc import Mapping

from aiohttp import web

from tests.fakes.agreeing import Agreeing, challenge_of
from tests.fakes.discord_faults import DiscordError, reply
from tests.fakes.discord_payloads import user_payload
from tests.fakes.discord_requests import body_of
from tests.fakes.discord_world import World

SECRET = "the app's own secret"


class OAuthApi(Agreeing[int]):
    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world
        self._tokens: dict[str, int] = {}

    def knows(self, asked: Mapping[str, str]) -> bool:
        return asked["scope"] == "identify"

    async def token(self, request: web.Request) -> web.Response:
        """For a code that is good once, to whoever began with the challenge of its verifier."""
        form = body_of(request)
        who, asked = self.redeemed(form.get("code", ""))
        if (form.get("client_id"), form.get("client_secret")) != (asked.get("client_id"), SECRET):
            return reply({"error": "invalid_client"}, 401)
        is_same = challenge_of(form.get("code_verifier", "")) == asked["code_challenge"]
        if who is None or not is_same or form.get("redirect_uri") != asked["redirect_uri"]:
            return reply({"error": "invalid_grant"}, 400)
        token = secrets.token_hex(8)
        self._tokens[token] = who
        return reply({"access_token": token, "token_type": "Bearer", "scope": "identify"})

    async def me(self, request: web.Request) -> web.Response:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in self._tokens:
            raise DiscordError(401, 0, "401: Unauthorized")
        return reply(user_payload(self._world.users[self._tokens[token]]))
