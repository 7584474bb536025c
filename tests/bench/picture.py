"""The figures as a picture: each goal's ratio to the floor."""

from collections.abc import Sequence
from pathlib import Path

import pygal
from pygal.style import Style

from tests.bench.figures import Figure

_MET, _NOT_MET = "#2a7f62", "#c0392b"


def draw(figures: Sequence[Figure], path: Path) -> None:
    """Bars of what is compared with the floor; below 1 is better than a bot without promises."""
    style = Style(background="white", plot_background="white", label_font_size=9)
    chart = pygal.HorizontalBar(
        show_legend=False,
        style=style,
        width=900,
        height=60 + 22 * len(figures),
        title="Homeroom, as a ratio to a minimal bot that keeps and promises nothing",
        print_values=True,
        formatter=lambda value: f"{value:.2f} ×",
        js=(),
    )
    compared = [one for one in reversed(figures) if one.ratio and _is_shown(one)]
    chart.x_labels = [one.name for one in compared]
    chart.add("ratio", [_bar(one) for one in compared])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(chart.render())


def _is_shown(figure: Figure) -> bool:
    return figure.is_met is not None or "CPU" in figure.name


def _bar(figure: Figure) -> dict[str, object]:
    colour = _NOT_MET if figure.is_met is False else _MET
    return {"value": figure.ratio, "color": colour}
