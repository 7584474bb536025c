"""What was said in a thread before the bot was first spoken to there."""

from typing import Any

from adapters.discord.courier import Courier
from adapters.discord.events import Me, said_by
from adapters.discord.origins import Origin
from bot.core.messages import Message

_MOST = 30
_CHARS = 6000
_STARTER = 21  # the message a thread hangs on, as it is shown in the thread


async def said_earlier(courier: Courier, question: Message, me: str) -> str:
    """The last of it, with the speakers' names; nothing for a channel, where talk has no end."""
    origin = Origin.of(question)
    if not origin.parent or origin.private or origin.threaded:
        return ""
    before = origin.message or question.id
    payloads = await courier.said_before(origin.channel, before, _MOST)
    return transcript(payloads, Me(me))


def transcript(payloads: list[Any], me: Me) -> str:
    lines: list[str] = []
    room = _CHARS
    for payload in reversed(payloads):
        line = _line(payload, me)
        room -= len(line) + 1
        if room < 0:
            break
        lines += [line] if line else []
    return "\n".join(reversed(lines))


def _line(payload: Any, me: Me) -> str:
    said = payload.get("referenced_message") if payload["type"] == _STARTER else payload
    if not said or str(said["author"]["id"]) == me.id:
        return ""
    return " ".join(said_by(said, me).split("\n"))
