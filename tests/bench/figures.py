"""Figures: what was measured, beside the floor, and the goal it has."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One measured value. A goal is for the value, or for its ratio to the floor's."""

    name: str
    value: float
    unit: str
    floor: float | None = None
    at_most: float | None = None
    at_least: float | None = None
    ratio_at_most: float | None = None

    @property
    def ratio(self) -> float | None:
        return self.value / self.floor if self.floor else None

    @property
    def is_met(self) -> bool | None:
        """Whether the goals are met; None where there is none."""
        goals = [
            self.at_most is None or self.value <= self.at_most,
            self.at_least is None or self.value >= self.at_least,
            self.ratio_at_most is None or (self.ratio or 0.0) <= self.ratio_at_most,
        ]
        is_goal = any((self.at_most, self.at_least, self.ratio_at_most))
        return all(goals) if is_goal else None

    @property
    def goal(self) -> str:
        said = [
            f"≤ {self.at_most:g}" if self.at_most else "",
            f"≥ {self.at_least:g}" if self.at_least else "",
            f"≤ {self.ratio_at_most:g} × floor" if self.ratio_at_most else "",
        ]
        return ", ".join(word for word in said if word)


def show(figures: Iterable[Figure]) -> str:
    """As a table of Markdown."""
    head = ["| figure | value | floor | ratio | goal | met |", "|---|---|---|---|---|---|"]
    return "\n".join([*head, *map(_row, figures)])


def save(figures: Sequence[Figure], about: dict[str, object], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [
        {**asdict(one), "ratio": one.ratio, "goal": one.goal, "is_met": one.is_met}
        for one in figures
    ]
    written = json.dumps({"about": about, "figures": rows}, indent=2, ensure_ascii=False)
    path.write_text(f"{written}\n")


def _row(figure: Figure) -> str:
    floor = "" if figure.floor is None else f"{_short(figure.floor)} {figure.unit}"
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
    met = {None: "", True: "yes", False: "**no**"}[figure.is_met]
    value = f"{_short(figure.value)} {figure.unit}"
    return f"| {figure.name} | {value} | {floor} | {ratio} | {figure.goal} | {met} |"


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
