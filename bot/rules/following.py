"""Who is spoken to: which messages of a shared place are meant for the bot."""

from enum import StrEnum

from bot.core.messages import ConversationKey
from bot.core.ports.door import Door


class Follow(StrEnum):
    """The setting `follow` of a conversation, a channel or a whole platform."""

    MENTION = "mention"  # only what mentions the bot
    THREAD = "thread"  # and what follows in a thread where it was addressed
    CHANNEL = "channel"  # and everything else


async def is_for_bot(
    door: Door, key: ConversationKey, follow: str, *, is_addressed: bool, is_in_thread: bool
) -> bool:
    """Alone with the bot or by its name always; else as far as the setting goes."""
    if is_addressed or follow == Follow.CHANNEL:
        return True
    return follow == Follow.THREAD and is_in_thread and await door.knows(key)
