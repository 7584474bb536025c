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

        What the other side asks for is only announced: a ban of a day may end within the hour. So
        patience bounds time that has passed, and what is left of it ends with one more attempt.
        """
        if isinstance(error, RunLost) and reruns >= self.max_reruns:
            return None
        asked = error.retry_after or 0.0
        left = self.patience - min(waited, failures * max(_AN_ATTEMPT, asked))
        own = min(self.first * 2.0 ** min(failures, 16), self.longest)
        if asked < own:
            wait = own * random.uniform(0.75, 1.0)  # noqa: S311
        else:
            wait = min(asked + random.uniform(0, self.first), left)  # noqa: S311
        return wait if 0 < wait <= left else None
