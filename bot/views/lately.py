"""How the last hour went."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.ports.views import EndedTurn

MINUTES = 60


@dataclass(frozen=True, slots=True)
class Lately:
    delivered: int
    failed: int
    half_within: float | None  # seconds; None: nothing was asked
    most_within: float | None  # nineteen of twenty
    by_minute: tuple[int, ...]  # questions, the oldest minute first


def lately(ended: Sequence[EndedTurn], now: float) -> Lately:
    """Of what was accepted within an hour before `now`."""
    seconds = sorted(one.done_at - one.accepted_at for one in ended)
    minutes = [0] * MINUTES
    for one in ended:
        age = int((now - one.accepted_at) // 60)
        if 0 <= age < MINUTES:
            minutes[-1 - age] += 1
    failed = sum(one.has_failed for one in ended)
    return Lately(
        len(ended) - failed, failed, _within(seconds, 0.5), _within(seconds, 0.95), tuple(minutes)
    )


def _within(seconds: Sequence[float], share: float) -> float | None:
    return seconds[min(int(len(seconds) * share), len(seconds) - 1)] if seconds else None
