"""The way into the bot, as adapters see it."""

from collections.abc import Sequence
from typing import Protocol

from bot.core.catalogue import Chosen
from bot.core.forms import Form
from bot.core.messages import ConversationKey, Message, Receipt
from bot.core.ports.storage import Used
from bot.words import Language


class Door(Protocol):
    """The way into the bot: all that an adapter may ask of it.

    Messages are named by their `unique_key`. Raises StorageUnavailable where nothing could be
    written down: then the platform must not be told that it was.
    """

    async def accept(self, message: Message) -> Receipt:
        """Write a message down, once; it is answered in its turn.

        Told again with more, it is completed as long as it is not answered.
        """

    async def replace(self, message: Message) -> bool | None:
        """The person edited a message: these are its words, its files, its command now.

        False when its answer has begun already, None when it was never accepted.
        """

    async def withdraw(self, message_key: str) -> bool:
        """The person deleted a message: its answer is cancelled; False when there is none open."""

    def told_time(self, at: float, waited: float) -> None:
        """The platform says that it is `at`; the request for it took `waited` seconds."""

    async def knows(self, key: ConversationKey) -> bool:
        """Whether there is a conversation under this key."""

    async def conversation_of(
        self, scope: str, ref: str, question: str = ""
    ) -> ConversationKey | None:
        """That, within a scope, whose answer stands under this ref, or which has this question."""

    async def last_asked(self, scope: str, person: str) -> ConversationKey | None:
        """Where a person last asked something within a scope."""

    async def settings(self, key: ConversationKey) -> Chosen:
        """All that is set where a conversation is."""

    async def form(self, press: Message) -> Form | None:
        """What opens behind a press, with what is in force in its fields; None: no form does."""

    async def language(self, message: Message) -> Language:
        """In which its author is spoken to."""

    def assistants(self) -> Sequence[str]:
        """The names of the assistants there are."""

    async def usage_of_person(self, scope: str, person: str) -> Used:
        """What the answers to a person's questions have used within a scope."""

    async def usage_by_person(self, scope: str) -> Sequence[tuple[str, Used]]:
        """Names, and what the answers to each have used within a scope; the most used first."""

    async def export(self, scope: str, most: int, *, by: Message) -> bytes:
        """What was said in the shared conversations of a scope: JSON of at most `most` bytes.

        `by`, here and below: a message of whoever wants that, where she does. Raises NotAllowed.
        """

    async def reason_against(self, message: Message) -> str:
        """Why its author may not ask where it stands, in words for her; empty where she may."""

    async def may_set(self, message: Message) -> bool:
        """Whether its author sets how the bot behaves there."""

    async def set(self, scope: str, name: str, value: str, *, by: Message) -> None:
        """Choose a setting for a scope: a conversation, a channel, a space or a platform.

        Raises NotAllowed, and InvalidSetting or UnknownAssistant, for what nobody can set there.
        """
