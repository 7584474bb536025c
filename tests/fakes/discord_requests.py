"""What comes in over HTTP: read once, written down, and looked up in the world."""

import json
from dataclasses import dataclass
from typing import Any

from aiohttp import BodyPartReader, web

from tests.fakes.discord_drafts import Upload
from tests.fakes.discord_faults import unknown
from tests.fakes.discord_mail import require
from tests.fakes.discord_things import Channel, Guild, Message
from tests.fakes.discord_world import World

_BODY = web.RequestKey("body", object)
_FILES = web.RequestKey("files", list[Upload])


@dataclass
class Call:
    """A request as it arrived, `at` on the monotonic clock; a dropped one has no status."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    at: float
    status: int | None = None


async def read(request: web.Request) -> None:
    """Read the request's JSON and files, whether it comes in one part or several."""
    request[_BODY] = {}
    request[_FILES] = []
    if request.content_type.startswith("multipart/"):
        await _read_parts(request)
    elif request.content_type == "application/x-www-form-urlencoded":
        request[_BODY] = dict(await request.post())
    elif request.body_exists:
        request[_BODY] = _parsed(await request.text())


def body_of(request: web.Request) -> Any:
    return request[_BODY]


def files_of(request: web.Request) -> list[Upload]:
    return request[_FILES]


def find_channel(world: World, request: web.Request, name: str = "channel") -> Channel:
    """The channel that the path names, if the bot may see it."""
    channel = world.channels.get(int(request.match_info[name]))
    if channel is None:
        raise unknown("channel")
    require(channel, world.bot)
    return channel


def find_message(channel: Channel, request: web.Request) -> Message:
    message = channel.messages.get(int(request.match_info["message"]))
    if message is None or message.ephemeral:
        raise unknown("message")
    return message


def find_guild(world: World, request: web.Request) -> Guild:
    guild = world.guilds.get(int(request.match_info["guild"]))
    if guild is None or not guild.joined:
        raise unknown("guild")
    return guild


def _parsed(text: str) -> Any:
    try:
        return json.loads(text) if text else {}
    except ValueError:
        return {}


async def _read_parts(request: web.Request) -> None:
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            continue
        if part.name == "payload_json":
            request[_BODY] = _parsed(await part.text())
        else:
            kind = part.headers.get("Content-Type", "application/octet-stream")
            data = bytes(await part.read(decode=True))
            request[_FILES].append(Upload(part.filename or "file", kind, data))
