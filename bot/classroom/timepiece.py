"""What time it is, as far as that is certain.

As soon as a platform has told the time, its time and a clock that nobody can set are believed, and
the host's is not asked. Until then it is between what the clocks at hand say, and never before the
newest stamp that was seen.
"""

import time
from collections.abc import Callable

from bot.core.ports.clock import Clock

_RESOLUTION = 1.0  # seconds: a header tells no parts of them
_BOOT = getattr(time, "CLOCK_BOOTTIME", None)  # goes on while the machine sleeps


def steady() -> float:
    return time.monotonic() if _BOOT is None else time.clock_gettime(_BOOT)


class Timepiece:
    def __init__(self, clock: Clock, steadily: Callable[[], float] = steady) -> None:
        self._clock = clock
        self.steadily = steadily
        self._base = clock() - steadily()  # what the clock said at the start, ever after
        self._seen = 0.0
        self._told: tuple[float, float] | None = None  # what is to be added to the steady clock

    def see(self, stamp: float | None) -> None:
        """A platform has stamped something: it is not earlier than that."""
        if stamp is not None:
            self._seen = max(self._seen, stamp)

    def hear(self, at: float, waited: float) -> None:
        """A platform's answer says when it was made, at most `waited` seconds ago."""
        now = self.steadily()
        self._told = (at - now, at + waited + _RESOLUTION - now)

    def now(self) -> float:
        """As the host has it, for what only has to be in order."""
        return self._clock()

    def bounds(self) -> tuple[float, float]:
        """Between when and when it is now."""
        now = self.steadily()
        if self._told is not None:
            early, late = (each + now for each in self._told)
        else:
            early, late = sorted((self._clock(), self._base + now))
        return max(early, self._seen), max(late, self._seen)
