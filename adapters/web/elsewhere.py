"""Signing in by an account that one has elsewhere: there, and back, in one and the same browser."""

import hmac
from collections.abc import Mapping, Sequence
from secrets import token_urlsafe

import structlog
from aiohttp import web

from adapters.web.drawing import page, refused
from adapters.web.entering import Attempts
from adapters.web.guard import ENTER, Guard, own_path
from bot.core.errors import BotError
from bot.core.ports.sign_in import SignIn, Trip
from bot.core.text import clean

log = structlog.get_logger()

_CHARS_OF_NAME = 40
_NOT_SENT = "I did not send you there, or that was too long ago. Please sign in once more."


class Elsewhere:
    def __init__(self, guard: Guard, ways: Sequence[SignIn]) -> None:
        self._guard = guard
        self._ways = {way.platform: way for way in ways}
        self._attempts = Attempts()

    def routes(self) -> list[web.RouteDef]:
        return [
            route
            for way in self._ways
            for route in (
                web.get(f"{ENTER}/{way}", self._go),
                web.get(f"{ENTER}/{way}/back", self._come_back),
            )
        ]

    async def _go(self, request: web.Request) -> web.Response:
        way = self._way(request)
        said = {
            "platform": way.platform,
            "state": token_urlsafe(32),
            "verifier": token_urlsafe(48),
            "next": own_path(request.query.get("next", "/")),
        }
        answer = web.Response(status=303, headers={"Location": way.address(self._trip(said))})
        await self._guard.send_off(said, answer)
        return answer

    async def _come_back(self, request: web.Request) -> web.Response:
        """Not by a redirect: a cookie that is set on the way here goes along from our page only."""
        way, said = self._way(request), await self._guard.back(request)
        state = request.query.get("state", "")
        is_ours = said is not None and said["platform"] == way.platform
        if said is None or not is_ours or not _equal(state, said["state"]):
            return self._refused(request, _NOT_SENT, 403)
        code = request.query.get("code", "")
        if not code:
            return self._refused(request, f"{way.name} did not tell me who you are.", 403)
        if self._attempts.are_too_many:
            return self._refused(request, "Too many failed: wait for a minute.", 429)
        try:
            account = await way.account(self._trip(said), code)
        except BotError as error:
            self._attempts.note()
            log.warning("sign_in_refused", platform=way.platform, error=str(error))
            return self._refused(request, f"{way.name} did not tell me who you are.", 502)
        name = " ".join(clean(account.name).split())[:_CHARS_OF_NAME] or way.name
        log.info("signed_in", person=account.person)
        answer = page(request, "entered.html", name=name, next=said["next"])
        self._guard.end_trip(answer)
        await self._guard.let_in(name, answer, account.person)
        return answer

    def _refused(self, request: web.Request, words: str, status: int) -> web.Response:
        answer = refused(request, words, status)
        self._guard.end_trip(answer)
        return answer

    def _way(self, request: web.Request) -> SignIn:
        return self._ways[request.path.split("/")[2]]

    def _trip(self, said: Mapping[str, str]) -> Trip:
        back = f"{self._guard.address}{ENTER}/{said['platform']}/back"
        return Trip(state=said["state"], verifier=said["verifier"], back=back)


def _equal(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode())
