"""Courses, for their staff and for whoever runs this place."""

from aiohttp import web

from adapters.web.drawing import page, told
from adapters.web.guard import CLASS, VISITOR
from adapters.web.pages import Sources


class ClassPages:
    def __init__(self, sources: Sources) -> None:
        self._from = sources

    def routes(self) -> list[web.RouteDef]:
        return [web.get(CLASS, told(self._class))]

    async def _class(self, request: web.Request) -> web.Response:
        visitor, now = request[VISITOR], self._from.clock()
        reader = await self._from.reader(visitor.person, visitor.name, visitor.standing)
        return page(request, "class.html", classes=await self._from.classes(reader), now=now)
