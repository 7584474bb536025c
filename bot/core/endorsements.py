"""Answers that staff stand by: to a question, in their words, until a day or until revoked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Endorsement:
    """Times are seconds since the epoch."""

    id: int = 0
    course: int
    question: str  # as others would ask it: staff word it anew
    answer: str
    by: str  # the person, as courses know her
    name: str
    at: float
    revoked_at: float | None = None


class Endorsements(Protocol):
    async def of(self, course: int) -> Sequence[Endorsement]:
        """Those in force, the newest first."""

    async def add(self, one: Endorsement) -> int:
        """In place of what was endorsed to the same question; returns its id."""

    async def revoke(self, course: int, number: int, now: float) -> bool:
        """False where there is none of this number in force."""
