"""How often to ask whether a run has ended."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(slots=True)
class PollPace:
    """Waits grow from `first` to `longest` seconds: 9 polls for a run of 10 s.

    All runs together are polled at most `most` times a second, which is a fifth of a core: where
    there are very many, each is looked at less often.
    """

    first: float = 0.3
    longest: float = 2.0
    growth: float = 1.5
    most: float = 300.0
    _followed: int = field(default=0, init=False)  # runs that are polled now

    def waits(self) -> Iterator[float]:
        """Seconds before each poll, with jitter: what began together is not polled together."""
        wait = self.first
        self._followed += 1
        try:
            while True:
                yield max(wait, self._followed / self.most) * random.uniform(0.85, 1.0)  # noqa: S311
                wait = min(wait * self.growth, self.longest)
        finally:
            self._followed -= 1
