"""A light Slack: one socket, and every method says yes: `python -m tests.bench.slack_server`."""

import itertools
import json
import time
from math import ceil

from aiohttp import WSMsgType, web

from tests.bench.fakes import JSON, Tape, serve, speak, tag_of
from tests.bench.rooms import CHANNELS, CLASS, Limits, room_of

BOT = "U0BOT"


class Slack:
    """Each conversation is a direct message in a workspace of its own.

    So none of them uses up a workspace's budget, which is Slack's limit and not the bot's.
    """

    def __init__(self) -> None:
        self.tape = Tape()
        self.ready_at = 0.0
        self._limits = Limits({})
        self._socket: web.WebSocketResponse | None = None
        self._times = itertools.count(1)

    async def say(self, told: JSON) -> int:
        make = _event_of_a_class if told.get("together") else _event

        async def tell(number: int) -> None:
            tag = tag_of(told["wave"], number)
            assert self._socket
            self.tape.mark("said", tag)
            await self._socket.send_str(json.dumps(make(number, tag, self._stamp())))

        self._limits = Limits(_LIMITS if told.get("together") else {})

        return await speak(tell, told)

    async def connect(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        hello = {"type": "hello", "num_connections": 1, "connection_info": {"app_id": "A1"}}
        await socket.send_str(json.dumps({**hello, "debug_info": {"host": "bench"}}))
        self._socket, self.ready_at = socket, time.monotonic()
        async for message in socket:
            if message.type is WSMsgType.TEXT and "envelope_id" in message.data:
                self.tape.counts["acknowledged"] += 1
        return socket

    async def method(self, request: web.Request) -> web.Response:
        name, body = request.match_info["method"], await request.read()
        if wait := self._over_limit(name, body):
            limited = {"ok": False, "error": "ratelimited"}
            return web.json_response(limited, status=429, headers={"Retry-After": f"{ceil(wait)}"})
        if name in {"chat.postMessage", "chat.startStream"}:
            self.tape.show(body)
        elif name in {"chat.update", "chat.stopStream"}:
            self.tape.note("visible", body)
        elif name == "apps.connections.open":
            return web.json_response({"ok": True, "url": f"ws://{request.host}/link"})
        return web.json_response({"ok": True, **_ANSWERS.get(name, {}), "ts": self._stamp()})

    def _over_limit(self, name: str, body: bytes) -> float:
        now, channel = time.monotonic(), ""
        if name == "chat.postMessage":
            channel = str(json.loads(body)["channel"])
            if wait := self._limits.wait("a channel", channel, now):
                return wait
        return self._limits.wait(name, "", now)

    def _stamp(self) -> str:
        return f"{1_700_000_000 + next(self._times) / 1000:.6f}"


# As Slack documents them, a minute each but for a channel's messages.
_LIMITS = {
    "a channel": (1, 1.0),
    "chat.postMessage": (300, 60.0),
    "chat.startStream": (20, 60.0),
    "chat.appendStream": (100, 60.0),
    "chat.stopStream": (20, 60.0),
    "chat.update": (50, 60.0),
    "users.info": (100, 60.0),
    "users.list": (20, 60.0),
    "users.conversations": (50, 60.0),
    "conversations.info": (50, 60.0),
    "conversations.replies": (50, 60.0),
    "assistant.threads.setStatus": (600, 60.0),
    "agents.sessions.setStatus": (600, 60.0),
}
_USER = {"id": "U1", "name": "ann", "real_name": "Ann", "team_id": ""}
_PEOPLE = [
    {**_USER, "id": f"U{n}", "team_id": "T1", "is_restricted": False, "profile": {}}
    for n in range(CLASS)
]
_ANSWERS: dict[str, JSON] = {
    "auth.test": {"user_id": BOT, "team_id": "T1", "bot_id": "B1", "user": "bot", "team": "t"},
    "users.info": {"user": {**_USER, "profile": {"display_name": "Ann"}}},
    "users.list": {"members": _PEOPLE},
    "users.conversations": {"channels": [{"id": f"C{n}"} for n in range(CHANNELS)]},
    "conversations.info": {"channel": {"id": "C1"}},
    "bots.info": {"bot": {"id": "B1", "app_id": "A1", "user_id": BOT, "name": "bot"}},
}


def _event(number: int, tag: str, ts: str) -> JSON:
    """In a thread that is the same in each wave: the conversation goes on."""
    team = f"T{number}"
    event = {
        "type": "message",
        "channel": f"D{number}",
        "channel_type": "im",
        "user": f"U{number}",
        "text": f"Please tell me something about {tag}",
        "ts": ts,
        "thread_ts": "1600000000.000001",
        "event_ts": ts,
        "client_msg_id": f"client-{tag}",
        "team": team,
    }
    authorization = {"team_id": team, "user_id": BOT, "is_bot": True, "enterprise_id": None}
    payload = {
        "type": "event_callback",
        "token": "t",
        "team_id": team,
        "api_app_id": "A1",
        "event_id": f"Ev{tag}",
        "event_time": 1,
        "authorizations": [authorization],
        "event": event,
    }
    envelope = {"envelope_id": f"envelope-{tag}", "type": "events_api", "payload": payload}
    return {**envelope, "accepts_response_payload": False, "retry_attempt": 0}


def _event_of_a_class(number: int, tag: str, ts: str) -> JSON:
    """In one workspace, each question a thread of its own."""
    room, person = room_of(number), f"U{number % CLASS}"
    envelope = _event(1, tag, ts)
    event = envelope["payload"]["event"]
    event |= {
        "channel": room,
        "user": person,
        "channel_type": "im" if room[0] == "D" else "channel",
    }
    event["text"] = f"<@{BOT}> {event['text']}"
    del event["thread_ts"]
    return envelope


def main() -> None:
    slack = Slack()
    routes = [web.get("/link", slack.connect), web.route("*", "/api/{method}", slack.method)]
    serve(slack.tape, routes, {"say": slack.say, "state": lambda _: slack.ready_at})


if __name__ == "__main__":
    main()
