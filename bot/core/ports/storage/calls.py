"""What models had done."""

from collections.abc import Collection, Sequence
from typing import Protocol

from bot.core.messages import Message
from bot.core.tools import Call, Decision, EndedCall, MadeCall, Output
from bot.core.turns import Turn


class Calls(Protocol):
    """What models had done, and what came of it."""

    async def intend(
        self, turn: Turn, calls: Sequence[tuple[Call, Decision | None]], now: float
    ) -> Sequence[MadeCall]:
        """All calls of a step are about to be made, in place of what was about to be before.

        Ids that the turn has had already are taken for the calls that have them. Raises StaleTurn
        when the turn is not held any more.
        """

    async def keep(self, turn: Turn, ended: Sequence[EndedCall], now: float) -> None:
        """What the model's server has done by itself; what was saved first stays."""

    async def known(self, turn: Turn, places: Sequence[str]) -> Collection[str]:
        """Those of these where a server did something before this step of the turn."""

    async def of(self, turn_id: int) -> Sequence[MadeCall]:
        """The calls of a turn, in the order they were made."""

    async def find(self, number: int) -> tuple[MadeCall, Message] | None:
        """A call, and the question that it was made for."""

    async def begin(self, turn: Turn, number: int, now: float) -> None:
        """The call is about to be made, for a turn that is held. Raises StaleTurn if it is not."""

    async def end(self, number: int, output: Output, now: float) -> None:
        """What came of it; what was saved first stays."""

    async def decide(self, number: int, decision: Decision) -> bool:
        """Whoever was asked has decided; False where that was done before."""

    async def drop_files(self, turn_id: int) -> None:
        """The files that came of a turn's calls have reached the person."""
