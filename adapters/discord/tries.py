"""When the posts whose outcome is not known were first tried: for so long their nonce is known."""

from itertools import takewhile

from adapters.discord.limiter import NONCE_HOLDS
from bot.core.posts import Part
from bot.core.stopwatch import Stopwatch


class Tries:
    def __init__(self) -> None:
        self._first: dict[str, Stopwatch] = {}  # by nonce

    def age_of(self, part: Part) -> Stopwatch | None:
        """Since it was first tried, this time unless one before has an outcome not known."""
        if part.age is None:
            return None
        for nonce in list(takewhile(self._is_over, self._first)):  # the oldest first
            del self._first[nonce]
        return self._first.setdefault(part.nonce, part.age)

    def are_known(self, part: Part) -> bool:
        """Whether Discord would know another one for the same, wherever that cannot be read."""
        first = self._first.get(part.nonce)
        return first is not None and _is_young(first)

    def _is_over(self, nonce: str) -> bool:
        return not _is_young(self._first[nonce])

    def forget(self, part: Part) -> None:
        """It was looked for, and is not in doubt any more."""
        self._first.pop(part.nonce, None)


def _is_young(age: Stopwatch) -> bool:
    return age.seconds < NONCE_HOLDS
