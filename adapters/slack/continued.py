"""Which conversation goes on: in a thread, for a new question, and for a command.

A thread is that of the question, or of the answer to a public command, that it began with. A new
question begins one, or goes on in that of its author or channel, as the setting `conversation` has
it. Commands name no thread: they are about what the person last asked in the channel.
"""

from dataclasses import replace

from adapters.slack.bodies import message_id
from adapters.slack.origins import SlackOrigin
from adapters.slack.refs import ref_of
from bot.core.catalogue import Chosen
from bot.core.messages import ConversationKey, Message
from bot.core.ports.door import Door

_LAST_ASKED = {"stop", "usage"}  # wherever in the channel that was
_FOR_WHAT_COMES = {"new", "assistant"}  # where her next question belongs, if that is known


async def continued(door: Door, thread: ConversationKey) -> ConversationKey:
    """The conversation that is going on in a thread: that of what it began with, if any."""
    root = message_id(thread.space, thread.channel, thread.thread)
    begun = await door.conversation_of(
        _space(thread), ref_of(thread.channel, thread.thread), f"{thread.platform}:{root}"
    )
    return begun or thread


def as_set(message: Message, chosen: Chosen) -> Message:
    """A new question, in the conversation that it is part of; its answer stands in its thread."""
    origin = SlackOrigin.of(message)
    is_new = origin.begins_thread and not origin.private
    return replace(message, key=_shared(message, chosen)) if is_new else message


def _shared(message: Message, chosen: Chosen) -> ConversationKey:
    """What its author says in the channel is part of this, where it is not her thread."""
    channel, shared_by = replace(message.key, thread=""), chosen.value("conversation")
    shared = {"person": channel.spoken_by(message.author.id), "channel": channel}
    return shared.get(shared_by, message.key)


async def meant(door: Door, command: Message) -> ConversationKey:
    """The conversation that a command is about; else that of what she asks privately there."""
    channel = command.key.scopes()[1]
    if command.command in _FOR_WHAT_COMES:
        return _shared(command, await door.settings(command.key))
    if command.command not in _LAST_ASKED:
        return command.key
    return await door.last_asked(channel, command.author.id) or command.key


def _space(key: ConversationKey) -> str:
    return key.scopes()[2]
