"""What is left of the older parts of conversations."""

from collections.abc import Sequence
from typing import Protocol

from bot.core.messages import ConversationKey
from bot.core.prompts import Exchange
from bot.core.summaries import Summary


class Summaries(Protocol):
    """What is left of the older parts of conversations."""

    async def of(self, key: ConversationKey) -> Summary | None:
        """The one that counts in a conversation."""

    async def sources(self, last: int, limit: int) -> Sequence[Exchange]:
        """What there is to sum up of the conversation of a turn, up to that turn.

        The summary before, and the newest exchanges after it, the oldest first.
        """

    async def tried(self, conversation_id: int) -> int:
        """The last turn that its newest summary was to tell of, whatever became of it; or 0."""

    async def leave_sessions(self, conversation_id: int) -> None:
        """Those of a conversation are ended, and to be deleted at their servers."""
