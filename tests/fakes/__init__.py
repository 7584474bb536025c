"""Fakes at the process boundary, and the few lines of wire the OpenAI ones share."""

import json
import re
import secrets
from collections.abc import Mapping
from email import message_from_bytes
from typing import Any, NamedTuple, TypeVar

from aiohttp import web

JSON = dict[str, Any]
_Row = TypeVar("_Row")


class ApiError(Exception):
    """Answered with OpenAI's error body instead of a result."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        body: JSON | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body = body or error_body(message, code=code, param=param)

    def answer(self) -> web.Response:
        return web.json_response(self.body, status=self.status)


def error_body(
    message: str,
    *,
    kind: str = "invalid_request_error",
    code: str | None = None,
    param: str | None = None,
) -> JSON:
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def new_id(prefix: str) -> str:
    return prefix + secrets.token_hex(24)


def tokens(text: str) -> int:
    return -(-len(text) // 4)


def text_of(content: object) -> str:
    """Gather the text of a message, an item or a list of them, whatever API it comes from."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(text_of(part) for part in content)
    if isinstance(content, dict):
        fields = ("text", "value", "refusal", "content", "output")
        return text_of(next((content[field] for field in fields if field in content), None))
    return ""


def words(text: str) -> list[str]:
    """Cut the text into the pieces it is streamed in."""
    return re.findall(r"\s*\S+\s*$|\s*\S+|\s+", text)


def last_user_text(messages: list[JSON]) -> str:
    return next((text_of(m) for m in reversed(messages) if m.get("role") == "user"), "")


class SentPart(NamedTuple):
    """A part of a form: its file's name, where it is one, and what is in it."""

    name: str
    data: bytes


async def parts_of(request: web.Request) -> dict[str, SentPart]:
    """A form, by names; its body may have been read before."""
    head = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
    whole = message_from_bytes(head + await request.read())
    parts = [part for part in whole.walk() if not part.is_multipart()]
    return {
        str(part.get_param("name", header="content-disposition")): SentPart(
            part.get_filename() or "", bytes(part.get_payload(decode=True) or b"")
        )
        for part in parts
    }


def found(rows: Mapping[str, _Row], wanted: str, refusal: str) -> _Row:
    if wanted not in rows:
        raise ApiError(404, refusal.format(wanted))
    return rows[wanted]


def page(rows: list[JSON], query: Mapping[str, str]) -> web.Response:
    """Answer one page of `rows`, which come oldest first and are shown newest first."""
    descending = query.get("order", "desc") == "desc"
    listed = [*reversed(rows)] if descending else [*rows]
    if "after" in query:
        listed = listed[_position(listed, query["after"]) + 1 :]
    if "before" in query:
        listed = listed[: _position(listed, query["before"])]
    shown = listed[: int(query.get("limit", "20"))]
    ends = {"first_id": shown[0]["id"], "last_id": shown[-1]["id"]} if shown else {}
    more = len(shown) < len(listed)
    envelope = {"object": "list", "data": shown, "first_id": None, "last_id": None}
    return web.json_response({**envelope, **ends, "has_more": more})


def _position(rows: list[JSON], wanted: str) -> int:
    for position, row in enumerate(rows):
        if row["id"] == wanted:
            return position
    raise ApiError(404, f"No object found with id '{wanted}'.", param="after")


def sse(data: JSON | str, event: str | None = None) -> bytes:
    text = data if isinstance(data, str) else json.dumps(data)
    return (f"event: {event}\n" if event else "").encode() + f"data: {text}\n\n".encode()
