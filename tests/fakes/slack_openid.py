"""Sign in with Slack: a page where a person agrees, and who she is."""

import secrets
from collections.abc import Mapping

from tests.fakes import JSON
from tests.fakes.agreeing import Agreeing, challenge_of
from tests.fakes.slack_ask import Ask, Method
from tests.fakes.slack_state import CLIENT_ID, CLIENT_SECRET, SlackError, State, Token


class OpenId(Agreeing[str]):
    def __init__(self, state: State) -> None:
        super().__init__()
        self._state = state
        self._tokens: dict[str, str] = {}

    def methods(self) -> dict[str, Method]:
        return {"openid.connect.token": self.token, "openid.connect.userInfo": self.info}

    def knows(self, asked: Mapping[str, str]) -> bool:
        return asked["client_id"] == CLIENT_ID

    def token(self, ask: Ask) -> JSON:
        """For a code that is good once, to whoever began with the challenge of its verifier."""
        if ask.args.get("client_secret") != CLIENT_SECRET:
            raise SlackError("bad_client_secret")
        who, asked = self.redeemed(str(ask.need("code")))
        challenge = challenge_of(str(ask.need("code_verifier")))
        if who is None or challenge != asked["code_challenge"]:
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
