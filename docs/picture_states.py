"""Draws the life of a turn out of `STEPS`: `python -m docs.picture_states docs/states.svg`."""

import sys
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path

from bot.core.turns import STEPS, State, Step

_WAITS = {State.PENDING: "the backend", State.ANSWERED: "the platform", State.DONE: "nothing"}
_WIDTH, _HEIGHT, _GAP, _TOP, _LEFT = 150, 64, 130, 40, 20
_LINE = 16  # from line to line
_DEPTH = 56  # of an arrow that goes past a state, below it
_STYLE = """\
<style>
text { font: 14px -apple-system, 'Segoe UI', Helvetica, Arial, 'DejaVu Sans', sans-serif; \
text-anchor: middle; fill: #1d1c1d }
.faint { font-size: 12px; fill: #616061 }
rect { fill: #f8f8f8; stroke: #616061; rx: 8px }
path { fill: none; stroke: #1264a3; stroke-width: 1.5; marker-end: url(#head) }
</style>
<marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" \
orient="auto"><path d="M0 0 8 4 0 8Z" style="fill:#1264a3;stroke:none;marker-end:none"/></marker>"""


def draw(steps: Mapping[tuple[State, Step], State] = STEPS) -> str:
    """The picture as SVG: the states in their order, and from one to the next what leads there."""
    states = list(State)
    width = 2 * _LEFT + len(states) * _WIDTH + (len(states) - 1) * _GAP
    height = 2 * _TOP + _HEIGHT + _DEPTH
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    shapes = [f'<svg xmlns="http://www.w3.org/2000/svg" {size}>', _STYLE]
    shapes += [f'<rect width="{width}" height="{height}" style="fill:#fff;stroke:none;rx:0"/>']
    for number, state in enumerate(states):
        shapes += _box(number, state)
    for (begin, end), step in groupby(steps, lambda key: (key[0], steps[key])):
        names = [name.value for _, name in step]
        shapes += _arrow(states.index(begin), states.index(end), names)
    return "\n".join([*shapes, "</svg>"]) + "\n"


def _box(number: int, state: State) -> Iterator[str]:
    x = _x(number)
    yield f'<rect x="{x}" y="{_TOP}" width="{_WIDTH}" height="{_HEIGHT}"/>'
    yield f'<text x="{x + _WIDTH / 2}" y="{_TOP + 28}">{state.name}</text>'
    words = f"waits for {_WAITS[state]}"
    yield f'<text class="faint" x="{x + _WIDTH / 2}" y="{_TOP + 48}">{words}</text>'


def _arrow(begin: int, end: int, names: list[str]) -> Iterator[str]:
    """To the neighbour in a line, and further in a bow below what stands between."""
    middle = (_x(begin) + _x(end) + _WIDTH) / 2
    if end == begin + 1:
        y = _TOP + _HEIGHT / 2
        yield f'<path d="M{_x(begin) + _WIDTH} {y} {_x(end)} {y}"/>'
        y -= 8 + _LINE * (len(names) - 1)
    else:
        y = _TOP + _HEIGHT
        low, out, back = y + _DEPTH, _x(begin) + _WIDTH / 2, _x(end) + _WIDTH / 2
        yield f'<path d="M{out} {y} C{out} {low} {back} {low} {back} {y}"/>'
        y = low + 8
    for number, name in enumerate(names):
        yield f'<text class="faint" x="{middle}" y="{y + _LINE * number}">{name}</text>'


def _x(number: int) -> int:
    return _LEFT + number * (_WIDTH + _GAP)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(draw(), "utf-8")
