"""Files that people put on the page, until their message is gone."""

from typing import Protocol

from bot.core.messages import ConversationKey


class Uploads(Protocol):
    async def keep(self, file_id: str, key: ConversationKey, person: str, data: bytes) -> None:
        """Once: what is kept under an id already stays as it is."""

    async def read(self, file_id: str) -> bytes | None: ...
