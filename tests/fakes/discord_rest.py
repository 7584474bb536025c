"""REST about the bot itself, its servers, its commands; and the files it can download."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from tests.fakes import JSON
from tests.fakes.discord_faults import DiscordError, invalid, nothing, reply, unknown
from tests.fakes.discord_gateway import Gateway
from tests.fakes.discord_interactions import Interactions
from tests.fakes.discord_oauth import OAuthApi
from tests.fakes.discord_payloads import (
    channel_payload,
    guild_payload,
    member_payload,
    role_payload,
    user_payload,
)
from tests.fakes.discord_requests import body_of, find_guild
from tests.fakes.discord_world import World

MOST_COMMANDS = {1: (100, 30032), 2: (15, 30033), 3: (15, 30034)}
OCTETS = "application/octet-stream"
PIXEL = bytes.fromhex("47494638396101000100800000000000ffffff2c00000000010001000002024401003b")


@dataclass(frozen=True)
class Sync:
    """The commands were overwritten: for one server or for all, and how many were new."""

    at: float
    guild_id: int | None
    names: tuple[str, ...]
    created: int


class AccountApi:
    def __init__(
        self, world: World, gateway: Gateway, interactions: Interactions, oauth: OAuthApi
    ) -> None:
        self._oauth = oauth
        self.syncs: list[Sync] = []
        self._world, self._gateway, self._interactions = world, gateway, interactions

    def routes(self) -> list[web.RouteDef]:
        guild, commands = r"/guilds/{guild:\d+}", r"/applications/{application:\d+}"
        listed = [commands + "/commands", commands + guild + "/commands"]
        return [
            web.get("/gateway", self.gateway),
            web.get("/gateway/bot", self.gateway),
            web.get("/users/@me", self.me),
            web.post("/oauth2/token", self._oauth.token),
            web.get(r"/users/{user:\d+}", self.user),
            web.get("/users/@me/guilds", self.guilds),
            web.post("/users/@me/channels", self.open_dm),
            web.get("/oauth2/applications/@me", self.application),
            web.get("/applications/@me", self.application),
            *[web.get(path, self.commands) for path in listed],
            *[web.put(path, self.sync) for path in listed],
            web.get(guild, self.guild),
            web.get(guild + "/channels", self.channels),
            web.get(guild + "/roles", self.roles),
            web.get(guild + r"/members/{user:@me|\d+}", self.member),
            web.delete(r"/users/@me/guilds/{guild:\d+}", self.leave),
        ]

    async def gateway(self, request: web.Request) -> web.Response:
        limits = {
            "total": self._gateway.identify_budget,
            "remaining": self._gateway.identifies_left,
            "reset_after": 4 * 3600 * 1000,
            "max_concurrency": 1,
        }
        shards = {"shards": self._world.shards, "session_start_limit": limits}
        return reply({"url": self._gateway.url} | (shards if "bot" in request.path else {}))

    async def me(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization", "").startswith("Bearer "):
            return await self._oauth.me(request)
        return reply(user_payload(self._world.bot) | {"verified": True, "mfa_enabled": False})

    async def user(self, request: web.Request) -> web.Response:
        user = self._world.users.get(int(request.match_info["user"]))
        if user is None:
            raise unknown("user")
        return reply(user_payload(user))

    async def guilds(self, _: web.Request) -> web.Response:
        joined = [guild for guild in self._world.guilds.values() if guild.joined]
        bot = self._world.bot
        shown: list[JSON] = [
            {"id": str(one.id), "name": one.name, "permissions": str(int(one.permissions(bot)))}
            | {"owner": False, "icon": None, "features": []}
            for one in joined
        ]
        return reply(shown)

    async def open_dm(self, request: web.Request) -> web.Response:
        user = self._world.users.get(int(body_of(request).get("recipient_id", 0)))
        if user is None or user.bot:
            raise DiscordError(400, 50033, "Invalid Recipient(s)")
        return reply(channel_payload(self._world.open_dm(user)))

    async def application(self, _: web.Request) -> web.Response:
        bot, owner = self._world.bot, self._world.owner
        return reply(
            {
                "id": str(bot.id),
                "name": bot.name,
                "description": "",
                "icon": None,
                "bot_public": True,
                "bot_require_code_grant": False,
                "owner": user_payload(owner),
                "bot": user_payload(bot),
                "verify_key": "00",
                "flags": self._gateway.application_flags,
                "team": None,
                "approximate_guild_count": len(self._world.guilds),
                "interactions_endpoint_url": self._world.interactions_url,
                "integration_types_config": {"0": {}, "1": {}},
            }
        )

    async def commands(self, request: web.Request) -> web.Response:
        return reply(self._interactions.commands.get(_scope(request), []))

    async def sync(self, request: web.Request) -> web.Response:
        scope, wanted = _scope(request), body_of(request)
        _check_commands(wanted)
        known = {_named(one): one for one in self._interactions.commands.get(scope, [])}
        listed = [self._command(one, scope, known.get(_named(one))) for one in wanted]
        self._interactions.commands[scope] = listed
        names = tuple(one["name"] for one in wanted)
        created = sum(_named(one) not in known for one in wanted)
        self.syncs.append(Sync(time.monotonic(), scope, names, created))
        return reply(listed)

    async def guild(self, request: web.Request) -> web.Response:
        guild = find_guild(self._world, request)
        counts = {"approximate_member_count": len(guild.members)}
        return reply(guild_payload(guild) | counts)

    async def channels(self, request: web.Request) -> web.Response:
        listed = find_guild(self._world, request).channels.values()
        return reply([channel_payload(one) for one in listed if not one.thread])

    async def roles(self, request: web.Request) -> web.Response:
        guild = find_guild(self._world, request)
        return reply([role_payload(role) for role in guild.roles.values()])

    async def member(self, request: web.Request) -> web.Response:
        guild, wanted = find_guild(self._world, request), request.match_info["user"]
        member = guild.members.get(self._world.bot.id if wanted == "@me" else int(wanted))
        if member is None:
            raise unknown("member")
        return reply(member_payload(member))

    async def leave(self, request: web.Request) -> web.Response:
        self._world.leave(find_guild(self._world, request))
        return nothing()

    def _command(self, wanted: JSON, scope: int | None, known: JSON | None) -> JSON:
        own_id = known["id"] if known else str(self._world.new_id())
        defaults: JSON = {"type": 1, "description": "", "default_member_permissions": None}
        marks: JSON = {"id": own_id, "application_id": str(self._world.bot.id)}
        place: JSON = {} if scope is None else {"guild_id": str(scope)}
        return defaults | wanted | marks | place | {"version": str(self._world.new_id())}


class FileApi:
    """The part that hands out files: attachments for a day, and one picture for every avatar."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        path = r"/cdn/attachments/{channel:\d+}/{file:\d+}/{name}"
        return [web.get(path, self.download), web.get("/cdn/{path:.+}", self.picture)]

    async def download(self, request: web.Request) -> web.Response:
        file = self._world.files.get(int(request.match_info["file"]))
        expired = int(request.query.get("ex", "0"), 16) < self._world.clock.now()
        if file is None or expired:
            return web.Response(status=404, text="This content is no longer available.")
        return web.Response(body=file.data, content_type=file.content_type or OCTETS)

    async def picture(self, _: web.Request) -> web.Response:
        return web.Response(body=PIXEL, content_type="image/gif")


def _scope(request: web.Request) -> int | None:
    guild = request.match_info.get("guild")
    return None if guild is None else int(guild)


def _named(command: JSON) -> tuple[str, int]:
    return command["name"], command.get("type", 1)


def _check_commands(wanted: Sequence[JSON]) -> None:
    kinds = [one.get("type", 1) for one in wanted]
    for kind, (limit, code) in MOST_COMMANDS.items():
        if kinds.count(kind) > limit:
            raise DiscordError(400, code, f"Maximum number of application commands ({limit})")
    if len({_named(one) for one in wanted}) < len(wanted):
        refusal = "APPLICATION_COMMANDS_DUPLICATE_NAME"
        raise invalid("0.name", refusal, "Application command names must be unique")
