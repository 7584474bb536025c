"""How long something has taken, whatever becomes of the clock and of the machine."""

import time

from bot.core.ports.clock import Clock

# It goes on while the machine sleeps (Linux); elsewhere the monotonic clock does.
_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class Stopwatch:
    """Measures by two clocks, of which the one that says more is believed.

    The wall's may be set back, and the other one may stand still while the machine sleeps.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._begun = clock()
        self._begun_steady = time.clock_gettime(_STEADY)

    @property
    def seconds(self) -> float:
        steady = time.clock_gettime(_STEADY) - self._begun_steady
        return max(self._clock() - self._begun, steady)
