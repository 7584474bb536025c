"""What stands on the page below a question, so that each process shows the same."""

from typing import Protocol

from bot.core.messages import Message
from bot.core.posts import PagePart


class PageParts(Protocol):
    """All of it raises StorageUnavailable."""

    async def put(self, question: Message, part: PagePart) -> None:
        """In place of what stood under its ref."""

    async def has(self, question: Message, ref: str) -> bool: ...

    async def settle(self, question: Message) -> None:
        """What was delivered, and stands in the turn's row, is not kept twice."""
