"""How often to ask whether a run has ended."""

import random
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """Waits grow from `first` to `longest` seconds: 9 polls for a run of 10 s."""

    first: float = 0.3
    longest: float = 2.0
    growth: float = 1.5

    def waits(self) -> Iterator[float]:
        """Seconds before each poll, with jitter: what began together is not polled together."""
        wait = self.first
        while True:
            yield wait * random.uniform(0.85, 1.0)  # noqa: S311
            wait = min(wait * self.growth, self.longest)
