"""Who has spent what: a chain a purse, to which one step at a time is added and nothing changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.core.answers import Usage
from bot.core.shares import Purse


@dataclass(frozen=True, slots=True)
class Reserve:
    """What was put aside for a turn that has ended, and what its run used, where one was begun."""

    turn_id: int
    amount: float
    was_begun: bool
    backend: str | None
    model: str | None
    usage: Usage | None  # None: nobody said


class Shares(Protocol):
    """Amounts are in the purse's unit: seconds of hearts, or millionths of a US dollar."""

    async def used(self, purse: Purse, now: float) -> float:
        """How much of a purse is used; 0 where nothing was ever spent."""

    async def spend(self, purse: Purse, turn_id: int, amount: float, now: float) -> float | None:
        """Charge a purse for a turn, once; returns what is used. None: there is not as much."""

    async def restore(self, purse: Purse, now: float) -> int:
        """Give back what was spent on turns that ended without an answer; returns how many."""

    async def settle(self, purse: Purse, turn_id: int, cost: float, now: float) -> None:
        """Give back, once, what was put aside for a turn beyond its cost."""

    async def unsettled(self, purse: Purse) -> Sequence[Reserve]:
        """What was put aside for turns that are done by now."""

    async def grant(self, purse: Purse, amount: float, now: float) -> float:
        """Give back so much; returns what is used."""

    async def hearts(self, course: int, since: float) -> int:
        """How many students have spent since then, without those that were given back."""

    async def purge(self, course: int, before: float) -> None:
        """Delete older steps; what is used of a purse stays known by its last one."""
