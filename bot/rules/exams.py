"""When an exam is on: it fails closed, to the second, whatever a clock says.

A local time means every instant it can mean: the start is the earliest of them, the end the latest.
An act is judged by the stamp that its platform gave it, which no host can set; the clock only ever
adds closed time. So no clock ends an exam: whoever asks after it carries a later stamp.
"""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.core.assignments import Assignment, held_here
from bot.core.courses import Course, Window
from bot.core.errors import InvalidSetting
from bot.core.messages import Message
from bot.words import say

_MOMENT = re.compile(r"(?:(\d{4}-\d{2}-\d{2})[ T])?(\d{1,2}:\d{2})")
_SPAN = re.compile(
    rf"({_MOMENT.pattern})\s*(?:to|-|\u2013|until)\s*({_MOMENT.pattern})\s*(.*)", re.DOTALL
)
_LONGEST = timedelta(days=14)
_FORM = "%Y-%m-%d %H:%M"


def instants(local: datetime, zone: str) -> tuple[float, float]:
    """The first and the last instant that a wall clock may mean by this.

    What is shown twice in autumn means both; what is left out in spring, the instants around the
    gap. Raises InvalidSetting for a zone that nobody knows.
    """
    try:
        place = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidSetting(notice=say("I know no time zone “{zone}”.", zone=zone)) from None
    meant = [local.replace(tzinfo=place, fold=fold).astimezone(UTC) for fold in (0, 1)]
    return min(meant).timestamp(), max(meant).timestamp()


def span(local_start: str, local_end: str, zone: str) -> tuple[float, float]:
    """From when to when it is closed at the widest. Raises InvalidSetting."""
    start, end = _moment(local_start), _moment(local_end)
    if not start < end <= start + _LONGEST:
        raise InvalidSetting(notice=say("It has to end after it begins, within two weeks."))
    return instants(start, zone)[0], instants(end, zone)[1]


def read_span(written: str) -> tuple[str, str, str]:
    """The local start and end of `2026-12-04 09:00 to 11:00 …`, and the words behind."""
    match = _SPAN.fullmatch(written.strip())
    if match is None or match[2] is None:
        raise InvalidSetting(
            notice=say(
                "It is written like this: 2026-12-04 09:00 to 11:00 off Midterm. In place of "
                "off there can be hints, or logistics; the last words say what it is about."
            )
        )
    start = _moment(f"{match[2]} {match[3]}")
    end = _moment(f"{match[5] or match[2]} {match[6]}")
    return start.strftime(_FORM), end.strftime(_FORM), " ".join(match[7].split())


def is_shut(window: Window, stamp: float | None, early: float, late: float) -> bool:
    """Whether what was done at `stamp` falls into an exam, or would be answered in one.

    `early`, `late`: between which it is now. Without a stamp only those can tell.
    """
    if not window.is_on:
        return False
    if stamp is None:
        return late >= window.starts_at and early < window.ends_at
    return stamp < window.ends_at and (stamp >= window.starts_at or late >= window.starts_at)


def examined(course: Course, window: Window) -> Assignment | None:
    """The assignment that an exam is about; None: it is the whole course's."""
    named = (one for one in course.plan.assignments if one.name == window.label)
    return next(named, None)


def concerns(window: Window, course: Course, message: Message, now: float) -> bool:
    """Whether an exam closes what is asked: all of it, but where staff hold another assignment.

    And that only among others: what is asked alone may be about anything.
    """
    if examined(course, window) is None or not message.is_shared:
        return True
    here = held_here(course.plan.assignments, message, now)
    return not here or any(one.name == window.label for one in here)


def _moment(written: str) -> datetime:
    try:
        return datetime.strptime(written, _FORM)  # noqa: DTZ007 - a wall clock's, without a zone
    except ValueError:
        raise InvalidSetting(
            notice=say("“{written}” is no date and time.", written=written)
        ) from None
