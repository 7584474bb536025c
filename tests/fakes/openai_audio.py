"""The fake's ears: `/audio/transcriptions`, which hears in a recording what its bytes spell."""

from collections.abc import Iterable
from email import message_from_bytes
from typing import TYPE_CHECKING

from aiohttp import web

from tests.fakes import ApiError

if TYPE_CHECKING:
    from tests.fakes.openai_server import FakeOpenAI


class AudioApi:
    def __init__(self, server: "FakeOpenAI") -> None:
        self._server = server

    def routes(self) -> Iterable[web.RouteDef]:
        return (web.post("/v1/audio/transcriptions", self.transcribe),)

    async def transcribe(self, request: web.Request) -> web.Response:
        head = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
        whole = message_from_bytes(head + await request.read())
        parts = {
            part.get_param("name", header="content-disposition"): part.get_payload(decode=True)
            for part in whole.walk()
            if not part.is_multipart()
        }
        sound = parts.get("file")
        if not isinstance(sound, bytes) or not parts.get("model"):
            raise ApiError(400, "Missing required parameter: 'file'.", param="file")
        self._server.heard.append(sound)
        return web.json_response({"text": sound.removeprefix(b"OggS\x00").decode()})
