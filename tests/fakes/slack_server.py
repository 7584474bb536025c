"""A Slack on loopback that speaks the real protocol and misbehaves on request.

People act when the test says so, and nobody waits for the app: what it is told is delivered to
one of its sockets (or to its address), and again until it is acknowledged.
"""

from collections.abc import Iterable
from typing import Any

from aiohttp import web

from tests.fakes import JSON
from tests.fakes.loopback import LoopbackServer, serve
from tests.fakes.slack_auth import AuthApi, install
from tests.fakes.slack_chat import ChatApi
from tests.fakes.slack_control import Door
from tests.fakes.slack_events import Events
from tests.fakes.slack_faults import Fault, Faults
from tests.fakes.slack_files import FilesApi
from tests.fakes.slack_http import Answer, HttpCarrier, http_deliver
from tests.fakes.slack_mentions import Ping, pings
from tests.fakes.slack_openid import OpenId
from tests.fakes.slack_people import People
from tests.fakes.slack_post import Ack, Envelope, PostOffice
from tests.fakes.slack_presses import Presses
from tests.fakes.slack_rooms import RoomsApi
from tests.fakes.slack_sockets import Reason, Sockets
from tests.fakes.slack_state import (
    APP_TOKEN,
    CLIENT_ID,
    CLIENT_SECRET,
    SIGNING_SECRET,
    Channel,
    ChannelKind,
    Message,
    Session,
    State,
    Workspace,
)
from tests.fakes.slack_streams import StreamsApi
from tests.fakes.slack_views import ViewsApi
from tests.fakes.slack_web import Call, WebApi
from tests.fakes.watching import doorway

__all__ = [
    "APP_TOKEN",
    "CLIENT_ID",
    "CLIENT_SECRET",
    "SIGNING_SECRET",
    "Ack",
    "Answer",
    "Call",
    "Channel",
    "Envelope",
    "FakeSlack",
    "Fault",
    "Message",
    "Ping",
    "Session",
    "Workspace",
    "http_deliver",
]


class FakeSlack(LoopbackServer, People, Presses):
    """The server. What people do in it is in its two halves, what stands in it is in `state`."""

    def __init__(self, *, port: int = 0) -> None:
        self.port = port
        self.state = State()
        self.faults = Faults()
        self.post = PostOffice()
        self.sockets = self.post.carrier = Sockets(self.post)
        self.events = Events(self.state, self.post)
        chat = ChatApi(self.state, self.events)
        People.__init__(self, self.state, self.events)
        Presses.__init__(self, self.state, self.post, chat, lambda: self.origin)
        self.streams = StreamsApi(self.state, self.events)
        self.files = FilesApi(self.state, self.events, lambda: self.origin)
        self._web = WebApi(self.state, self.faults, AuthApi(self.state, self._new_link))
        self._chat = chat
        self.openid = OpenId(self.state)
        for api in (
            chat,
            self.openid,
            self.streams,
            self.files,
            RoomsApi(self.state),
            ViewsApi(self.state),
        ):
            self._web.add(api.methods())
        self._http: HttpCarrier | None = None
        self._furnish()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def api_url(self) -> str:
        return f"{self.origin}/api/"

    @property
    def bot(self) -> Workspace:
        """The bot of the first workspace."""
        return self.state.home

    @property
    def scopes(self) -> set[str]:
        """What the app was granted in the first workspace."""
        return self.state.home.scopes

    @scopes.setter
    def scopes(self, scopes: set[str]) -> None:
        self.state.home.scopes = set(scopes)

    @property
    def tiers(self) -> dict[str, tuple[int, float]]:
        """How many calls in how many seconds a method takes; one that is not here takes any."""
        return self.faults.tiers

    @tiers.setter
    def tiers(self, tiers: dict[str, tuple[int, float]]) -> None:
        self.faults.tiers = dict(tiers)

    @property
    def calls(self) -> list[Call]:
        return self._web.calls

    @property
    def envelopes(self) -> list[Envelope]:
        return self.post.envelopes

    @property
    def pings(self) -> list[Ping]:
        return pings(self.state.shown)

    def called(self, method: str) -> list[Call]:
        return [call for call in self.calls if call.method == method]

    def messages(self, channel: str, thread_ts: str | None = None) -> list[Message]:
        """What stands in a channel, or in a thread of it, in the order it was said."""
        where = self.state.channel(channel)
        if thread_ts is not None:
            return self.state.thread(where.id, thread_ts)
        return [*where.messages]

    def session(self, channel: str, thread_ts: str | None = None) -> Session:
        return self.state.session(self.state.channel(channel).id, thread_ts)

    def add_workspace(self, team: str, **fields: Any) -> Workspace:
        """Another workspace with the app in it; without a token of its own in `fields`, made up."""
        made = {"user": f"U0BOT{team}", "bot_id": f"B0BOT{team}", "token": f"xoxb-{team}"}
        workspace = Workspace(team=team, **(made | fields))
        install(self.state, workspace)
        self.add_user(workspace.user, "homeroom", team=team, is_bot=True)
        return workspace

    def add_user(self, user: str, name: str | None = None, **fields: Any) -> JSON:
        """A person of `team`; what else there is to say about her goes as Slack words it."""
        name, team = name or user.lower(), fields.pop("team", self.state.home.team)
        profile = {"real_name": name.title(), "display_name": name, "email": f"{name}@example.com"}
        made: JSON = {"id": user, "team_id": team, "name": name, "real_name": name.title()}
        made |= {"profile": profile, "deleted": False, "is_bot": False, "tz": "Europe/Berlin"}
        made |= {"is_restricted": False, "is_ultra_restricted": False, "is_admin": False}
        made |= {"tz_offset": 3600}
        self.state.users[user] = made | fields
        return self.state.users[user]

    def add_channel(
        self,
        channel: str,
        name: str | None = None,
        members: list[str] | None = None,
        kind: ChannelKind = "channel",
        **fields: Any,
    ) -> Channel:
        """A channel in `team`; the bot and everybody who is there now are in it unless told."""
        team = fields.pop("team", self.state.home.team)
        users = [u["id"] for u in self.state.users.values() if u["team_id"] == team]
        made = Channel(id=channel, team=team, name=name or channel.lower(), kind=kind)
        made.members, made.fields = users if members is None else members, fields
        self.state.channels[channel] = made
        return made

    def add_usergroup(self, group: str, handle: str, users: list[str]) -> None:
        made = {"id": group, "team_id": self.state.home.team, "handle": handle, "name": handle}
        self.state.usergroups[group] = made | {"users": users, "date_delete": 0}

    def add_file(self, name: str, content: bytes, mimetype: str = "text/plain") -> JSON:
        """A file to say something with: `say(..., files=[it])`."""
        return self.files.add(name, content, mimetype, self.state.home.team)

    def dm(self, user: str) -> str:
        """The conversation of a person with the bot."""
        return self.state.dm(user).id

    def fail(self, method: str, fault: Fault, times: int = 1, skip: int = 0) -> None:
        """Spoil the next calls of a method (`chat.*` is one too), after letting some by."""
        self.faults.add(method, fault, times, skip)

    def expire_streams(self) -> int:
        return self.streams.expire()

    def expire_token(self, token: str | None = None, error: str = "token_expired") -> None:
        self.state.tokens[token or self.state.home.token].error = error

    def expire_triggers(self) -> None:
        self.state.triggers = dict.fromkeys(self.state.triggers, "expired_trigger_id")

    async def disconnect(self, reason: Reason = "refresh_requested") -> None:
        await self.sockets.disconnect(reason)

    def drop_sockets(self) -> None:
        self.sockets.drop()

    def freeze_sockets(self) -> None:
        self.sockets.freeze()

    def redeliver_unacked(self, reason: str = "timeout") -> int:
        return self.post.redeliver(reason)

    def deliver_again(self, envelope: Envelope) -> None:
        self.post.again(envelope)

    def hold_delivery(self) -> None:
        self.post.hold()

    def release_delivery(self, *, backwards: bool = False) -> None:
        self.post.release(backwards=backwards)

    def deliver_over_http(self, url: str, secret: str = SIGNING_SECRET) -> None:
        """Post everything to this address from now on, signed, instead of to sockets."""
        self._http = self.post.carrier = HttpCarrier(self.post, url, secret)

    async def http_deliver(self, url: str, signing_secret: str, body: str | JSON) -> Answer:
        return await http_deliver(url, signing_secret, body)

    def addresses(self) -> Iterable[str]:
        return [self.api_url]

    def make_app(self) -> web.Application:
        app = web.Application(
            middlewares=[doorway(self), self._web.front], client_max_size=64 * 2**20
        )
        app.add_routes(self._web.routes(self._chat, self.files, self.sockets))
        app.add_routes([web.get("/openid/connect/authorize", self.openid.authorize)])
        app.add_routes(Door(self).routes())
        return app

    async def start(self) -> None:
        await super().start()
        self.post.start()

    async def stop(self) -> None:
        await self.post.stop()
        if self._http is not None:
            await self._http.stop()
        await super().stop()

    def _new_link(self) -> str:
        return f"ws://127.0.0.1:{self.port}/link?ticket={self.sockets.ticket()}"

    def _furnish(self) -> None:
        """Set up one workspace with a bot, two people and a channel."""
        self.add_workspace("T01TEST", user="U0BOT", bot_id="B0BOT", token="xoxb-test-token")
        self.add_user("U01ALICE", "alice")
        self.add_user("U02BOB", "bob")
        self.add_channel("C01GEN", "general")


if __name__ == "__main__":
    serve(FakeSlack(), __doc__ or "")
