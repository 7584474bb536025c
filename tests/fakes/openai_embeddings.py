"""The fake's sense of meaning: `/embeddings`, where words that mean the same lie together."""

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from zlib import crc32

from aiohttp import web

from tests.fakes import ApiError

if TYPE_CHECKING:
    from tests.fakes.openai_server import FakeOpenAI

NUMBERS = 255  # in a vector: no whole bytes of signs
_MOST_CHARS = 30_000


class EmbeddingsApi:
    def __init__(self, server: "FakeOpenAI") -> None:
        self._server = server

    def routes(self) -> Iterable[web.RouteDef]:
        return (web.post("/v1/embeddings", self.embed),)

    async def embed(self, request: web.Request) -> web.Response:
        body = await request.json()
        given = body.get("input")
        texts = [given] if isinstance(given, str) else given
        if not texts or not all(isinstance(one, str) and one for one in texts):
            raise ApiError(400, "Invalid value for 'input'.", param="input")
        if any(len(one) > _MOST_CHARS or "unspeakable" in one for one in texts):
            raise ApiError(400, "This model's maximum context length is exceeded.")
        if body.get("encoding_format", "float") != "float":
            raise ApiError(400, "Invalid value for 'encoding_format'.", param="encoding_format")
        self._server.embedded.extend(texts)
        data = [
            {"object": "embedding", "index": at, "embedding": self._vector(text)}
            for at, text in enumerate(texts)
        ]
        tokens = sum(len(text) // 4 for text in texts)
        usage = {"prompt_tokens": tokens, "total_tokens": tokens}
        told = {"object": "list", "data": data, "model": body.get("model"), "usage": usage}
        return web.json_response(told)

    def _vector(self, text: str) -> Sequence[float]:
        numbers = [0.0] * NUMBERS
        for word in re.findall(r"\w{3,}", text.casefold()):
            meant = self._server.meanings.get(word, word)
            for turn in range(8):
                digest = crc32(f"{meant} {turn}".encode())
                numbers[digest % NUMBERS] += 1.0 if digest >> 16 & 1 else -1.0
        return numbers
