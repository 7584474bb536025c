"""Signing in on the page by one's account at Slack (OpenID Connect)."""

from yarl import URL

from adapters.slack.connection import Connection
from adapters.slack.errors import slack_errors
from bot.core.errors import OutcomeUnknown
from bot.core.ports.sign_in import Account, Trip

_SCOPES = ("openid", "profile")


class SlackSignIn:
    platform = "slack"
    name = "Slack"

    def __init__(self, client_id: str, secret: str, api_url: str | None) -> None:
        self._known = {"client_id": client_id, "client_secret": secret}
        self._api_url = api_url

    def address(self, trip: Trip) -> str:
        asked = {
            "response_type": "code",
            "scope": " ".join(_SCOPES),
            "client_id": self._known["client_id"],
            "state": trip.state,
            "redirect_uri": trip.back,
            "code_challenge": trip.challenge,
            "code_challenge_method": "S256",
        }
        return str(URL(Connection(self._api_url).sign_in_url).with_query(asked))

    async def account(self, trip: Trip, code: str) -> Account:
        """The token is used once, for this, and kept nowhere."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": trip.back}
        form |= {"code_verifier": trip.verifier, **self._known}
        connection = Connection(self._api_url)
        try:
            with slack_errors():
                given = await connection.client().api_call("openid.connect.token", data=form)
                token = str(given.get("access_token"))
                told = await connection.client(token).api_call("openid.connect.userInfo")
        finally:
            await connection.close()
        team, user = (told.get(f"https://slack.com/{one}_id") for one in ("team", "user"))
        if not (isinstance(team, str) and isinstance(user, str) and team and user):
            raise OutcomeUnknown("Slack did not say who this is")
        return Account(person=f"slack:{team}:{user}", name=str(told.get("name") or user))
