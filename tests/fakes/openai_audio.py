"""The fake's ears: `/audio/transcriptions`, which hears in a recording what its bytes spell."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from aiohttp import web

from tests.fakes import ApiError, parts_of

if TYPE_CHECKING:
    from tests.fakes.openai_server import FakeOpenAI


class AudioApi:
    def __init__(self, server: "FakeOpenAI") -> None:
        self._server = server

    def routes(self) -> Iterable[web.RouteDef]:
        return (web.post("/v1/audio/transcriptions", self.transcribe),)

    async def transcribe(self, request: web.Request) -> web.Response:
        parts = {name: part.data for name, part in (await parts_of(request)).items()}
        sound = parts.get("file")
        if not isinstance(sound, bytes) or not parts.get("model"):
            raise ApiError(400, "Missing required parameter: 'file'.", param="file")
        self._server.heard.append(sound)
        told = {"text": sound.removeprefix(b"OggS\x00").decode()}
        return web.json_response(told | self._server.lasts)
