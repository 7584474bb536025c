"""What people set."""

from collections.abc import Sequence
from typing import Protocol

from bot.core.catalogue import Binding


class Choices(Protocol):
    """Settings that people choose for a scope."""

    async def save(self, scope: str, name: str, value: str, now: float) -> None: ...

    async def of(self, scopes: Sequence[str]) -> Sequence[Binding]:
        """All that people chose for these scopes, in one look; and in which there is material."""
        ...

    def refresh(self, scope: str) -> None:
        """There is other material in it than before: what was known of it may be untrue."""
