"""The workspaces the bot is in: one, by its token, or all that have installed it."""

from typing import Any

import structlog
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.context.async_context import AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.bodies import JSON, authorization, identity, team_of, text
from adapters.slack.connection import TIMEOUT, Connection
from adapters.slack.errors import slack_errors, token_errors
from adapters.slack.installing.installations import Installation, Installations
from adapters.slack.installing.tokens import Tokens
from bot.core.errors import ConfigError, Undeliverable
from bot.core.recent import Recent, RecentMap

log = structlog.get_logger()


class OneWorkspace:
    """The bot in one workspace, by its token."""

    def __init__(
        self,
        token: str,
        api_url: str | None = None,
        timeout: float = TIMEOUT,
        signing_secret: str | None = None,
    ) -> None:
        self._token = token
        self._connection = Connection(api_url, timeout)
        self._signing_secret = signing_secret
        self._client: AsyncWebClient | None = None
        self._bot = ""

    async def open(self) -> None:
        client = await self.client("")
        with token_errors("SLACK_BOT_TOKEN"):
            own = await client.auth_test()
        if not own.get("bot_id"):  # with it, mentions of that person would be taken for the bot's
            raise ConfigError("SLACK_BOT_TOKEN is a person's token (xoxp-…); the bot's is xoxb-…")
        self._bot = str(own["user_id"])
        name, workspace = f"@{own.get('user')}", own.get("team")
        log.info("connected_as", platform="slack", name=name, workspace=workspace)

    async def client(self, team: str) -> AsyncWebClient:
        if self._client is None:
            self._client = self._connection.client(self._token)
        return self._client

    async def bot(self, team: str) -> str:
        if not self._bot:
            client = await self.client(team)
            with slack_errors():
                self._bot = str((await client.auth_test())["user_id"])
        return self._bot

    async def replace(self, team: str, token: str) -> bool:
        return False

    async def meet(self, body: Any) -> None: ...

    def app_options(self) -> dict[str, Any]:
        options: dict[str, Any] = {"client": self._connection.client(self._token)}
        return options | ({"signing_secret": self._signing_secret} if self._signing_secret else {})

    async def close(self) -> None:
        await self._connection.close()


class InstalledWorkspaces:
    """The bot wherever people have installed it, a workspace or a whole organisation."""

    def __init__(
        self,
        installations: Installations,
        tokens: Tokens,
        connection: Connection,
        signing_secret: str,
    ) -> None:
        self._installations = installations
        self._tokens = tokens
        self._connection = connection
        self._signing_secret = signing_secret
        self._clients = RecentMap[tuple[str, str], AsyncWebClient]()
        self._met = Recent[tuple[str, str]]()

    async def open(self) -> None:
        await self._installations.open()

    async def client(self, team: str) -> AsyncWebClient:
        found = await self._tokens.get(team)
        key = (team, found.token)
        client = self._clients.get(key)
        if client is None:
            is_meant = not found.team and team != found.place
            client = self._connection.client(found.token, team if is_meant else None)
            self._clients.put(key, client)
        return client

    async def bot(self, team: str) -> str:
        """Not known before it is asked where."""
        return (await self._tokens.get(team)).bot if team else ""

    async def replace(self, team: str, token: str) -> bool:
        return await self._tokens.replace(team, token)

    async def meet(self, body: Any) -> None:
        team, organisation = team_of(body), organisation_of(body)
        if not (team and organisation) or (team, organisation) in self._met:
            return
        await self._installations.join(team, organisation)
        self._met.add((team, organisation))

    def app_options(self) -> dict[str, Any]:
        return {
            "client": self._connection.client(),
            "authorize": _Authorize(self._tokens),
            "signing_secret": self._signing_secret,
        }

    async def close(self) -> None:
        await self._connection.close()


class _Authorize(AsyncAuthorize):
    """Who the bot is where an event comes from, out of what is kept: Slack is not asked."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    async def __call__(
        self,
        *,
        context: AsyncBoltContext,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None,
        **_: Any,
    ) -> AuthorizeResult | None:
        try:
            found = await self._tokens.get(team_id or enterprise_id or "")
        except Undeliverable:
            return None
        return _result(found, user_id)


def _result(found: Installation, user: str | None) -> AuthorizeResult:
    return AuthorizeResult(
        enterprise_id=found.enterprise or None,
        team_id=found.team or None,
        bot_user_id=found.bot,
        bot_token=found.token,
        user_id=user,
    )


def organisation_of(body: Any) -> str:
    """The organisation a body comes from, if the app is installed in all of it."""
    ours: JSON = authorization(body) or body
    if ours.get("is_enterprise_install") not in (True, "true"):
        return ""
    return (
        text(ours, "enterprise_id") or text(body, "enterprise_id") or identity(body, "enterprise")
    )


def place_of(body: Any) -> str:
    return organisation_of(body) or team_of(body)
