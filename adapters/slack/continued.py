"""Which conversation goes on: below the answer to a public command, and for a command.

Slack opens no thread for a public command, so the conversation has its key before there is one;
and commands name no thread, so they are about what the person last asked in the channel. Both
are kept as settings, for another process may be the one that is told.
"""

import structlog

from adapters.slack.bodies import PLATFORM, private_key
from adapters.slack.origins import SlackOrigin
from adapters.slack.refs import is_file, place_of
from bot.core.errors import BotError
from bot.core.messages import ConversationKey, Message
from bot.core.ports.door import Door

log = structlog.get_logger()

_CONTINUES, _ASKED = "continues", "asked"


async def begin_thread(door: Door, question: Message, ref: str | None) -> None:
    """The answer is posted whatever becomes of this: without it a mention is needed there."""
    if not ref or is_file(ref) or SlackOrigin.of(question).thread:
        return
    channel, ts = place_of(ref)
    thread = ConversationKey(PLATFORM, question.key.space, channel, ts)
    try:
        await door.set(str(thread), _CONTINUES, str(question.key))
    except BotError as error:
        log.warning("thread_not_kept", question=question.id, error=type(error).__name__)


async def continued(door: Door, thread: ConversationKey) -> ConversationKey:
    """The conversation that is going on in a thread."""
    begun = await door.chosen_for(str(thread), _CONTINUES)
    return ConversationKey.parse(begun) if begun else thread


async def note_asked(door: Door, question: Message) -> None:
    """Only what is new is written: mostly one goes on asking where one has asked."""
    private, key = _private(question), str(question.key)
    if await door.chosen_for(private, _ASKED) != key:
        await door.set(private, _ASKED, key)


async def last_asked(door: Door, command: Message) -> ConversationKey:
    """Where the person last asked in this channel; else the conversation of her commands."""
    asked = await door.chosen_for(_private(command), _ASKED)
    return ConversationKey.parse(asked) if asked else command.key


def _private(message: Message) -> str:
    key = message.key
    return str(private_key(key.space, key.channel, message.author.id))
