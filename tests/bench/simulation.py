"""One process, simulated: what a million conversations make of the costs that were measured.

`python -m tests.bench.simulation [FILE.json]`. A turn needs the core twice, before the
model and after it; the core goes round all turns that want it, a step at a time, as asyncio does.
"""

import heapq
import json
import random
import sys
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

_STEPS = 8  # a turn's waits for the database or the network, on each side of the model


@dataclass(frozen=True)
class Costs:
    """Seconds of the core for a turn, before the model and after it."""

    before: float
    after: float

    @classmethod
    def measured(cls, figures: Sequence[Any], platform: str, size: int) -> "Costs":
        """Out of a burst: its last turn is through when the core has served all of them."""
        values = {figure["name"]: figure["value"] for figure in figures}
        burst = f"{platform}: burst of {size}"
        before = values[f"{burst}, event to model p99"]
        after = values[f"{burst}, answer to platform p99"]
        return cls(before / size / 1000, after / size / 1000)


@dataclass
class Core:
    """The clock, the turns that want the core, and those that wait for the model."""

    costs: Costs
    model: float
    now: float = 0.0
    busy: float = 0.0
    to_model: list[float] = field(default_factory=list)
    to_platform: list[float] = field(default_factory=list)
    _wanting: deque[tuple[float, bool, int]] = field(default_factory=deque)
    _coming: list[tuple[float, bool]] = field(default_factory=list)

    def run(self, arrivals: Iterable[float]) -> None:
        """Serve all questions that come at these times, in order."""
        questions = iter(arrivals)
        following = next(questions, None)
        while following is not None or self._coming or self._wanting:
            while following is not None and (following <= self._next_event()):
                heapq.heappush(self._coming, (following, False))
                following = next(questions, None)
            self._admit()
            self._serve()

    def _next_event(self) -> float:
        """Until when nothing has to be looked at."""
        if self._wanting:
            return self.now
        return max(self.now, self._coming[0][0]) if self._coming else float("inf")

    def _admit(self) -> None:
        if not self._wanting and self._coming:
            self.now = max(self.now, self._coming[0][0])
        while self._coming and self._coming[0][0] <= self.now:
            at, is_answered = heapq.heappop(self._coming)
            self._wanting.append((at, is_answered, _STEPS))

    def _serve(self) -> None:
        """One step of the turn that has waited longest."""
        at, is_answered, steps = self._wanting.popleft()
        step = (self.costs.after if is_answered else self.costs.before) / _STEPS
        self.now += step
        self.busy += step
        if steps > 1:
            self._wanting.append((at, is_answered, steps - 1))
        elif is_answered:
            self.to_platform.append(self.now - at)
        else:
            self.to_model.append(self.now - at)
            heapq.heappush(self._coming, (self.now + self.model, True))


def burst(costs: Costs, size: int, model: float = 1.0) -> Core:
    """So many conversations in the same instant."""
    core = Core(costs, model)
    core.run([0.0] * size)
    return core


def flow(costs: Costs, conversations: int, rate: float, model: float = 4.0) -> Core:
    """Each conversation asks once; together they ask `rate` times a second, as people do."""
    core, chance = Core(costs, model), random.Random(1)  # noqa: S311 - the same each time

    def arrivals() -> Iterable[float]:
        at = 0.0
        for _ in range(conversations):
            at += chance.expovariate(rate)
            yield at

    core.run(arrivals())
    return core


def main() -> None:
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("measured.json")
    figures = json.loads(path.read_text())["figures"]
    print("| platform | messages/s | core | added p50 | added p99 |\n|---|---|---|---|---|")
    for platform in ("slack", "discord"):
        costs = Costs.measured(figures, platform, 1000)
        for rate in (10, 100, 200, 300):
            core = flow(costs, 1_000_000, rate)
            late = [sum(pair) for pair in zip(core.to_model, core.to_platform, strict=True)]
            late.sort()
            p50, p99 = 1000 * median(late), 1000 * late[int(0.99 * len(late))]
            print(f"| {platform} | {rate} | {core.busy / core.now:.0%} | {p50:.1f} | {p99:.1f} |")


if __name__ == "__main__":
    main()
