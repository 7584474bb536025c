"""Signing in on the page by one's account at Discord (OAuth 2)."""

import aiohttp
from yarl import URL

from bot.core.errors import OutcomeUnknown
from bot.core.ports.sign_in import Account, Trip

_API_URL = "https://discord.com/api/v10"
_TIMEOUT = aiohttp.ClientTimeout(total=15.0)


class DiscordSignIn:
    platform = "discord"
    name = "Discord"

    def __init__(self, client_id: str, secret: str, api_url: str | None) -> None:
        self._known = {"client_id": client_id, "client_secret": secret}
        self._api_url = URL(api_url or _API_URL)

    def address(self, trip: Trip) -> str:
        asked = {
            "response_type": "code",
            "scope": "identify",
            "client_id": self._known["client_id"],
            "state": trip.state,
            "redirect_uri": trip.back,
            "code_challenge": trip.challenge,
            "code_challenge_method": "S256",
            "prompt": "none",  # who has agreed before is not asked again
        }
        return str(self._api_url.join(URL("/oauth2/authorize")).with_query(asked))

    async def account(self, trip: Trip, code: str) -> Account:
        """The token is used once, for this, and kept nowhere."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": trip.back}
        form |= {"code_verifier": trip.verifier, **self._known}
        try:
            async with aiohttp.ClientSession(timeout=_TIMEOUT, raise_for_status=True) as client:
                token = self._api_url / "oauth2" / "token"
                async with client.post(token, data=form) as answer:
                    bearer = {"Authorization": f"Bearer {(await answer.json())['access_token']}"}
                me = self._api_url / "users" / "@me"
                async with client.get(me, headers=bearer) as answer:
                    told = await answer.json()
            name = told.get("global_name") or told["username"]
            return Account(person=f"discord:{int(told['id'])}", name=str(name))
        except (aiohttp.ClientError, TimeoutError, KeyError, TypeError, ValueError) as error:
            raise OutcomeUnknown(f"Discord did not say who this is: {error!r}") from error
