"""A card that was decided says so where it stands, in place of its buttons."""

from collections.abc import Awaitable, Callable, Sequence

from bot.core.confirming import decided, undecided
from bot.core.messages import Message
from bot.core.ports.storage import Calls
from bot.core.quoting import speaker
from bot.core.tools import MadeCall
from bot.rules.calling import is_waiting

Reword = Callable[[Message, str, str], Awaitable[None]]
"""What was delivered for a message has other words: old, new."""


async def show_decided(made: MadeCall, question: Message, reword: Reword) -> None:
    """In whichever language it was asked."""
    if made.decision is not None:
        words = decided(made.decision, speaker(question.author.name))
        for old in undecided(made.number):
            await reword(question, old, words)


async def show_decided_since(
    shown: Sequence[MadeCall], question: Message, calls: Calls, reword: Reword
) -> None:
    """Who pressed before it was written down as delivered found nothing to reword."""
    for one in shown:
        found = await calls.find(one.number)
        if found is not None and not is_waiting(found[0]):
            await show_decided(found[0], question, reword)
