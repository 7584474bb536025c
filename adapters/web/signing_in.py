"""The door of the page: a one-time link, or the token, opens it; both by a form."""

import hmac
from collections.abc import Sequence

import structlog
from aiohttp import web

from adapters.web.drawing import page, refused
from adapters.web.entering import Attempts, Links
from adapters.web.guard import ENTER, VISITOR, Guard, own_path
from bot.core.ports.sign_in import SignIn
from bot.core.text import clean

log = structlog.get_logger()

_CHARS_OF_NAME = 40


class SigningIn:
    def __init__(
        self, guard: Guard, links: Links, token: str, owner: str, ways: Sequence[SignIn]
    ) -> None:
        """`token`: empty where there is none. `owner`: how whoever sits here is called."""
        self._ways = ways
        self._guard = guard
        self._links = links
        self._token = token
        self._owner = owner
        self._attempts = Attempts()

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(ENTER, self._ask),
            web.post(ENTER, self._enter),
            web.post("/leave", self._leave),
        ]

    async def _ask(self, request: web.Request) -> web.Response:
        following = own_path(request.query.get("next", "/"))
        return self._form(request, 200, self._owner, following, wrong=False)

    def _form(
        self, request: web.Request, status: int, owner: str, following: str, *, wrong: bool
    ) -> web.Response:
        shown = {"owner": owner, "next": following, "ways": self._ways, "wrong": wrong}
        return page(request, "enter.html", status, **shown)

    async def _enter(self, request: web.Request) -> web.Response:
        if self._attempts.are_too_many:
            answer = refused(request, "Too many wrong codes: wait for a minute.", 429)
            answer.headers["Retry-After"] = "60"
            return answer
        given = await request.post()
        name = " ".join(clean(str(given.get("name", ""))).split())[:_CHARS_OF_NAME]
        following = own_path(str(given.get("next", "/")))
        if not name or not await self._is_good(str(given.get("code", "")).strip()):
            self._attempts.note()
            log.warning("sign_in_refused")
            return self._form(request, 403, name or self._owner, following, wrong=True)
        log.info("signed_in", name=name)
        answer = web.Response(status=303, headers={"Location": following})
        await self._guard.let_in(name, answer)
        return answer

    async def _is_good(self, code: str) -> bool:
        token = self._token
        if token and hmac.compare_digest(code.encode("utf-8", "replace"), token.encode()):
            return True
        return await self._links.take(code)

    async def _leave(self, request: web.Request) -> web.Response:
        log.info("signed_out", name=request[VISITOR].name)
        answer = web.Response(status=303, headers={"Location": ENTER})
        self._guard.let_out(request, answer)
        return answer
