"""The fake's eye for danger: `/moderations`, which sees in a text the kinds it was told of."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from aiohttp import web

from tests.fakes import ApiError, new_id

if TYPE_CHECKING:
    from tests.fakes.openai_server import FakeOpenAI

KINDS = ("harassment", "harassment/threatening", "self-harm", "self-harm/intent", "violence")


class ModerationApi:
    def __init__(self, server: "FakeOpenAI") -> None:
        self._server = server

    def routes(self) -> Iterable[web.RouteDef]:
        return (web.post("/v1/moderations", self.moderate),)

    async def moderate(self, request: web.Request) -> web.Response:
        body = await request.json()
        given = body.get("input")
        words = [given] if isinstance(given, str) else given
        if not words or not all(isinstance(one, str) for one in words):
            raise ApiError(400, "Invalid type for 'input'.", param="input")
        self._server.looked_at.extend(words)
        results = [self._result(one) for one in words]
        return web.json_response(
            {"id": new_id("modr-"), "model": body.get("model"), "results": results}
        )

    def _result(self, words: str) -> dict[str, object]:
        seen = {kind for part, kind in self._server.dangers.items() if part in words}
        kinds = {kind: kind in seen for kind in KINDS}
        scores = {kind: float(kind in seen) for kind in KINDS}
        return {"flagged": bool(seen), "categories": kinds, "category_scores": scores}
