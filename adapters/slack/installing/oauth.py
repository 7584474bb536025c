"""Installing the app by OAuth: two pages, and an end when it is thrown out again."""

import json
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from hashlib import sha256
from typing import Any

import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.oauth.installation_store import Installation as SlackInstallation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore

from adapters.slack.bodies import JSON, number, part, text
from adapters.slack.connection import Connection
from adapters.slack.errors import slack_errors
from adapters.slack.installing.installations import installation
from adapters.slack.installing.seal import Seal
from adapters.slack.installing.tokens import Tokens
from adapters.slack.installing.workspaces import place_of
from adapters.slack.manifest import BOT_SCOPES, REDIRECT_PATH
from bot.core.errors import BotError, OutcomeUnknown
from bot.core.ports.clock import Clock
from bot.core.ports.memory import Memory

log = structlog.get_logger()

INSTALL_PATH = "/slack/install"
_STATE = "install"
_USED = "slack:states"  # by hash: when it was used
_STATE_LIVES = 600  # seconds


class OAuthClient:
    """The app itself, as Slack knows it: it is given tokens for codes, and new ones for old."""

    def __init__(self, client_id: str, client_secret: str, connection: Connection) -> None:
        self.id = client_id
        self.secret = client_secret
        self._connection = connection

    @property
    def authorize_url(self) -> str:
        return self._connection.authorize_url

    async def exchange(self, code: str) -> JSON:
        return await self._access(code=code)

    async def renew(self, refresh_token: str) -> JSON:
        return await self._access(grant_type="refresh_token", refresh_token=refresh_token)

    async def _access(self, **given: str) -> JSON:
        """Id and secret go in the form: the library's own way to send them is going away."""
        form = {"client_id": self.id, "client_secret": self.secret, **given}
        with slack_errors():
            answer = await self._connection.client().api_call("oauth.v2.access", data=form)
        if not isinstance(answer.data, dict) or not text(answer.data, "access_token"):
            raise OutcomeUnknown("there is no token in what Slack answered")
        return answer.data


class States(AsyncOAuthStateStore):
    """What shows that who comes back is who went: sealed instead of stored, and good once.

    Any process knows it again, also after a restart; it says nothing without the cookie, which
    only one browser has. What was used is remembered as long as it could be used again.
    """

    def __init__(self, seal: Seal, memory: Memory, clock: Clock) -> None:
        self._seal = seal
        self._memory = memory
        self._clock = clock

    async def async_issue(self, *_: Any, **__: Any) -> str:
        return self._seal.close(_STATE)

    async def async_consume(self, state: str) -> bool:
        if self._seal.open(state, _STATE_LIVES) != _STATE:
            return False
        name = sha256(state.encode()).hexdigest()
        while True:
            known = await self._memory.recall(_USED) or ""
            used = self._alive(known)
            if name in used:
                return False
            now_used = json.dumps({**used, name: self._clock()})
            if await self._memory.replace(_USED, known, now_used):
                return True  # else another process has used one meanwhile: look again

    def _alive(self, known: str) -> dict[str, float]:
        oldest = self._clock() - _STATE_LIVES
        used: dict[str, float] = json.loads(known or "{}")
        return {name: at for name, at in used.items() if at > oldest}


class InstallFlow(AsyncOAuthFlow):
    """Bolt's own, which keeps what is installed with us and asks Slack for nothing more."""

    def __init__(
        self,
        client: OAuthClient,
        tokens: Tokens,
        states: AsyncOAuthStateStore,
        clock: Clock,
        welcome: AbstractSet[str] = frozenset(),
    ) -> None:
        """`welcome`: ids of those who may install it; without any, whoever comes."""
        settings = AsyncOAuthSettings(
            client_id=client.id,
            client_secret=client.secret,
            scopes=BOT_SCOPES,
            user_scopes=(),
            install_path=INSTALL_PATH,
            install_page_rendering_enabled=False,
            redirect_uri_path=REDIRECT_PATH,
            authorization_url=client.authorize_url,
            installation_store=AsyncInstallationStore(),  # else one in files is made
            state_store=states,
            state_expiration_seconds=_STATE_LIVES,
        )
        super().__init__(settings=settings)
        self._slack = client
        self._tokens = tokens
        self._clock = clock
        self._welcome = welcome

    async def run_installation(self, code: str) -> SlackInstallation | None:
        try:
            answer = await self._slack.exchange(code)
            made = installation(answer, self._clock())
            if self._welcome and self._welcome.isdisjoint({made.team, made.enterprise}):
                log.warning("not_welcome", place=made.place)
                return None
            await self._tokens.save(made)
        except BotError as error:
            log.warning("not_installed", error=str(error))
            return None
        log.info("installed", place=made.place)
        return SlackInstallation(
            user_id=text(part(answer, "authed_user"), "id"),
            app_id=text(answer, "app_id"),
            team_id=made.team or None,
            enterprise_id=made.enterprise or None,
            is_enterprise_install=not made.team,
        )

    async def store_installation(
        self, request: AsyncBoltRequest, installation: SlackInstallation
    ) -> None:
        """It is kept already."""

    def pages(self) -> list[web.RouteDef]:
        async def install(request: web.Request) -> web.Response:
            answer = await to_aiohttp_response(
                await self.handle_installation(await to_bolt_request(request))
            )
            for cookie in answer.cookies.values():  # bolt has no word for it
                cookie["samesite"] = "Lax"  # it comes along when Slack sends somebody back
            return answer

        async def come_back(request: web.Request) -> web.Response:
            answer = await self.handle_callback(await to_bolt_request(request))
            return await to_aiohttp_response(answer)

        return [web.get(INSTALL_PATH, install), web.get(REDIRECT_PATH, come_back)]


def forget_the_thrown_out(tokens: Tokens) -> Callable[[AsyncApp], None]:
    """Listeners for the end of an installation, done before Slack hears that it was heard."""

    async def forget(body: Any, next_: Callable[[], Any]) -> None:
        place = place_of(body)
        if await tokens.forget(place, number(body, "event_time")):
            log.info("thrown_out", place=place)
        await next_()

    async def is_of_bot(event: dict[str, Any]) -> bool:
        """People may take back their own tokens, of which we have none."""
        return bool(part(event, "tokens").get("bot"))

    async def done() -> None: ...

    def register(app: AsyncApp) -> None:
        app.event("app_uninstalled", middleware=[forget])(done)
        app.event("tokens_revoked", matchers=[is_of_bot], middleware=[forget])(done)

    return register
