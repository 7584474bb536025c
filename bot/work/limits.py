"""How many questions a person may ask in an hour, where somebody has set that."""

from bot.core.errors import Refusal
from bot.core.text import plural
from bot.work.holding import HeldTurn, Ports

_HOUR = 3600.0


class LimitReached(Refusal):
    """You have asked as much as one person may ask here in an hour. Please try again later."""


async def limit_reached(held: HeldTurn, ports: Ports) -> Refusal | None:
    """A gate. What was let through once is let through again.

    The limits of all scopes count. What is counted are turns on the disk, so that a restart, or
    another process, makes no difference.
    """
    turn, chosen = held.turn, await held.chosen()
    if turn.message.command or turn.backend:
        return None
    since = turn.accepted_at - _HOUR
    for scope, limit in chosen.limits().items():
        times = await ports.storage.looks.asked(turn, scope, since, limit)
        if len(times) >= limit:
            wait = times[-1] + _HOUR - ports.clock()
            return LimitReached(f"{limit} in {scope}", notice=_notice(limit, wait))
    return None


def _notice(limit: int, wait: float) -> str:
    minutes = max(1, -(-int(wait) // 60))
    return (
        f"One person may ask {plural(limit, 'question')} an hour here, and you have. "
        f"Please try again in {plural(minutes, 'minute')}."
    )
