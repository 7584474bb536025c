"""What a test calls on the object, over HTTP, for when the server is another process."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.fakes import JSON
from tests.fakes.discord_faults import Fault, reply
from tests.fakes.discord_interactions import Interaction
from tests.fakes.discord_payloads import message_payload
from tests.fakes.discord_things import Channel, Role, User

if TYPE_CHECKING:
    from tests.fakes.discord_server import FakeDiscord


class ControlApi:
    """Ids stand for things: `{"channel": 1, "user": 2, "text": "hello"}`."""

    def __init__(self, server: "FakeDiscord") -> None:
        self._server = server

    def routes(self) -> list[web.RouteDef]:
        ways = {name: getattr(self, name) for name in ("messages", "calls", "seen")}
        acts = ["world", "dm", "say", "slash", "click", "fail", "advance", "expire"]
        acts += ["drop", "reconnect", "invalid_session", "rate_limits"]
        return [
            *[web.get(f"/_control/{name}", way) for name, way in ways.items()],
            *[web.post(f"/_control/{name}", getattr(self, name)) for name in acts],
        ]

    async def messages(self, request: web.Request) -> web.Response:
        channel = self._server.channels[int(request.query["channel"])]
        return reply([message_payload(one) for one in self._server.messages(channel)])

    async def calls(self, _: web.Request) -> web.Response:
        return reply([asdict(call) for call in self._server.calls])

    async def seen(self, _: web.Request) -> web.Response:
        server = self._server
        return reply(
            {
                "pings": [asdict(one) for one in server.pings],
                "identifies": [asdict(one) for one in server.identifies],
                "resumes": [asdict(one) for one in server.resumes],
                "syncs": [asdict(one) for one in server.syncs],
                "interactions": [_shown(one) for one in server.interactions],
            }
        )

    async def world(self, request: web.Request) -> web.Response:
        """Make `{"guild": name, "channels": [names], "users": [names]}` and tell the ids."""
        server, given = self._server, await request.json()
        guild = server.add_guild(given.get("guild", "School"))
        channels = [guild.add_text_channel(name) for name in given.get("channels", ["general"])]
        users = [server.add_user(name) for name in given.get("users", ["ann"])]
        ids: JSON = {"guild": guild.id, "bot": server.bot.id, "token": server.token}
        ids["channels"] = {one.name: one.id for one in channels}
        return reply(ids | {"users": {one.name: one.id for one in users}})

    async def dm(self, request: web.Request) -> web.Response:
        given = await request.json()
        return reply({"channel": self._server.open_dm(self._user(given)).id})

    async def say(self, request: web.Request) -> web.Response:
        given = await request.json()
        channel = self._channel(given)
        files = [(name, text.encode()) for name, text in given.get("attachments", ())]
        said = await self._server.say(
            channel,
            self._user(given),
            given.get("text", ""),
            mentions=[self._named(channel, one) for one in given.get("mentions", ())],
            reply_to=given.get("reply_to"),
            attachments=files,
        )
        return reply({"id": said})

    async def slash(self, request: web.Request) -> web.Response:
        given = await request.json()
        asked = await self._server.slash(
            self._channel(given), self._user(given), given["name"], given.get("options")
        )
        return reply({"id": asked.id})

    async def click(self, request: web.Request) -> web.Response:
        given = await request.json()
        message = self._channel(given).messages[int(given["message"])]
        asked = await self._server.click(message, given["custom_id"], self._user(given))
        return reply({"id": asked.id})

    async def fail(self, request: web.Request) -> web.Response:
        given = await request.json()
        fault = Fault(**given["fault"])
        self._server.fail(given["method"], given["path"], fault, given.get("times", 1))
        return _done()

    async def advance(self, request: web.Request) -> web.Response:
        self._server.advance((await request.json())["seconds"])
        return _done()

    async def expire(self, request: web.Request) -> web.Response:
        self._server.expire_interactions((await request.json()).get("code", 50027))
        return _done()

    async def drop(self, _: web.Request) -> web.Response:
        await self._server.drop_connections()
        return _done()

    async def reconnect(self, _: web.Request) -> web.Response:
        await self._server.reconnect_op7()
        return _done()

    async def invalid_session(self, request: web.Request) -> web.Response:
        given = await request.json()
        await self._server.invalid_session(resumable=given.get("resumable", False))
        return _done()

    async def rate_limits(self, request: web.Request) -> web.Response:
        self._server.rate_limits = (await request.json())["on"]
        return _done()

    def _channel(self, given: JSON) -> Channel:
        return self._server.channels[int(given["channel"])]

    def _user(self, given: JSON) -> User:
        return self._server.users[int(given["user"])]

    def _named(self, channel: Channel, number: Any) -> User | Role:
        roles = channel.guild.roles if channel.guild else {}
        return roles.get(int(number)) or self._server.users[int(number)]


def _shown(interaction: Interaction) -> JSON:
    return {
        "id": interaction.id,
        "acked_at": interaction.acked_at,
        "deferred": interaction.deferred,
        "ephemeral": interaction.ephemeral,
        "text": interaction.text,
        "response": interaction.response,
        "followups": [message_payload(one) for one in interaction.followups],
    }


def _done() -> web.Response:
    return reply({"ok": True})
