"""Files that people put on the page: the `Uploads` port."""

from base64 import b64decode, b64encode

from bot.core.messages import ConversationKey
from bot.core.ports.clock import Clock
from storage.database import GLANCES, Fetch

_KEEP = """
INSERT INTO uploads (id, key, person, content, kept_at)
VALUES (:id, :key, :person, :content, :now) ON CONFLICT DO NOTHING
"""
_READ = f"{GLANCES}\nSELECT content FROM uploads WHERE id = :id"


class SqlUploads:
    def __init__(self, fetch: Fetch, clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock

    async def keep(self, file_id: str, key: ConversationKey, person: str, data: bytes) -> None:
        values = {"id": file_id, "key": str(key), "person": person, "now": self._clock()}
        await self._fetch(_KEEP, {**values, "content": b64encode(data).decode()})

    async def read(self, file_id: str) -> bytes | None:
        for row in await self._fetch(_READ, {"id": file_id}):
            return b64decode(row["content"])
        return None
