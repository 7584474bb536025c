"""Who looks for danger in what is written."""

from collections.abc import Collection
from typing import Protocol


class Moderator(Protocol):
    async def flags(self, words: str) -> Collection[str]:
        """The names of all kinds of danger it sees; empty for none. Raises BotError."""

    async def close(self) -> None: ...
