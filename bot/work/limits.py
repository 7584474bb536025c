"""How many questions a person may ask in an hour, where somebody has set that."""

from datetime import UTC, datetime

from bot.core.errors import NotAllowed, Refusal
from bot.core.messages import Message
from bot.core.text import plural
from bot.words import say
from bot.work.holding import HeldTurn, Ports

_HOUR, _MINUTE = 3600.0, 60.0


class LimitReached(NotAllowed):
    """You have asked as much as one person may ask here in an hour. Please ask again later."""


async def limit_reached(held: HeldTurn, ports: Ports) -> Refusal | None:
    """A gate. What was let through once is let through again.

    The limits of all scopes count. What is counted are turns on the disk, so that a restart, or
    another process, makes no difference.
    """
    turn, chosen = held.turn, await held.scene.chosen()
    if turn.message.command or turn.backend:
        return None
    since, alias = turn.accepted_at - _HOUR, await _alias(turn.message, ports)
    for scope, limit in chosen.limits().items():
        times = await ports.storage.looks.asked(turn, alias, scope, since, limit)
        if len(times) >= limit:
            again_at = times[-1] + _HOUR
            return LimitReached(f"{limit} in {scope}", notice=_notice(limit, again_at))
    return None


async def _alias(message: Message, ports: Ports) -> str:
    """As whom it counts what somebody had deleted: to delete is no way around a limit."""
    scope = ports.assistants.table.scope_of_person(message.key)
    return await ports.pseudonyms.of_person(f"{scope}:{message.author.id}")


def _notice(limit: int, again_at: float) -> str:
    """With the minute from which on there is room, on the clock of this machine."""
    moment = datetime.fromtimestamp(again_at + _MINUTE - 1, UTC).astimezone()
    return say(
        "You have asked {limit} in this hour, which is the limit here. You can ask "
        "again at {moment:%H:%M %Z}.",
        limit=plural(limit, "question"),
        moment=moment,
    )
