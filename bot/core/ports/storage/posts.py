"""The parts of replies."""

from typing import Protocol

from bot.core.messages import ConversationKey
from bot.core.posts import Post
from bot.core.turns import Turn


class Posts(Protocol):
    """The parts of replies."""

    async def of(self, turn_id: int) -> dict[int, Post]:
        """The parts of a reply that were posted, or were about to be."""

    async def beside(self, turn: Turn) -> frozenset[str]:
        """The refs of the newest that other turns have shown in its conversation."""

    async def intend(self, turn: Turn, part: int, post: Post) -> None:
        """A part is about to be posted. Raises StaleTurn when the turn is not held any more."""

    async def save(self, turn_id: int, part: int, ref: str) -> None: ...

    async def drop(self, turn_id: int, part: int) -> None:
        """The part was certainly not posted."""

    async def conversation_of(
        self, scope: str, ref: str, question: str = ""
    ) -> ConversationKey | None:
        """That, within a scope, with a part of a reply under this ref, or with this question."""
