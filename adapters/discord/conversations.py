"""Whose conversation a message in a channel belongs to, as the setting `conversation` has it."""

from dataclasses import replace

from adapters.discord.origins import Origin
from adapters.discord.refs import Ref
from bot.core.catalogue import Chosen
from bot.core.messages import ConversationKey, Message
from bot.core.ports.door import Door


async def in_conversation(
    door: Door, message: Message, chosen: Chosen, answer: str = ""
) -> Message:
    """The message in the conversation that it is part of; `answer` is what it replies to.

    A thread, a direct message and what is asked privately are conversations already. Where each
    person has one, a reply to an answer goes on in that answer's, whosever it is.
    """
    origin = Origin.of(message)
    if not origin.guild or message.key.thread or chosen.value("conversation") == "channel":
        return message
    begun = await _conversation_of(door, message.key, answer) if answer else None
    return replace(message, key=begun or message.key.spoken_by(message.author.id))


def opens_thread(message: Message, chosen: Chosen) -> bool:
    """For a question asked in a channel; a command is about the channel it is given in."""
    is_in_channel = bool(Origin.of(message).guild) and not message.key.thread
    wants_thread = chosen.is_on("threads") or chosen.value("conversation") == "thread"
    return is_in_channel and not message.command and wants_thread


async def _conversation_of(
    door: Door, channel: ConversationKey, answer: str
) -> ConversationKey | None:
    """By the answer's name, which says whether it was the response to an interaction."""
    scope = channel.scopes()[1]
    for is_original in (False, True):
        ref = Ref(channel.channel, answer, is_original)
        if begun := await door.conversation_of(scope, str(ref)):
            return begun
    return None
