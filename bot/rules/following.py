"""Who is spoken to: which messages of a shared place are meant for the bot."""

from enum import StrEnum

from bot.core.messages import ConversationKey
from bot.core.ports.door import Door


class Follow(StrEnum):
    """The setting `follow` of a conversation, a channel or a whole platform."""

    MENTION = "mention"  # only what mentions the bot
    THREAD = "thread"  # and what follows in a thread where it was addressed
    CHANNEL = "channel"  # and everything else


def read_follow(value: str | None) -> Follow:
    """A setting nobody made, or that says nothing known, is the middle way."""
    return Follow(value) if value in set(Follow) else Follow.THREAD


def is_addressed(
    follow: Follow, *, is_private: bool, mentions_bot: bool, is_known_thread: bool
) -> bool:
    """Alone with the bot or by its name always; else as far as the setting goes."""
    if is_private or mentions_bot or follow is Follow.CHANNEL:
        return True
    return follow is Follow.THREAD and is_known_thread


async def is_for_bot(
    door: Door, key: ConversationKey, *, is_private: bool, mentions_bot: bool, is_in_thread: bool
) -> bool:
    """The same, asking no more than has to be known."""
    if is_private or mentions_bot:
        return True
    follow = read_follow(await door.setting(key, "follow"))
    looks = follow is Follow.THREAD and is_in_thread
    is_known = looks and await door.knows(key)
    return is_addressed(follow, is_private=False, mentions_bot=False, is_known_thread=is_known)
