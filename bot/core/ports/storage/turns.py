"""The line of work."""

from collections.abc import Sequence
from typing import Protocol

from bot.core.along import Along
from bot.core.answers import Answer, Kind
from bot.core.messages import ConversationKey, Message, Receipt
from bot.core.prompts import Exchange
from bot.core.turns import Turn


class Turns(Protocol):
    """The line of work: messages, and what becomes of them."""

    async def add(self, message: Message, now: float, *, is_taken: bool = False) -> Receipt:
        """Write a message down, once.

        `is_taken`: whoever adds it claims it at once, and no other process would. Where it is due
        and the first, that is the same step then; `claim` has it without asking.
        """

    async def claim(self, conversation_id: int, now: float) -> Turn | None:
        """The first open turn of a conversation, if it is due, under a new epoch."""

    async def save(self, turn: Turn, along: Along | None = None) -> None:
        """Save a step, and what belongs to it, or nothing of both.

        Raises StaleTurn when the turn was claimed again, or ended, by someone else.
        """

    async def due_at(self, conversation_id: int) -> float | None:
        """When the first open turn of a conversation is due; None when there is none."""

    async def open_conversations(self) -> Sequence[tuple[int, ConversationKey]]: ...

    async def cancel(self, message_key: str, now: float) -> Receipt | None:
        """End a turn whose message was withdrawn; None when it is not open."""

    async def hand_on(self, turn: Turn) -> None:
        """It is given up: whoever waits behind it has waited as long, but not before she asked."""

    async def is_abandoned(self, turn_id: int) -> bool:
        """Whether a turn was cancelled, or is asked anew: a run of it is nobody's any more."""

    async def replace(self, message: Message, now: float) -> Receipt | None:
        """Change words and files of a message that waits; None when somebody answers it."""

    async def complete(self, message: Message) -> Receipt | None:
        """The same, also where it is being answered: that begins anew. None: it is answered."""

    async def give(self, message: Message, answer: Answer, now: float) -> Receipt:
        """Write down a turn that is born answered: all that is left is to deliver it, once."""

    async def show_anew(self, message_key: str, text: str) -> Receipt | None:
        """What was delivered says this from now on; None: there is no such turn."""

    async def reword(self, message_key: str, old: str, new: str) -> Receipt | None:
        """What was delivered has `new` where it had `old`; None where it does not have that.

        It keeps the time when it was done.
        """

    async def begin(self, message_key: str) -> None:
        """Wait no longer for a fuller telling of a message."""

    async def message(self, message_key: str) -> Message | None: ...

    async def knows(self, key: ConversationKey) -> bool:
        """Whether there is a conversation under this key."""

    async def drop_tokens(self, since: float, before: float) -> None:
        """Of what was accepted within that time and is done: what its platform takes no more."""

    async def history(self, turn: Turn, limit: int) -> Sequence[Exchange]:
        """The newest exchanges before `turn` since the conversation began anew.

        The oldest first; in the place of all that was summed up stands the summary.
        """

    async def kind_before(
        self, conversation_id: int, turn_id: int, author: str | None = None
    ) -> Kind | None:
        """What the answer to the turn before this one was; with `author`, to the last of theirs."""

    async def undelivered(self, person: str, scope: str, limit: int) -> Sequence[Turn]:
        """Whose answers to a person found every way closed, the oldest first."""

    async def note_told(self, turn_id: int) -> None:
        """The answer has reached the person after all."""
