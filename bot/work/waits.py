"""When whoever waits is tried again, though the clock of the machine be set back meanwhile."""

import math
import time

from bot.core.ports.clock import Clock


class Waits:
    """Turns are due by the clock, but how long one waits is counted by one that cannot be set.

    Without that, a clock that ran an hour ahead for a moment would silence for an hour every
    conversation whose last attempt failed in it.
    """

    def __init__(self, clock: Clock, steady: Clock = time.monotonic) -> None:
        self._clock = clock
        self._steady = steady
        self._waits: dict[int, tuple[float, float]] = {}  # when it is due, and is that by `steady`

    def forgive(self, conversation_id: int) -> None:
        """An earlier process let it wait, by a clock we know nothing of: it is tried at once."""
        self._waits[conversation_id] = (math.inf, self._steady())

    def now(self, conversation_id: int) -> float:
        """The time, as far as this conversation is concerned."""
        due_at, over_at = self._waits.get(conversation_id, (0.0, 0.0))
        return max(self._clock(), due_at) if self._steady() >= over_at else self._clock()

    def noted(self, conversation_id: int, due_at: float | None) -> float | None:
        """What is open there is due then; None: nothing is. Returns the same."""
        if due_at is None:
            self._waits.pop(conversation_id, None)
        elif self._waits.get(conversation_id, (None,))[0] != due_at:
            over_at = self._steady() + due_at - self._clock()
            self._waits[conversation_id] = (due_at, over_at)
        return due_at
