"""What waits for the staff of a course, as it is remembered."""

from collections.abc import Sequence
from typing import Protocol

from bot.core.cards import Card, Matter


class Cards(Protocol):
    async def add(self, card: Card) -> Card:
        """Write a card down, once for each nonce; returns it as it is known."""

    async def card(self, number: int) -> Card | None: ...

    async def named(self, nonce: str) -> Card | None: ...

    async def step(self, card: Card) -> Card | None:
        """Save what became of a card under a new epoch; None: somebody was there before."""

    async def waiting(self, course: int, matter: Matter | None = None) -> Sequence[Card]:
        """Those that are open or claimed, the oldest first."""

    async def alarms(self, course: int) -> Sequence[Card]:
        """All that was flagged, whatever became of it, the oldest first."""

    async def due(self, now: float) -> Sequence[Card]:
        """The open ones that are to be brought up again, of all courses."""

    async def of(self, person: str) -> Sequence[Card]:
        """What there is about somebody, in all courses, the oldest first."""

    async def held_of(self, place: str, person: str) -> Card | None:
        """What somebody of the staff has taken on for a person in a conversation."""

    async def purge(self, course: int, before: float) -> None:
        """Delete those that are older and wait for nobody any more."""
