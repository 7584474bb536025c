"""Discord on loopback: gateway, REST and files, spoken as the real one does, and misbehaving."""

import base64
from collections.abc import Iterable

from aiohttp import web

from tests.fakes import JSON
from tests.fakes.discord_acts import LivelyWorld
from tests.fakes.discord_callbacks import CallbackApi
from tests.fakes.discord_channels import ChannelApi
from tests.fakes.discord_control import ControlApi
from tests.fakes.discord_faults import Fault
from tests.fakes.discord_front import API, Front
from tests.fakes.discord_gateway import Handshake
from tests.fakes.discord_oauth import OAuthApi
from tests.fakes.discord_requests import Call
from tests.fakes.discord_rest import AccountApi, FileApi, Sync
from tests.fakes.discord_things import Message, User
from tests.fakes.loopback import LoopbackServer, serve
from tests.fakes.watching import doorway

__all__ = ["FakeDiscord", "Fault"]
CLIENT_MAX_SIZE = 64 * 1024 * 1024
INVALID_STATUSES = frozenset({401, 403, 429})


class FakeDiscord(LoopbackServer, LivelyWorld):
    """The server. What a test does to it, and what it looks at, are its public members."""

    def __init__(self, *, port: int = 0, shards: int = 1) -> None:
        super().__init__()
        self.port = port
        self.shards = shards
        self.token = _token(self.bot)
        self.oauth = OAuthApi(self)
        self._front = Front(self)
        self._account = AccountApi(self, self.gateway, self._interactions, self.oauth)

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self.port}{API}"

    @property
    def gateway_url(self) -> str:
        return self.gateway.url

    def addresses(self) -> Iterable[str]:
        return [self.api_url, self.gateway_url, self.token]

    def make_app(self) -> web.Application:
        app = web.Application(
            middlewares=[doorway(self), self._front.receive], client_max_size=CLIENT_MAX_SIZE
        )
        rest = (
            *self._account.routes(),
            *ChannelApi(self, self.mail, self._hidden).routes(),
            *CallbackApi(self, self.mail, self._interactions).routes(),
        )
        app.add_routes([_under_api(route) for route in rest])
        app.add_routes([web.get("/oauth2/authorize", self.oauth.authorize)])
        app.add_routes([*FileApi(self).routes(), *self.gateway.routes()])
        app.add_routes(ControlApi(self).routes())
        return app

    async def start(self) -> None:
        await super().start()
        self.cdn_url = f"http://127.0.0.1:{self.port}/cdn"
        self.gateway.url = f"ws://127.0.0.1:{self.port}/gateway"

    def fail(self, method: str, path: str, fault: Fault, times: int = 1) -> None:
        """Let the next `times` requests whose path (from the version on) matches go wrong."""
        self._front.traps.add(method, path, fault, times)

    @property
    def struck(self) -> list[Fault]:
        """The faults that a request met with."""
        return self._front.traps.struck

    def heal(self) -> None:
        self._front.traps.clear()

    def advance(self, seconds: float) -> None:
        self.clock.elapsed += seconds

    def expire_interactions(self, code: int = 50027) -> None:
        """Let every token there is die now: 50027 answers with 401, 10015 with 404."""
        for interaction in self._interactions.made:
            interaction.dead = code

    async def drop_connections(self) -> None:
        await self.gateway.drop()

    async def reconnect_op7(self) -> None:
        self.gateway.reconnect()

    async def invalid_session(self, *, resumable: bool = False) -> None:
        self.gateway.invalidate(resumable=resumable)

    async def malformed_event(
        self, event: str = "MESSAGE_CREATE", data: JSON | None = None
    ) -> None:
        """Dispatch an event that lacks nearly everything it should have."""
        self.gateway.push(event, data or {"id": str(self.new_id()), "channel_id": "1"})

    def refuse_identify(self, code: int = 4004, times: int = 1) -> None:
        self.gateway.refusals.extend([code] * times)

    def silence(self, *, silent: bool = True) -> None:
        """Acknowledge no heartbeats any more."""
        self.gateway.silent = silent

    @property
    def rate_limits(self) -> bool:
        return self._front.limits.on

    @rate_limits.setter
    def rate_limits(self, on: bool) -> None:
        self._front.limits.on = on

    @property
    def calls(self) -> list[Call]:
        return self._front.calls

    @property
    def syncs(self) -> list[Sync]:
        return self._account.syncs

    @property
    def identifies(self) -> list[Handshake]:
        return self.gateway.identifies

    @property
    def resumes(self) -> list[Handshake]:
        return self.gateway.resumes

    @property
    def invalid_requests(self) -> int:
        return sum(call.status in INVALID_STATUSES for call in self.calls)

    def calls_to(self, method: str, ending: str) -> list[Call]:
        made = (call for call in self.calls if call.method == method)
        return [call for call in made if call.path.endswith(ending)]

    def _hidden(self, message: Message) -> bool:
        allowed = "message_content" in self.gateway.granted_intents
        return not allowed and self.gateway.is_foreign(message)


def _token(bot: User) -> str:
    """Made as the real ones: the application's id comes first."""
    start = base64.urlsafe_b64encode(str(bot.id).encode()).decode().rstrip("=")
    return f"{start}.fake.token"


def _under_api(route: web.RouteDef) -> web.RouteDef:
    return web.route(route.method, API + route.path, route.handler)


if __name__ == "__main__":
    serve(FakeDiscord(), __doc__ or "")
