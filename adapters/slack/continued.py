"""Which conversation goes on: below the answer to a public command, and for a command.

Slack opens no thread for a public command, so the conversation has its key before there is one;
and commands name no thread, so they are about what the person last asked in the channel. Both
follow from what is written down of questions and answers.
"""

from adapters.slack.refs import ref_of
from bot.core.messages import ConversationKey, Message
from bot.core.ports.door import Door


async def continued(door: Door, thread: ConversationKey) -> ConversationKey:
    """The conversation that is going on in a thread: that of the answer it began with, if any."""
    begun = await door.conversation_of(_space(thread), ref_of(thread.channel, thread.thread))
    return begun or thread


async def last_asked(door: Door, command: Message) -> ConversationKey:
    """Where the person last asked in this channel; else the conversation of her commands."""
    channel = command.key.scopes()[1]
    return await door.last_asked(channel, command.author.id) or command.key


def _space(key: ConversationKey) -> str:
    return key.scopes()[2]
