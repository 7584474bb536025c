"""What a backend keeps between two starts, by name."""

from typing import Protocol


class Memory(Protocol):
    """Such as the ids of assistants that were made on a server."""

    async def remember(self, name: str, value: str) -> None: ...

    async def recall(self, name: str) -> str | None: ...
