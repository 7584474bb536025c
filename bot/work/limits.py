"""How many questions a person may ask in an hour, where somebody has set that."""

from collections.abc import Iterator, Mapping

from bot.core.errors import Refusal
from bot.core.messages import ConversationKey
from bot.core.text import plural
from bot.core.turns import Turn
from bot.work.holding import Ports

LIMIT = "limit"  # the setting
_HOUR = 3600.0


class LimitReached(Refusal):
    """You have asked as much as one person may ask here in an hour. Please try again later."""


async def require_below_limit(turn: Turn, ports: Ports) -> None:
    """Raises LimitReached. What was let through once is let through again.

    The limits of all scopes count. What is counted are turns on the disk, so that a restart, or
    another process, makes no difference.
    """
    if turn.message.command or turn.backend:
        return
    key, since = turn.message.key, turn.accepted_at - _HOUR
    chosen = await ports.storage.choices.of(key.scopes(), LIMIT)
    for scope, limit in _limits(key, chosen, ports.assistants.current().settings):
        times = await ports.storage.looks.asked(turn, scope, since, limit)
        if len(times) >= limit:
            wait = times[-1] + _HOUR - ports.clock()
            raise LimitReached(f"{limit} in {scope}", notice=_notice(limit, wait))


def _limits(
    key: ConversationKey, chosen: Mapping[str, str], settings: Mapping[str, Mapping[str, str]]
) -> Iterator[tuple[str, int]]:
    """Of each scope the smaller one: what people chose there, or what stands in the file."""
    for scope in key.scopes():
        values = (chosen.get(scope, ""), settings.get(scope, {}).get(LIMIT, ""))
        limits = [int(value) for value in values if value.isdecimal() and int(value)]
        if limits:
            yield scope, min(limits)


def _notice(limit: int, wait: float) -> str:
    minutes = max(1, -(-int(wait) // 60))
    return (
        f"One person may ask {plural(limit, 'question')} an hour here, and you have. "
        f"Please try again in {plural(minutes, 'minute')}."
    )
