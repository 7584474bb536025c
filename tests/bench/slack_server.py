"""A light Slack: one socket, and every method says yes: `python -m tests.bench.slack_server`."""

import itertools
import json
import time

from aiohttp import WSMsgType, web

from tests.bench.fakes import JSON, Tape, serve, speak, tag_of

BOT = "U0BOT"


class Slack:
    """Each conversation is a direct message in a workspace of its own.

    So none of them uses up a workspace's budget, which is Slack's limit and not the bot's.
    """

    def __init__(self) -> None:
        self.tape = Tape()
        self.ready_at = 0.0
        self._socket: web.WebSocketResponse | None = None
        self._times = itertools.count(1)

    async def say(self, told: JSON) -> int:
        async def tell(number: int) -> None:
            tag = tag_of(told["wave"], number)
            assert self._socket
            self.tape.mark("said", tag)
            await self._socket.send_str(json.dumps(_event(number, tag, self._stamp())))

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
        if name in {"chat.postMessage", "chat.update", "chat.startStream", "chat.stopStream"}:
            self.tape.note("visible", body)
        elif name == "apps.connections.open":
            return web.json_response({"ok": True, "url": f"ws://{request.host}/link"})
        return web.json_response({"ok": True, **_ANSWERS.get(name, {}), "ts": self._stamp()})

    def _stamp(self) -> str:
        return f"{1_700_000_000 + next(self._times) / 1000:.6f}"


_USER = {"id": "U1", "name": "ann", "real_name": "Ann", "team_id": ""}
_ANSWERS: dict[str, JSON] = {
    "auth.test": {"user_id": BOT, "team_id": "T1", "bot_id": "B1", "user": "bot", "team": "t"},
    "users.info": {"user": {**_USER, "profile": {"display_name": "Ann"}}},
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


def main() -> None:
    slack = Slack()
    routes = [web.get("/link", slack.connect), web.route("*", "/api/{method}", slack.method)]
    serve(slack.tape, routes, {"say": slack.say, "state": lambda _: slack.ready_at})


if __name__ == "__main__":
    main()
