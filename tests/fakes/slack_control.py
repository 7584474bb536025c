"""What a test calls on the object, over HTTP, for when the server is another process."""

import inspect
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from aiohttp import web

from tests.fakes import JSON
from tests.fakes.slack_faults import Fault
from tests.fakes.slack_state import Channel, Message, SlackError, Workspace

DOES = frozenset(
    {"add_channel", "add_file", "add_user", "add_usergroup", "add_workspace", "click"}
    | {"command", "delete", "deliver_over_http", "disconnect", "dm", "drop_sockets", "edit"}
    | {"event", "expire_streams", "expire_token", "expire_triggers", "fail"}
    | {"freeze_sockets", "hold_delivery", "join", "open_home", "react", "redeliver_unacked"}
    | {"release_delivery", "say", "session", "shortcut", "stop_session", "submit"}
    | {"uninstall"}
)
SETTINGS = frozenset({"scopes", "tiers", "stop_ends_streams"})


class Door:
    """POST `/_control/VERB` with the arguments by name; GET what there is to see."""

    def __init__(self, server: Any) -> None:
        self._server = server

    def routes(self) -> Iterable[web.RouteDef]:
        return (
            web.get("/_control/messages", self.messages),
            web.get("/_control/{what:calls|envelopes|pings}", self.seen),
            web.post("/_control/set", self.set),
            web.post("/_control/{verb}", self.do),
        )

    async def messages(self, request: web.Request) -> web.Response:
        asked = dict(request.query)
        found = self._server.messages(asked["channel"], asked.get("thread_ts"))
        return web.json_response([_plain(message) for message in found])

    async def seen(self, request: web.Request) -> web.Response:
        rows = getattr(self._server, request.match_info["what"])
        return web.json_response([row.recorded() if _own(row) else asdict(row) for row in rows])

    async def set(self, request: web.Request) -> web.Response:
        given = await request.json()
        if unknown := given.keys() - SETTINGS:
            raise web.HTTPBadRequest(text=f"no such setting: {', '.join(sorted(unknown))}")
        for name, value in given.items():
            setattr(self._server, name, value)
        return web.json_response({"ok": True})

    async def do(self, request: web.Request) -> web.Response:
        verb = request.match_info["verb"]
        if verb not in DOES:
            raise web.HTTPNotFound(text=f"no such verb: {verb}")
        given = _read(verb, await request.json() if request.body_exists else {})
        try:
            result = getattr(self._server, verb)(**given)
            result = await result if inspect.isawaitable(result) else result
        except (LookupError, SlackError, TypeError) as error:
            raise web.HTTPBadRequest(text=repr(error)) from error
        return web.json_response({"ok": True, "result": _plain(result)})


def _read(verb: str, given: JSON) -> JSON:
    if verb == "fail":
        given["fault"] = Fault(**given["fault"])
    if verb == "add_file":
        given["content"] = str(given["content"]).encode()
    return given


def _own(row: Any) -> bool:
    return hasattr(row, "recorded")


def _plain(result: Any) -> Any:
    if isinstance(result, Message):
        return asdict(result) | {"shown": result.shown, "streaming": result.streaming}
    if isinstance(result, Workspace):
        return asdict(result) | {"scopes": sorted(result.scopes)}
    return asdict(result) if isinstance(result, Channel) or hasattr(result, "history") else result
