"""The way into the bot, as adapters see it."""

from collections.abc import Sequence
from typing import Protocol

from bot.core.messages import Author, ConversationKey, Message, Receipt, Vote
from bot.core.ports.storage import Used


class Door(Protocol):
    """The way into the bot: all that an adapter may ask of it.

    Messages are named by their `unique_key`. Raises StorageUnavailable where nothing could be
    written down: then the platform must not be told that it was.
    """

    async def accept(self, message: Message) -> Receipt:
        """Write a message down, once; it is answered in its turn."""

    async def replace(self, message_key: str, text: str) -> bool:
        """The person edited a message; False when its answer has begun already."""

    async def withdraw(self, message_key: str) -> bool:
        """The person deleted a message: its answer is cancelled; False when there is none open."""

    async def regenerate(self, message_key: str, click: str, author: Author) -> Receipt | None:
        """Answer a message once more, as a new turn; `click` is the platform's id of the wish.

        None when there is no such message.
        """

    async def vote(self, message_key: str, person: str, vote: Vote, reason: str = "") -> bool:
        """Keep what a person thinks of an answer: one vote a person. False: no such message."""

    async def knows(self, key: ConversationKey) -> bool:
        """Whether there is a conversation under this key."""

    async def setting(self, key: ConversationKey, name: str) -> str | None:
        """A setting of the closest scope that has one: what people chose there, else the file."""

    async def assistants(self) -> Sequence[str]:
        """The names of the assistants there are."""

    async def assistant(self, key: ConversationKey) -> str:
        """The name of the assistant that answers there."""

    async def usage_of_person(self, scope: str, person: str) -> Used:
        """What the answers to a person's questions have used within a scope."""

    async def chosen_for(self, scope: str, name: str) -> str | None:
        """What people chose for this very scope."""

    async def export(self, scope: str, most: int) -> bytes:
        """What was said in the shared conversations of a scope: JSON of at most `most` bytes."""

    async def settings(self, key: ConversationKey, name: str) -> Sequence[str]:
        """What is set in each scope, by people and by the file: for lists that add up."""

    async def set(self, scope: str, name: str, value: str) -> None:
        """Choose a setting for a scope: a conversation, a channel, a space or a platform."""
