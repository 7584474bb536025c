"""The fake server of tools over HTTP: a call waits until it is cancelled or its client goes."""

import asyncio
from collections.abc import Iterable
from typing import Any

from aiohttp import web

from tests.fakes.loopback import LoopbackServer
from tests.fakes.mcp_server import answer


class FakeToolServer(LoopbackServer):
    def __init__(self, *tools: dict[str, Any]) -> None:
        self.tools = tools
        self.told: list[str] = []  # each call by its tool, each notification by its method
        self._waiting: dict[Any, asyncio.Event] = {}

    def make_app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/mcp", self._post)
        return app

    def addresses(self) -> Iterable[str]:
        yield f"http://127.0.0.1:{self.port}/mcp"

    async def _post(self, request: web.Request) -> web.Response:
        asked = await request.json()
        if "id" not in asked:
            self._note(asked["method"], asked.get("params", {}))
            return web.Response(status=202)
        if asked["method"] == "tools/call":
            await self._wait(asked)
            result: dict[str, Any] = {"result": {"content": []}}
        else:
            result = answer(asked, {"tools": self.tools})
        return web.json_response({"jsonrpc": "2.0", "id": asked["id"], **result})

    def _note(self, method: str, params: dict[str, Any]) -> None:
        self.told.append(method)
        if waiting := self._waiting.pop(params.get("requestId"), None):
            waiting.set()

    async def _wait(self, asked: dict[str, Any]) -> None:
        waiting = self._waiting[asked["id"]] = asyncio.Event()
        self.told.append(asked["params"]["name"])
        await waiting.wait()
