"""The way to Slack's servers: one HTTP session for all, opened at first use."""

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient
from yarl import URL

API_URL = "https://slack.com/api/"
TIMEOUT = 30.0  # seconds for one request


class Connection:
    """`api_url` alone moves everything to another server."""

    def __init__(self, api_url: str | None = None, timeout: float = TIMEOUT) -> None:
        self._api_url = (api_url or API_URL).rstrip("/") + "/"
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._session: aiohttp.ClientSession | None = None

    @property
    def authorize_url(self) -> str:
        """The page where people agree to have the app in their workspace."""
        return str(URL(self._api_url).join(URL("../oauth/v2/authorize")))

    @property
    def sign_in_url(self) -> str:
        """The page where people agree that an app learns who they are."""
        return str(URL(self._api_url).join(URL("../openid/connect/authorize")))

    def client(self, token: str | None = None, team: str | None = None) -> AsyncWebClient:
        """A client on the shared session; without one the library opens one for each request.

        Repeating is our own decision: the library posts twice over a dropped connection.
        """
        return AsyncWebClient(
            token,
            base_url=self._api_url,
            session=self._shared(),
            retry_handlers=[],
            team_id=team,  # where one token is for many workspaces it has to be said which
        )

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    def _shared(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._timeout)
        return self._session
