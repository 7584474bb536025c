"""Files that were put on the page, in a dictionary."""

from dataclasses import dataclass, field

from bot.core.messages import ConversationKey


@dataclass
class FakeUploads:
    kept: dict[str, bytes] = field(default_factory=dict)

    async def keep(self, file_id: str, key: ConversationKey, person: str, data: bytes) -> None:
        self.kept.setdefault(file_id, data)

    async def read(self, file_id: str) -> bytes | None:
        return self.kept.get(file_id)
