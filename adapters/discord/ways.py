"""The ways an answer can take on Discord."""

from collections.abc import Sequence

from adapters.discord.origins import Origin
from bot.core.messages import Message
from bot.core.posts import Way

ORIGINAL = Way("original")  # the first response to an interaction
THREAD = Way("thread")  # the one that is opened for the question
REPLY = Way("channel", "reply")
BARE = Way("channel", "bare")  # without a reference, which needs the right to read what was said
PLAIN = Way("channel", "plain")  # and without buttons
DIRECT = Way("direct")


def ways_of(question: Message) -> Sequence[Way]:
    """The best first: where it was asked, around there, to the asker alone."""
    origin = Origin.of(question)
    first = (ORIGINAL,) if origin.interaction == question.id else ()
    thread = (THREAD,) if origin.threaded else ()
    channel = (REPLY, BARE, PLAIN) if origin.has_parts_elsewhere else ()
    has_nobody = not question.author.id  # to write to
    direct = () if (origin.direct and channel) or has_nobody else (DIRECT,)
    return (*first, *thread, *channel, *direct)
