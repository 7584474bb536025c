"""The gateway: sessions that outlive their sockets, and whatever can happen to a socket."""

import asyncio
import contextlib
import json
import secrets
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from aiohttp import WSMsgType, web

from tests.fakes import JSON
from tests.fakes.discord_payloads import (
    channel_payload,
    deletion_event,
    guild_create_payload,
    member_payload,
    message_event,
    reaction_event,
    role_payload,
    user_payload,
)
from tests.fakes.discord_things import Channel, Guild, Message, Reaction, Role
from tests.fakes.discord_world import World

GUILDS, MEMBERS, PRESENCES, MESSAGE_CONTENT = 1 << 0, 1 << 1, 1 << 8, 1 << 15
# An event's intent in a server, and in a direct message.
MESSAGES, REACTIONS = (1 << 9, 1 << 12), (1 << 10, 1 << 13)
PRIVILEGED = {"members": MEMBERS, "presences": PRESENCES, "message_content": MESSAGE_CONTENT}
REPLAYED = 1000
GOODBYES = frozenset({1000, 1001})


class Op(IntEnum):
    DISPATCH = 0
    HEARTBEAT = 1
    IDENTIFY = 2
    RESUME = 6
    RECONNECT = 7
    REQUEST_MEMBERS = 8
    INVALID_SESSION = 9
    HELLO = 10
    HEARTBEAT_ACK = 11


@dataclass(frozen=True)
class Handshake:
    """An IDENTIFY or a RESUME, and whether it was let in."""

    at: float
    shard: tuple[int, int]
    accepted: bool
    session_id: str | None = None
    intents: int = 0
    path: str = ""


class Socket:
    """One connection. What is sent is queued, so that telling needs no waiting."""

    def __init__(self, request: web.Request, socket: web.WebSocketResponse) -> None:
        self.path = request.path
        self.gone = asyncio.Event()
        self.session: Session | None = None
        self._socket = socket
        self._transport = request.transport
        self._queue: asyncio.Queue[str] = asyncio.Queue()

    def send(self, op: int, data: Any = None) -> None:
        self._queue.put_nowait(json.dumps({"op": op, "d": data, "s": None, "t": None}))

    def send_text(self, text: str) -> None:
        self._queue.put_nowait(text)

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    async def write(self) -> None:
        with contextlib.suppress(ConnectionError, RuntimeError):
            while True:
                await self._socket.send_str(await self._queue.get())


@dataclass(eq=False, kw_only=True)
class Session:
    shard: tuple[int, int]
    intents: int
    id: str = field(default_factory=lambda: secrets.token_hex(16))
    sequence: int = 0
    replay: deque[tuple[int, str]] = field(default_factory=lambda: deque(maxlen=REPLAYED))
    socket: Socket | None = None

    def push(self, event: str, data: JSON) -> None:
        self.sequence += 1
        packet = {"op": Op.DISPATCH, "t": event, "s": self.sequence, "d": data}
        self.replay.append((self.sequence, json.dumps(packet)))
        if self.socket is not None:
            self.socket.send_text(self.replay[-1][1])

    def remembers(self, sequence: int) -> bool:
        oldest = self.replay[0][0] if self.replay else 1
        return oldest - 1 <= sequence <= self.sequence

    def wants(self, intent: int) -> bool:
        return not intent or bool(self.intents & intent)

    def owns(self, guild: Guild | None) -> bool:
        number, count = self.shard
        return number == (0 if guild is None else (guild.id >> 22) % count)


class Gateway:
    def __init__(self, world: World, token: Callable[[], str]) -> None:
        self.url = ""
        self.heartbeat_interval = 41.25
        self.silent = False
        self.granted_intents = {"members", "message_content"}
        self.identify_budget = 1000
        self.identifies: list[Handshake] = []
        self.resumes: list[Handshake] = []
        self.refusals: deque[int] = deque()
        self.sessions: dict[str, Session] = {}
        self.sockets: set[Socket] = set()
        self._world = world
        self._token = token

    def routes(self) -> list[web.RouteDef]:
        # A session is resumed at an address of its own, as the real one wants it.
        return [web.get("/gateway", self.connect), web.get("/gateway/resume", self.connect)]

    @property
    def identifies_left(self) -> int:
        return max(0, self.identify_budget - len(self.identifies))

    def hides(self, session: Session) -> Callable[[Message], bool]:
        allowed = bool(session.intents & MESSAGE_CONTENT)
        return lambda message: not allowed and self.is_foreign(message)

    def is_foreign(self, message: Message) -> bool:
        """Whether the content is for those only who hold the message-content intent."""
        bot = self._world.bot
        own = message.author is bot or message.channel.guild is None
        return not own and bot not in message.mentions

    def announce(self, event: str, subject: Any) -> None:
        """Tell the bot of a change, on the shard it belongs to, if it may and wants to know."""
        for session in [*self.sessions.values()]:
            data = self._told(session, event, subject)
            if data is not None:
                session.push(event, data)

    def push(self, event: str, data: JSON, guild: Guild | None = None) -> int:
        """Dispatch just this; how many sessions were told."""
        told = [session for session in self.sessions.values() if session.owns(guild)]
        for session in told:
            session.push(event, data)
        return len(told)

    async def drop(self) -> None:
        """Cut every connection without a word; the sessions can be resumed."""
        open_ones = [*self.sockets]
        for socket in open_ones:
            socket.abort()
        for socket in open_ones:
            await socket.gone.wait()

    def reconnect(self) -> None:
        for socket in self.sockets:
            socket.send(Op.RECONNECT)

    def invalidate(self, *, resumable: bool) -> None:
        if not resumable:
            self.sessions.clear()
        for socket in self.sockets:
            socket.send(Op.INVALID_SESSION, resumable)

    async def connect(self, request: web.Request) -> web.WebSocketResponse:
        wire = web.WebSocketResponse(max_msg_size=0)
        await wire.prepare(request)
        socket = Socket(request, wire)
        self.sockets.add(socket)
        writer = asyncio.create_task(socket.write())
        socket.send(Op.HELLO, {"heartbeat_interval": int(self.heartbeat_interval * 1000)})
        try:
            async for frame in wire:
                if frame.type is WSMsgType.TEXT and (code := self._receive(socket, frame.json())):
                    # By who reads, who waits for the other side's goodbye: left earlier, it may
                    # miss the code.
                    await wire.close(code=code)
        finally:
            self._forget(socket, wire.close_code)
            writer.cancel()
        return wire

    def _forget(self, socket: Socket, close_code: int | None) -> None:
        self.sockets.discard(socket)
        session = socket.session
        if session is not None and session.socket is socket:
            session.socket = None
            if close_code in GOODBYES:
                self.sessions.pop(session.id, None)
        socket.gone.set()

    def _receive(self, socket: Socket, packet: JSON) -> int:
        """The code to close the connection with, or 0."""
        match packet["op"]:
            case Op.HEARTBEAT if not self.silent:
                socket.send(Op.HEARTBEAT_ACK)
            case Op.IDENTIFY:
                return self._identify(socket, packet["d"])
            case Op.RESUME:
                self._resume(socket, packet["d"])
            case Op.REQUEST_MEMBERS if socket.session is not None:
                self._list_members(socket.session, packet["d"])
        return 0

    def _identify(self, socket: Socket, data: JSON) -> int:
        number, count = data.get("shard", (0, 1))
        intents = data["intents"]
        refusal = self._refusal(data["token"], number, count, intents)
        session = Session(shard=(number, count), intents=intents, socket=socket)
        self.identifies.append(
            Handshake(
                time.monotonic(), session.shard, not refusal, session.id, intents, socket.path
            )
        )
        if not refusal:
            socket.session = self.sessions[session.id] = session
            self._welcome(session)
        return refusal

    def _refusal(self, token: str, number: int, count: int, intents: int) -> int:
        if self.refusals:
            return self.refusals.popleft()
        if token != self._token() or not self.identifies_left:
            return 4004
        if not 0 <= number < count:
            return 4010
        asked = {name for name, bit in PRIVILEGED.items() if intents & bit}
        return 0 if asked <= self.granted_intents else 4014

    def _welcome(self, session: Session) -> None:
        bot = self._world.bot
        guilds = [guild for guild in self._world.guilds.values() if guild.joined]
        own = [guild for guild in guilds if session.owns(guild)]
        session.push(
            "READY",
            {
                "v": 10,
                "user": user_payload(bot) | {"verified": True, "mfa_enabled": False},
                "application": {"id": str(bot.id), "flags": self.application_flags},
                "guilds": [{"id": str(guild.id), "unavailable": True} for guild in own],
                "private_channels": [],
                "session_id": session.id,
                "resume_gateway_url": f"{self.url}/resume",
                "shard": list(session.shard),
            },
        )
        for guild in own if session.wants(GUILDS) else ():
            self._show_guild(session, guild)

    @property
    def application_flags(self) -> int:
        bits = {"presences": 1 << 13, "members": 1 << 15, "message_content": 1 << 19}
        return sum(bits[name] for name in self.granted_intents)

    def _show_guild(self, session: Session, guild: Guild) -> None:
        everybody = session.wants(MEMBERS)
        session.push("GUILD_CREATE", guild_create_payload(guild, everybody=everybody))

    def _resume(self, socket: Socket, data: JSON) -> None:
        session, sequence = self.sessions.get(data["session_id"]), data["seq"]
        known = session is not None and session.remembers(sequence)
        accepted = known and data["token"] == self._token()
        shard = session.shard if session else (0, 1)
        self.resumes.append(
            Handshake(time.monotonic(), shard, accepted, data["session_id"], path=socket.path)
        )
        if session is None or not accepted:
            socket.send(Op.INVALID_SESSION, False)  # noqa: FBT003 - it is the packet's data
            return
        socket.session, session.socket = session, socket
        for number, text in session.replay:
            if number > sequence:
                socket.send_text(text)
        session.push("RESUMED", {"_trace": []})

    def _list_members(self, session: Session, data: JSON) -> None:
        guild = self._world.guilds[int(data["guild_id"])]
        ids = {int(one) for one in data.get("user_ids") or ()}
        start = (data.get("query") or "").lower()
        shown = [
            member_payload(member)
            for member in guild.members.values()
            if (member.user.id in ids if ids else member.user.name.lower().startswith(start))
        ]
        chunk = {"guild_id": str(guild.id), "members": shown, "chunk_index": 0, "chunk_count": 1}
        session.push("GUILD_MEMBERS_CHUNK", chunk | {"nonce": data.get("nonce")})

    def _told(self, session: Session, event: str, subject: Any) -> JSON | None:
        match subject:
            case Message():
                return self._told_of_message(session, event, subject)
            case Reaction(message=message):
                heard = self._hears(session, message.channel, REACTIONS)
                return reaction_event(subject) if heard else None
            case Channel():
                return self._told_of_channel(session, event, subject)
            case Role(guild=guild) if self._hears_guild(session, guild):
                return {"guild_id": str(guild.id), "role": role_payload(subject)}
            case Guild():
                return self._told_of_guild(session, event, subject)
        return None

    def _told_of_guild(self, session: Session, event: str, guild: Guild) -> JSON | None:
        if event == "GUILD_DELETE" and session.owns(guild):
            return {"id": str(guild.id)}
        if not self._hears_guild(session, guild):
            return None
        return guild_create_payload(guild, everybody=session.wants(MEMBERS))

    def _told_of_message(self, session: Session, event: str, message: Message) -> JSON | None:
        if message.ephemeral or not self._hears(session, message.channel, MESSAGES):
            return None
        if event == "MESSAGE_DELETE":
            return deletion_event(message)
        return message_event(message, self.hides(session))

    def _told_of_channel(self, session: Session, event: str, channel: Channel) -> JSON | None:
        if channel.guild is None or not self._hears_guild(session, channel.guild):
            return None
        if channel.thread and not channel.visible_to(self._world.bot):
            return None
        new = {"newly_created": True} if event == "THREAD_CREATE" else {}
        return channel_payload(channel) | new

    def _hears(self, session: Session, channel: Channel, intents: tuple[int, int]) -> bool:
        guild = channel.guild
        if not session.owns(guild) or not session.wants(intents[guild is None]):
            return False
        return channel.visible_to(self._world.bot)

    def _hears_guild(self, session: Session, guild: Guild) -> bool:
        return guild.joined and session.owns(guild) and session.wants(GUILDS)
