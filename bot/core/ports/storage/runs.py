"""What turns cost."""

from collections.abc import Sequence
from typing import Protocol

from bot.core.turns import Run


class Runs(Protocol):
    """What turns cost, run by run.

    A turn without calls has one run, which is saved with the turn and nowhere else. Of a turn with
    calls each run is kept for itself, and the turn's own numbers are their sum.
    """

    async def save(self, turn_id: int, run: Run) -> None:
        """A run has ended. The same step of a turn saved again is the same run, known better."""

    async def of(self, turn_id: int) -> Sequence[Run]:
        """Every run of a turn that was paid for, the oldest first; usage None: nobody said."""
