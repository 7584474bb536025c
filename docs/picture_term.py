"""Draws a term as a picture, out of the database it was played in: four bands, and the exams.

`python -m docs.picture_term DATABASE docs/term.svg`; `make term PICTURE=1` does it in the end.
"""

import math
import sqlite3
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

_WIDTH, _LEFT, _RIGHT, _TOP = 840, 64, 16, 56
_BAND, _GAP = 78, 34
_DAY, _WEEK = 86_400.0, 7
_INK, _FAINT, _LINE, _EXAM = "#1d1c1d", "#616061", "#dddddd", "#f3c6c6"
_FONT = "-apple-system, 'Segoe UI', Helvetica, Arial, 'DejaVu Sans', sans-serif"

_ASKED = "SELECT accepted_at FROM turns WHERE command IS NULL AND message_key NOT LIKE '%/%'"
_TURNED_AWAY = f"{_ASKED} AND step = 'cancelled'"
_WAITED = f"{_ASKED.replace('accepted_at', 'accepted_at, done_at', 1)} AND kind = 'answer'"
_CARDS = "SELECT id, created_at FROM cards WHERE matter = 'human'"
_ANSWERED = "SELECT subject, at FROM audit WHERE verb = 'answer'"
_EXAMS = "SELECT starts_at, ends_at FROM windows"


Rows = Callable[[str], Iterable[tuple[Any, ...]]]
"""What a database answers to a question."""


@dataclass(frozen=True)
class Band:
    """A value for each day."""

    title: str
    colour: str
    values: Sequence[float]
    unit: str = ""


def draw(rows: Rows) -> str:
    """The picture as SVG."""
    asked = [at for (at,) in rows(_ASKED)]
    first = min(asked) // _DAY * _DAY
    days = math.ceil((max(asked) - first) / _DAY) + 1
    exams = [((start - first) / _DAY, (end - first) / _DAY) for start, end in rows(_EXAMS)]
    away = [at for (at,) in rows(_TURNED_AWAY)]
    bands = [
        Band("Questions a day", "#1264a3", _by_day(asked, first, days)),
        Band("Asked without a heart left, a day", "#c01343", _by_day(away, first, days)),
        Band("Waiting for a person in the evening", "#8d6e00", _open(rows, first, days)),
        Band("Wait for an answer, 99th percentile", "#2b7a4b", _slow(rows, first, days), " s"),
    ]
    return "\n".join(_svg(bands, exams, days))


def _by_day(times: Sequence[float], first: float, days: int) -> Sequence[float]:
    counts = [0.0] * days
    for at in times:
        counts[min(int((at - first) // _DAY), days - 1)] += 1
    return counts


def _open(rows: Rows, first: float, days: int) -> Sequence[float]:
    """At the end of each day."""
    answered = {str(subject).lstrip("#"): at for subject, at in rows(_ANSWERED)}
    spans = [(at, answered.get(str(id_), math.inf)) for id_, at in rows(_CARDS)]
    ends = [first + (day + 1) * _DAY for day in range(days)]
    return [float(sum(begun <= end < done for begun, done in spans)) for end in ends]


def _slow(rows: Rows, first: float, days: int) -> Sequence[float]:
    waits: list[list[float]] = [[] for _ in range(days)]
    for at, done in rows(_WAITED):
        waits[min(int((at - first) // _DAY), days - 1)].append(done - at)
    return [sorted(one)[int(len(one) * 0.99)] if one else 0.0 for one in waits]


def _svg(bands: Sequence[Band], exams: Sequence[tuple[float, float]], days: int) -> Iterator[str]:
    height = _TOP + len(bands) * (_BAND + _GAP) + 24
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" '
        f'font-family="{_FONT}" font-size="12" fill="{_INK}">'
    )
    yield "<title>A term of a class of two hundred, day by day</title>"
    yield (
        f'<rect x="0.5" y="0.5" width="{_WIDTH - 1}" height="{height - 1}" rx="10" fill="#ffffff" '
        f'stroke="{_LINE}"/>'
    )
    step = (_WIDTH - _LEFT - _RIGHT) / days
    bottom = _TOP + len(bands) * (_BAND + _GAP) - _GAP
    for start, end in exams:
        x, width = _LEFT + start * step, max((end - start) * step, 3)
        yield (
            f'<rect x="{x:.1f}" y="{_TOP - 20}" width="{width:.1f}" '
            f'height="{bottom - _TOP + 20}" fill="{_EXAM}"/>'
        )
        yield f'<text x="{x:.1f}" y="{_TOP - 24}" fill="{_FAINT}" text-anchor="middle">exam</text>'
    for number, band in enumerate(bands):
        yield from _drawn(band, _TOP + number * (_BAND + _GAP), step)
    for week in range(days // _WEEK + 1):
        x = _LEFT + week * _WEEK * step
        yield f'<text x="{x:.1f}" y="{bottom + 18}" fill="{_FAINT}">{week + 1}</text>'
    yield f'<text x="16" y="{bottom + 18}" fill="{_FAINT}">week</text>'
    yield "</svg>\n"


def _drawn(band: Band, top: float, step: float) -> Iterator[str]:
    most = max(band.values) or 1.0
    bottom = top + _BAND
    yield f'<text x="{_LEFT}" y="{top - 6}">{escape(band.title)}</text>'
    shown = f"{most:.1f}" if band.unit else f"{most:.0f}"
    yield (
        f'<text x="{_LEFT - 6}" y="{top + 10}" fill="{_FAINT}" text-anchor="end">'
        f"{shown}{band.unit}</text>"
    )
    yield (
        f'<line x1="{_LEFT}" y1="{bottom}" x2="{_WIDTH - _RIGHT}" y2="{bottom}" stroke="{_LINE}"/>'
    )
    for day, value in enumerate(band.values):
        if value:
            size = value / most * (_BAND - 4)
            yield (
                f'<rect x="{_LEFT + day * step:.1f}" y="{bottom - size:.1f}" '
                f'width="{step * 0.8:.1f}" height="{size:.1f}" fill="{band.colour}"/>'
            )


def main() -> None:
    source, target = sys.argv[1:]
    with closing(sqlite3.connect(source)) as database:
        Path(target).write_text(draw(database.execute), "utf-8")


if __name__ == "__main__":
    main()
