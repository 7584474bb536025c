"""One call of the Web API, as its methods see it."""

import json
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tests.fakes import JSON
from tests.fakes.slack_state import SlackError, Workspace

_STRUCTURED = frozenset(
    {"attachments", "blocks", "chunks", "files", "loading_messages", "metadata", "prompts", "view"}
)
_FALSE = frozenset({None, False, "", "0", "false", "False"})


@dataclass(frozen=True, kw_only=True)
class Ask:
    """`home` is the workspace whose token was shown; the few methods that need none get the first.

    A structure sent as the text of a form has been read.
    """

    method: str
    args: JSON
    token: str | None
    home: Workspace

    def need(self, name: str) -> Any:
        value = self.args.get(name)
        if value is None or value == "":
            details = {"messages": [f"[ERROR] missing required field: {name}"]}
            raise SlackError("invalid_arguments", response_metadata=details)
        return value

    def text(self, name: str) -> str:
        return str(self.args.get(name) or "")

    def flag(self, name: str) -> bool | None:
        """A yes, a no, or nothing said; yes and no come in many forms."""
        value = self.args.get(name)
        return None if value is None else value not in _FALSE

    def list(self, name: str) -> list[Any]:
        value = self.args.get(name) or []
        return value.split(",") if isinstance(value, str) else value


Method = Callable[[Ask], JSON]


async def read_args(request: web.Request) -> JSON:
    """Gather the arguments, wherever they were put."""
    args: JSON = dict(request.query)
    if request.content_type == "application/json":
        args |= await _read_json(request)
    elif request.method == "POST":
        args |= {name: value for name, value in (await request.post()).items() if value is not None}
    if "Authorization" in request.headers and "client_id" not in args:
        args |= _client(request.headers["Authorization"])
    return {name: _structure(name, value) for name, value in args.items()}


def read_token(request: web.Request, args: JSON) -> str | None:
    header = request.headers.get("Authorization", "")
    if header.startswith("Bearer "):
        return header.removeprefix("Bearer ").strip()
    token = args.pop("token", None)
    return None if token is None else str(token)


async def _read_json(request: web.Request) -> JSON:
    try:
        body = await request.json() if request.body_exists else {}
    except ValueError:
        raise SlackError("invalid_json") from None
    if not isinstance(body, dict):
        raise SlackError("json_not_object")
    return {name: value for name, value in body.items() if value is not None}


def _client(header: str) -> JSON:
    """The app's own name and password, which the real client sends as basic authentication."""
    if not header.startswith("Basic "):
        return {}
    client_id, _, secret = b64decode(header.removeprefix("Basic ")).decode().partition(":")
    return {"client_id": client_id, "client_secret": secret}


def _structure(name: str, value: Any) -> Any:
    if name not in _STRUCTURED or not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value
