"""A light Discord: one shard, and REST that says yes: `python -m tests.bench.discord_server`."""

import itertools
import json
import sys
import time
from typing import Any

from aiohttp import WSMsgType, web

from tests.bench.fakes import JSON, Tape, read_json, reply, serve, speak, tag_of
from tests.bench.rooms import CLASS, Limits, room_of

BOT, OWNER = "1000", "1001"
_CHANNELS = 5  # of a server
_EPOCH = 1_420_070_400_000
_STAMP = "2026-01-01T00:00:00+00:00"


class Discord:
    """`servers` servers of five channels; each conversation is in a channel of its own."""

    def __init__(self, servers: int) -> None:
        self.tape = Tape()
        self.ready_at = 0.0
        self._limits = Limits({})
        self._servers = servers
        self._socket: web.WebSocketResponse | None = None
        self._ids = itertools.count((int(time.time() * 1000) - _EPOCH) << 22)
        self._sequence = itertools.count(1)

    async def say(self, told: JSON) -> int:
        make = self._said_in_class if told.get("together") else self._said

        async def tell(number: int) -> None:
            tag = tag_of(told["wave"], number)
            self.tape.mark("said", tag)
            words = f"<@{BOT}> Please tell me something about {tag}"
            await self._dispatch("MESSAGE_CREATE", make(number, words))

        self._limits = Limits({"a channel": (5, 5.0)} if told.get("together") else {})

        return await speak(tell, told)

    async def connect(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(max_msg_size=0)
        await socket.prepare(request)
        self._socket = socket
        await socket.send_str(json.dumps({"op": 10, "d": {"heartbeat_interval": 41_250}}))
        async for frame in socket:
            if frame.type is WSMsgType.TEXT:
                await self._hear(json.loads(frame.data))
        return socket

    async def _hear(self, packet: JSON) -> None:
        if packet["op"] == 1:
            await self._send({"op": 11})
        elif packet["op"] == 2:
            await self._welcome()

    async def _welcome(self) -> None:
        guilds = [{"id": str(_guild_id(n)), "unavailable": True} for n in range(self._servers)]
        ready = {"v": 10, "user": _BOT, "application": {"id": BOT, "flags": 1 << 19}}
        more = {"guilds": guilds, "session_id": "bench", "private_channels": [], "shard": [0, 1]}
        url = {"resume_gateway_url": "ws://127.0.0.1:1"}
        await self._dispatch("READY", ready | more | url)
        for number in range(self._servers):
            await self._dispatch("GUILD_CREATE", _guild(number))
        self.ready_at = time.monotonic()

    async def _dispatch(self, event: str, data: JSON) -> None:
        await self._send({"op": 0, "t": event, "s": next(self._sequence), "d": data})

    async def _send(self, packet: JSON) -> None:
        assert self._socket
        await self._socket.send_str(json.dumps(packet))

    def _said(self, number: int, words: str) -> JSON:
        person = {**_BOT, "id": str(5000 + number), "username": f"p{number}", "bot": False}
        channel = _channel_id(number)
        return self._message(channel, words, person) | {
            "guild_id": str(_guild_id(number // _CHANNELS)),
            "member": {"roles": [], "joined_at": _STAMP, "deaf": False, "mute": False, "flags": 0},
            "mentions": [_BOT],
        }

    def _said_in_class(self, number: int, words: str) -> JSON:
        """In the channels of one server, or directly."""
        room, person = room_of(number), number % CLASS
        said = self._said(int(room[1:]) if room[0] == "C" else 0, words)
        said["author"] |= {"id": str(5000 + person), "username": f"p{person}"}
        if room[0] == "D":
            said |= {"channel_id": str(9_000_000 + person), "channel_type": 1}
            del said["guild_id"], said["member"]
        return said

    def _message(self, channel: str, words: str, author: JSON) -> JSON:
        return {
            "id": str(next(self._ids)),
            "channel_id": channel,
            "type": 0,
            "author": author,
            "content": words,
            "timestamp": _STAMP,
            "edited_timestamp": None,
            "tts": False,
            "mention_everyone": False,
            "mentions": [],
            "mention_roles": [],
            "attachments": [],
            "embeds": [],
            "pinned": False,
            "flags": 0,
            "components": [],
        }

    async def post(self, request: web.Request) -> web.Response:
        """As Discord does, it answers with what it was sent: its words, and what is below."""
        body = await request.read()
        channel = request.match_info["channel"]
        if request.method == "POST":
            if wait := self._limits.wait("a channel", channel, time.monotonic()):
                limited = {"message": "limited", "retry_after": wait, "global": False}
                headers = {"Retry-After": f"{wait:.3f}", "X-RateLimit-Bucket": "bench"}
                return web.json_response(limited, status=429, headers=headers)
            self.tape.show(body)
        else:
            self.tape.note("visible", body)
        told = await read_json(request)
        shown = self._message(channel, str(told.get("content", "")), _BOT)
        shown |= {"components": told.get("components", [])}
        headers = {"X-RateLimit-Limit": "5", "X-RateLimit-Remaining": "4"}
        headers |= {"X-RateLimit-Reset-After": "1.0", "X-RateLimit-Bucket": "bench"}
        return reply(shown, headers=headers)

    async def typing(self, request: web.Request) -> web.Response:
        return web.Response(status=204)

    async def history(self, request: web.Request) -> web.Response:
        return reply([])

    async def commands(self, request: web.Request) -> web.Response:
        told: Any = await read_json(request)
        made = {"application_id": BOT, "version": "1", "description": ""}
        return reply([{"id": str(next(self._ids)), **made, **one} for one in told])

    async def me(self, request: web.Request) -> web.Response:
        return reply(_BOT)

    async def application(self, request: web.Request) -> web.Response:
        about = {"id": BOT, "name": "bench", "description": "", "verify_key": "0", "flags": 0}
        more = {"bot_public": True, "bot_require_code_grant": False, "rpc_origins": []}
        return reply({**about, **more, "icon": None, "owner": _OWNER, "team": None})

    async def gateway(self, request: web.Request) -> web.Response:
        limit = {"total": 1000, "remaining": 1000, "reset_after": 1, "max_concurrency": 1}
        url = f"ws://{request.host}/gateway"
        return reply({"url": url, "shards": 1, "session_start_limit": limit})


_BOT: JSON = {
    "id": BOT,
    "username": "bench",
    "global_name": None,
    "discriminator": "0",
    "avatar": None,
    "bot": True,
    "public_flags": 0,
    "verified": True,
    "mfa_enabled": False,
}
_OWNER = _BOT | {"id": OWNER, "username": "owner", "bot": False}


def _guild_id(number: int) -> int:
    return 10_000_000 + (number << 22)


def _channel_id(number: int) -> str:
    return str(_guild_id(number // _CHANNELS) + 1 + number % _CHANNELS)


def _guild(number: int) -> JSON:
    guild = str(_guild_id(number))
    everyone = {"id": guild, "name": "@everyone", "permissions": str((1 << 40) - 1)}
    role = {"color": 0, "hoist": False, "position": 0, "managed": False, "mentionable": False}
    channels: list[JSON] = [
        {"id": str(int(guild) + 1 + place), "type": 0, "name": f"channel-{place}", "position": 0,
         "permission_overwrites": [], "parent_id": None, "topic": None, "nsfw": False,
         "rate_limit_per_user": 0, "last_message_id": None, "flags": 0}
        for place in range(_CHANNELS)
    ]  # fmt: skip
    member = {"user": _BOT, "roles": [], "joined_at": _STAMP, "deaf": False, "mute": False}
    return {
        "id": guild,
        "name": f"server {number}",
        "owner_id": OWNER,
        "member_count": 10,
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "nsfw_level": 0,
        "premium_tier": 0,
        "preferred_locale": "en-US",
        "system_channel_flags": 0,
        "features": [],
        "emojis": [],
        "stickers": [],
        "roles": [everyone | role | {"flags": 0}],
        "channels": channels,
        "members": [member | {"flags": 0}],
        "threads": [],
        "presences": [],
        "voice_states": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
        "joined_at": _STAMP,
        "large": False,
        "unavailable": False,
    }


def main() -> None:
    discord = Discord(int(sys.argv[1]))
    api = "/api/v10"
    routes = [
        web.get("/gateway", discord.connect),
        web.get(f"{api}/gateway/bot", discord.gateway),
        web.get(f"{api}/gateway", discord.gateway),
        web.get(f"{api}/users/@me", discord.me),
        web.get(f"{api}/oauth2/applications/@me", discord.application),
        web.get(f"{api}/applications/@me", discord.application),
        web.put(f"{api}/applications/{{id}}/commands", discord.commands),
        web.post(f"{api}/channels/{{channel}}/typing", discord.typing),
        web.post(f"{api}/channels/{{channel}}/messages", discord.post),
        web.get(f"{api}/channels/{{channel}}/messages", discord.history),
        web.patch(f"{api}/channels/{{channel}}/messages/{{message}}", discord.post),
    ]
    serve(discord.tape, routes, {"say": discord.say, "state": lambda _: discord.ready_at})


if __name__ == "__main__":
    main()
