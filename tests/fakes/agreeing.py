"""OAuth on two platforms: a page where a person agrees, and a code for what she agreed to."""

import base64
import secrets
from abc import ABC, abstractmethod
from collections.abc import Mapping
from hashlib import sha256
from typing import Generic, TypeVar
from urllib.parse import urlencode

from aiohttp import web

Who = TypeVar("Who")
NEEDED = {"response_type", "scope", "client_id", "state", "redirect_uri", "code_challenge"}


class Agreeing(ABC, Generic[Who]):
    """`who`: whoever agrees next, by id; nobody: she declines."""

    def __init__(self) -> None:
        self.who: Who | None = None
        self._codes: dict[str, tuple[Who, Mapping[str, str]]] = {}

    async def authorize(self, request: web.Request) -> web.Response:
        """The page: it leads back at once, with a code that is good once."""
        asked = dict(request.query)
        if not asked.keys() >= NEEDED or not self.knows(asked):
            raise web.HTTPBadRequest(text="invalid request")
        answer = {"state": asked["state"]}
        if self.who is None:
            answer["error"] = "access_denied"
        else:
            answer["code"] = secrets.token_hex(8)
            self._codes[answer["code"]] = self.who, asked
        back = f"{asked['redirect_uri']}?{urlencode(answer)}"
        return web.Response(status=302, headers={"Location": back})

    @abstractmethod
    def knows(self, asked: Mapping[str, str]) -> bool:
        """Whether this is an app, and a wish, that there is."""

    def redeemed(self, code: str) -> tuple[Who | None, Mapping[str, str]]:
        """Who agreed, and what she was asked."""
        return self._codes.pop(code, (None, {}))


def challenge_of(verifier: str) -> str:
    """What whoever began has shown of it."""
    return base64.urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
