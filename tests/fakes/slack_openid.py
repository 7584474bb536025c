"""Sign in with Slack: a page where a person agrees, and who she is."""

import base64
import secrets
from collections.abc import Mapping
from hashlib import sha256
from urllib.parse import urlencode

from aiohttp import web

from tests.fakes import JSON
from tests.fakes.slack_ask import Ask, Method
from tests.fakes.slack_state import CLIENT_ID, CLIENT_SECRET, SlackError, State, Token

NEEDED = {"response_type", "scope", "client_id", "state", "redirect_uri", "code_challenge"}


class OpenId:
    """`who`: whoever agrees next; nobody: she declines."""

    def __init__(self, state: State) -> None:
        self.who: str | None = None
        self._state = state
        self._codes: dict[str, tuple[str, Mapping[str, str]]] = {}
        self._tokens: dict[str, str] = {}

    def methods(self) -> dict[str, Method]:
        return {"openid.connect.token": self.token, "openid.connect.userInfo": self.info}

    async def authorize(self, request: web.Request) -> web.Response:
        asked = dict(request.query)
        if not asked.keys() >= NEEDED or asked["client_id"] != CLIENT_ID:
            raise web.HTTPBadRequest(text="invalid request")
        answer = {"state": asked["state"]}
        if self.who is None:
            answer["error"] = "access_denied"
        else:
            answer["code"] = secrets.token_hex(8)
            self._codes[answer["code"]] = self.who, asked
        raise web.HTTPFound(f"{asked['redirect_uri']}?{urlencode(answer)}")

    def token(self, ask: Ask) -> JSON:
        """For a code that is good once, to whoever began with the challenge of its verifier."""
        if ask.args.get("client_secret") != CLIENT_SECRET:
            raise SlackError("bad_client_secret")
        who, asked = self._codes.pop(str(ask.need("code")), ("", {}))
        digest = sha256(str(ask.need("code_verifier")).encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if not who or challenge != asked["code_challenge"]:
            raise SlackError("invalid_grant")
        if ask.args.get("redirect_uri") != asked["redirect_uri"]:
            raise SlackError("bad_redirect_uri")
        token = f"xoxp-{secrets.token_hex(8)}"
        self._state.tokens[token] = Token(workspace=self._state.home, kind="user")
        self._tokens[token] = who
        return {"access_token": token, "token_type": "Bearer"}

    def info(self, ask: Ask) -> JSON:
        who = self._tokens[ask.token or ""]
        team = self._state.home.team
        name = str(self._state.users[who].get("real_name") or who)
        return {
            "sub": who,
            "https://slack.com/user_id": who,
            "https://slack.com/team_id": team,
            "name": name,
        }
