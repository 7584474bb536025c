"""When staff answer: `Mon-Thu 10-12, 13:00-15:30; Fri 9-11`, on the course's own clock.

Whatever else is written there are words for people, from which nothing follows.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_PART = re.compile(rf"({'|'.join(_DAYS)})(?:\s*[-–]\s*({'|'.join(_DAYS)}))?\s+(.+)")
_SPAN = re.compile(r"(\d{1,2})(?::([0-5]\d))?\s*[-–]\s*(\d{1,2})(?::([0-5]\d))?")
_A_DAY = 24 * 60
_A_WEEK = 7


@dataclass(frozen=True, slots=True, order=True)
class Sitting:
    """On a day of the week, Monday being 0; minutes of that day."""

    day: int
    begins: int
    ends: int


@dataclass(frozen=True, slots=True)
class Attendance:
    """`until`: when that changes; a break lies between two sittings of a day."""

    is_open: bool
    is_break: bool
    until: datetime


def read_hours(written: str) -> Sequence[Sitting]:
    """In order; none where it cannot be read, or where two sittings overlap."""
    try:
        sittings = sorted(one for part in written.split(";") for one in _part(part))
    except ValueError:
        return ()
    overlap = any(one.day == two.day and two.begins < one.ends for one, two in pairwise(sittings))
    return () if overlap else sittings


def moment(sittings: Sequence[Sitting], now: datetime) -> Attendance | None:
    """How it is at `now`, which is local; None where nobody has said."""
    at, today = now.hour * 60 + now.minute, [s for s in sittings if s.day == now.weekday()]
    for one in today:
        if one.begins <= at < one.ends:
            return Attendance(is_open=True, is_break=False, until=_on(now, 0, one.ends))
    for days in range(_A_WEEK + 1):
        for one in sittings:
            is_later = days > 0 or one.begins > at
            if one.day == (now.weekday() + days) % _A_WEEK and is_later:
                is_break = days == 0 and any(before.ends <= at for before in today)
                return Attendance(
                    is_open=False, is_break=is_break, until=_on(now, days, one.begins)
                )
    return None


def _on(now: datetime, days: int, minute: int) -> datetime:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(days=days, minutes=minute)


def _part(written: str) -> Iterator[Sitting]:
    match = _PART.fullmatch(written.strip().lower())
    if match is None:
        raise ValueError(written)
    first = _DAYS.index(match[1])
    last = _DAYS.index(match[2]) if match[2] else first
    spans = [_span(one) for one in match[3].split(",")]
    for day in range(first, first + (last - first) % _A_WEEK + 1):
        yield from (Sitting(day % _A_WEEK, begins, ends) for begins, ends in spans)


def _span(written: str) -> tuple[int, int]:
    match = _SPAN.fullmatch(written.strip())
    if match is None:
        raise ValueError(written)
    begins = int(match[1]) * 60 + int(match[2] or 0)
    ends = int(match[3]) * 60 + int(match[4] or 0)
    if not 0 <= begins < ends <= _A_DAY:
        raise ValueError(written)
    return begins, ends
