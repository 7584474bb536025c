"""Who may come in: one middleware, which refuses in this order, and what each answer carries."""

import ipaddress
from collections.abc import Mapping
from typing import Literal
from urllib.parse import quote, urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

from adapters.web.entering import LINK_LIVES, VISIT_LASTS, Visitor, Visits
from bot.rules.may import Action, Deed, may

VISITOR = web.RequestKey("visitor", Visitor)
ENTER = "/enter"
_PROBES = {"/healthz", "/readyz"}  # asked by any name; they tell nothing about anybody
_OPEN = {ENTER, "/metrics"}  # each has its own door
STATIC = "/static/"
CONVERSATIONS = "/conversations"
CLASS = "/class"
LIVE = "/live"  # how the address of a stream ends
_USUAL = 80  # the port that is left out
# What is there for whoever has an account somewhere; each page decides what of it she may see.
_FOR_ALL = (ENTER, STATIC, CONVERSATIONS, CLASS, "/leave")
_SAFE = {"GET", "HEAD"}
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; "
    "img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Guard:
    """`origin`: the address people know it by, such as a proxy's; empty where that is its own."""

    def __init__(self, visits: Visits, host: str, origin: str = "") -> None:
        self._visits = visits
        self._is_local = is_loopback(host)
        self._origin = urlsplit(origin)
        self._is_secure = self._origin.scheme == "https"
        self._port = 0
        self.address = origin.rstrip("/")

    def open_at(self, address: str) -> None:
        """Where it is listened to, once that is known."""
        self._port = urlsplit(address).port or 0
        self.address = self.address or address.rstrip("/")

    def set_up(self, app: web.Application) -> None:
        app.middlewares.append(self._admit)
        app.on_response_prepare.append(_sign)

    @web.middleware
    async def _admit(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path in _PROBES:
            return await handler(request)
        if not self._is_ours(request.host):  # a name of somebody else's may lead to our address
            return web.Response(status=421, text="This is no name of this server.\n")
        if request.method not in _SAFE and not _is_same_origin(request):
            return web.Response(status=403, text="This was sent from another page.\n")
        visitor = await self._visits.read(request.cookies.get(self._cookie, ""))
        if visitor is not None:
            request[VISITOR] = visitor
            self._require_allowed(visitor, request)
        elif request.path.endswith(LIVE):
            return web.Response(status=401)
        elif request.path not in _OPEN and not request.path.startswith((STATIC, f"{ENTER}/")):
            raise web.HTTPSeeOther(f"{ENTER}?next={quote(request.path_qs, safe='')}")
        return await handler(request)

    def _require_allowed(self, visitor: Visitor, request: web.Request) -> None:
        if may(visitor.standing, Deed(action=Action.OPERATE)) or _is_for_all(request.path):
            return
        if request.path == "/":
            raise web.HTTPSeeOther(CONVERSATIONS)
        raise web.HTTPForbidden(text="This page is for those who run this place.\n")

    def _is_ours(self, written: str) -> bool:
        host, port = _split(written.lower())
        if self._origin.hostname and host == self._origin.hostname:
            return port == self._origin.port
        port = _USUAL if port is None else port
        if port != self._port:
            return False
        # Elsewhere than here any number may be ours; names are what others can point at us.
        return host == "localhost" or (is_loopback(host) if self._is_local else _is_number(host))

    @property
    def _cookie(self) -> str:
        """Cookies are not told apart by port: two of us on one machine would end each other's."""
        return "__Host-homeroom" if self._is_secure else f"homeroom-{self._port}"

    async def let_in(self, name: str, answer: web.Response, account: str = "") -> None:
        """`account`: a person of a platform; without one she runs this place."""
        cookie = await self._visits.begin(name, account)
        self._set_cookie(answer, self._cookie, cookie, VISIT_LASTS, "Strict")

    async def send_off(self, said: Mapping[str, str], answer: web.Response) -> None:
        """She comes back by an address of somebody else's: what we said stays in her browser."""
        sealed = await self._visits.seal("trip", said, LINK_LIVES)
        self._set_cookie(answer, self._trip, sealed, LINK_LIVES, "Lax")

    async def back(self, request: web.Request) -> Mapping[str, str] | None:
        """What was said to her when she was sent off; None: it was not by us, or too long ago."""
        return await self._visits.unseal("trip", request.cookies.get(self._trip, ""))

    def end_trip(self, answer: web.Response) -> None:
        answer.del_cookie(self._trip, path="/", secure=self._is_secure)

    def _set_cookie(
        self,
        answer: web.Response,
        name: str,
        value: str,
        lasts: float,
        samesite: Literal["Strict", "Lax"],
    ) -> None:
        answer.set_cookie(
            name,
            value,
            max_age=int(lasts),
            httponly=True,
            samesite=samesite,
            secure=self._is_secure,
            path="/",
        )

    @property
    def _trip(self) -> str:
        return f"{self._cookie}-trip"

    def let_out(self, request: web.Request, answer: web.Response) -> None:
        self._visits.end(request.cookies.get(self._cookie, ""))
        answer.del_cookie(self._cookie, path="/", secure=self._is_secure)

    async def knows(self, request: web.Request) -> bool:
        """Asked again while an answer goes on: false once somebody has signed out."""
        return await self._visits.read(request.cookies.get(self._cookie, "")) is not None


def _is_for_all(path: str) -> bool:
    return any(path == one or path.startswith(f"{one.rstrip('/')}/") for one in _FOR_ALL)


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def own_path(written: str) -> str:
    """An address within this page; its beginning for whatever leads elsewhere."""
    is_ours = written.startswith("/") and not written.startswith(("//", "/\\"))
    return written if is_ours and written.isprintable() else "/"


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _split(written: str) -> tuple[str, int | None]:
    """A host without its brackets, and its port; None where that is the usual one."""
    try:
        parts = urlsplit(f"//{written}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "", None
    return host, port


def _is_same_origin(request: web.Request) -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = urlsplit(request.headers.get("Origin", ""))
    return bool(origin.netloc) and origin.netloc.lower() == request.host.lower()


async def _sign(_: web.Request, response: web.StreamResponse) -> None:
    """Also streams, files and errors."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
