"""Somebody who stands at a fake's door: each request passes by, and may be kept waiting there."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

Watcher = Callable[[web.Request, Handler], Awaitable[web.StreamResponse]]
_UNWATCHED = ("/_control/", "/gateway", "/link")  # a test's own requests, and what stays open


class Watched(Protocol):
    watcher: Watcher | None


def doorway(server: Watched) -> Middleware:
    """The outermost middleware: hands each request to whoever watches at the moment."""

    @web.middleware
    async def pass_by(request: web.Request, handler: Handler) -> web.StreamResponse:
        if server.watcher is None or request.path.startswith(_UNWATCHED):
            return await handler(request)
        return await server.watcher(request, handler)

    return pass_by


class Moments:
    """The moments before and after each request about one thing; from one on, each waits.

    Who is killed when it was reached had come exactly so far. A request that waits before it was
    carried out never is: its server notices that nobody is there any more.
    """

    def __init__(self, at: int, *marks: str) -> None:
        """`marks`: what such a request has in its address or its body."""
        self.reached = asyncio.Event()
        self._at = at
        self._marks = marks
        self._passed = 0

    async def concern(self, request: web.Request) -> bool:
        told = request.path_qs
        if not request.content_type.startswith("multipart/"):  # that can be read only once
            told += (await request.read()).decode("utf-8", "replace")
        return any(mark in told for mark in self._marks)

    async def surround(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        await self._pass()
        response = await handler(request)
        await self._pass()
        return response

    async def _pass(self) -> None:
        self._passed += 1
        if self._passed == self._at:
            self.reached.set()
        if self.reached.is_set():
            await asyncio.Event().wait()


def watching(moments: Sequence[Moments]) -> Watcher:
    """Somebody who lets each request pass through the moments it belongs to."""

    async def watch(request: web.Request, handler: Handler) -> web.StreamResponse:
        for one in moments:
            if await one.concern(request):
                return await one.surround(request, handler)
        return await handler(request)

    return watch
