"""The term's clock: true while people talk, and moved on between two scenes."""

import time
from bisect import bisect_right
from collections.abc import Callable

_true_time = time.time


class TermClock:
    """`tell` hears by how much it is off after each move, and the program's is besides."""

    def __init__(self) -> None:
        self._moves: list[tuple[float, float]] = [(0.0, 0.0)]
        self._wrong_by = 0.0
        self.tell: Callable[[float, float], None] = lambda off_by, wrong_by: None

    def install(self) -> None:
        """The platforms of this process go by it: their stamps, and the dates of their answers."""
        time.time = self.now
        time.time_ns = lambda: int(self.now() * 1e9)

    def now(self) -> float:
        return _true_time() + self._moves[-1][1]

    def move(self, to: float) -> None:
        """Forward, never back: what began while it ran on has to end first."""
        off_by = max(self._moves[-1][1], to - _true_time())
        self._moves.append((time.monotonic(), off_by))
        self.tell(off_by, self._wrong_by)

    def go_wrong(self, by: float) -> None:
        """The program's clock alone; 0 sets it right."""
        self._wrong_by = by
        self.tell(self._moves[-1][1], by)

    def at(self, monotonic: float) -> float:
        """What it showed when the clock that nobody can set showed this."""
        moved = bisect_right(self._moves, (monotonic, float("inf"))) - 1
        return monotonic + _true_time() - time.monotonic() + self._moves[moved][1]
