"""What was said before the bot was spoken to."""

from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from typing import Any

from adapters.discord.courier import Courier
from adapters.discord.errors import discord_errors
from adapters.discord.origins import Origin
from adapters.discord.reading import STRANGE, Me, said_by
from bot.core.errors import BotError
from bot.core.messages import Message
from bot.core.quoting import MOST_LINES, Quote

_ABOVE = 3  # messages of a channel, before one that only calls the bot
_STARTER = 21  # the message a thread hangs on, as it is shown in the thread


async def said_earlier(courier: Courier, question: Message, me: Me) -> AsyncIterator[Quote]:
    """Of a thread, the last of it; of a channel, where talk has no end, what is above a call."""
    origin = Origin.of(question)
    is_in_thread = bool(origin.parent) and not origin.threaded
    if origin.private or not origin.present or not (is_in_thread or not question.text):
        return
    most = MOST_LINES if is_in_thread else _ABOVE
    before = origin.message or question.id
    with discord_errors():
        payloads = await courier.said_before(origin.spoken_in, before, most)
    if is_in_thread and len(payloads) == most:
        payloads = [*await _first_of(courier, origin, payloads), *payloads]
    for payload in payloads:
        if quote := quote_of(payload, me, origin.channel):
            yield quote


async def _first_of(courier: Courier, origin: Origin, payloads: Sequence[Any]) -> Sequence[Any]:
    """The message that a thread hangs on, where the last of it does not reach back to that.

    It has the thread's number, and stands in the channel above; in a forum, in the thread itself.
    """
    thread = origin.spoken_in
    if any(str(one["id"]) == thread or one["type"] == _STARTER for one in payloads):
        return []
    for channel in (origin.parent, thread):
        with suppress(BotError), discord_errors():
            return [await courier.message(channel, thread)]
    return []


def quote_of(payload: Any, me: Me, thread: str = "") -> Quote | None:
    """None for what says nothing, is the bot's own, or cannot be read."""
    try:
        is_starter = payload["type"] == _STARTER
        said = payload.get("referenced_message") if is_starter else payload
        if not said or str(said["author"]["id"]) == me.id:
            return None
        # The first message of a forum's post has the number of its thread.
        return said_by(said, me, is_topic=is_starter or str(said["id"]) == thread)
    except STRANGE:
        return None
