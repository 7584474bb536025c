"""When to try again. Nothing else decides that, and nothing else sleeps over an error."""

import random
from dataclasses import dataclass

from bot.core.errors import RunLost, TransientError

_AN_ATTEMPT = 600.0  # seconds; none takes longer, wait and all


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Waits grow from `first` to `longest` seconds; `patience` bounds the sum of them.

    An hour of patience outlasts a restart of any server and most outages, and a person who
    asked in the evening still gets a word before midnight.
    """

    first: float = 1.0
    longest: float = 60.0
    patience: float = 3600.0
    max_attempts: int = 5  # begun without an end: a message that kills the process
    harmless_after: float = 1.0  # seconds; what kills the process does so at once
    max_reruns: int = 1  # runs the server lost

    def next_attempt(
        self, error: TransientError, failures: int, reruns: int, waited: float
    ) -> float | None:
        """Seconds until the next attempt; None when it is time to say so and stop.

        `failures` came before this one; `waited` is the time since the first of them, by a clock
        that may have jumped: so many attempts as there were cannot have taken longer than they do.
        A quarter of jitter keeps a whole class from coming back in the same instant.
        """
        if isinstance(error, RunLost) and reruns >= self.max_reruns:
            return None
        wait = self._wait(error.retry_after, failures)
        waited = min(waited, failures * _AN_ATTEMPT)
        return wait if waited + wait <= self.patience else None

    def _wait(self, retry_after: float | None, failures: int) -> float:
        if retry_after is not None:
            return max(retry_after, 0.0) + random.uniform(0, self.first)  # noqa: S311
        wait = min(self.first * 2.0 ** min(failures, 16), self.longest)
        return wait * random.uniform(0.75, 1.0)  # noqa: S311
