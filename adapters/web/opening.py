"""The page, put together."""

from importlib.resources import files

from aiohttp import web

from adapters.login import login_name
from adapters.web.adapter import WebAdapter
from adapters.web.classes import ClassPages
from adapters.web.conversations import SaidPages
from adapters.web.elsewhere import Elsewhere
from adapters.web.entering import Links
from adapters.web.feed import LiveStreams
from adapters.web.guard import ENTER, STATIC, Guard
from adapters.web.pages import Pages, Sources
from adapters.web.signing_in import SigningIn
from adapters.web.talk import Talk
from bot.core.ports.memory import Memory

_KINDS = {"svg": "image/svg+xml", "css": "text/css", "js": "text/javascript"}


class Page:
    """All there is under one address, for whoever is signed in."""

    def __init__(
        self, guard: Guard, memory: Memory, token: str, sources: Sources, adapter: WebAdapter
    ) -> None:
        self.streams = LiveStreams()
        self._links = Links(memory, sources.clock)
        self._parts = (
            SigningIn(guard, self._links, token, login_name(), sources.ways),
            Elsewhere(guard, sources.ways),
            Pages(sources, self.streams, guard),
            SaidPages(sources),
            ClassPages(sources),
            Talk(adapter, sources.views, self.streams, guard),
        )

    def routes(self) -> list[web.RouteDef]:
        routes = [route for part in self._parts for route in part.routes()]
        return [*routes, web.get(STATIC + "{name}", _send_file)]

    async def link(self, address: str) -> str:
        return await make_link(self._links, address)


async def make_link(links: Links, address: str) -> str:
    """An address that signs one in, once. No server or log sees what stands behind its mark."""
    return f"{address.rstrip('/')}{ENTER}#{await links.make()}"


async def _send_file(request: web.Request) -> web.Response:
    """One of those that came with the program, and no other."""
    name = request.match_info["name"]
    known = {file.name: file for file in (files("adapters.web") / "static").iterdir()}
    if name not in known:
        raise web.HTTPNotFound
    kind = _KINDS[name.rpartition(".")[2]]
    return web.Response(text=known[name].read_text("utf-8"), content_type=kind)
