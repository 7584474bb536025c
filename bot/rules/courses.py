"""How what staff write about a course is read: who is named, and what can be settled."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from zoneinfo import available_timezones

from bot.core.budgets import parse_course_budgets
from bot.core.courses import EVERYONE, MODES, Course, Role
from bot.core.errors import InvalidSetting
from bot.core.messages import ConversationKey
from bot.words import say

# As platforms write who and where is mentioned.
_MENTIONS = (
    (re.compile(r"<@&(\d+)>"), "role"),
    (re.compile(r"<!subteam\^(\w+)(?:\|[^<>]*)?>"), "group"),
    (re.compile(r"<@!?(\w+)(?:\|[^<>]*)?>"), "user"),
)
_CHANNEL = re.compile(r"<#(\w+)(?:\|[^<>]*)?>")
_TRAIT = re.compile(r"(?:role|group|user):[^\s,]+")
_HEARTS = re.compile(
    r"(?:(?P<role>student|assistant|guest)s?\s+)?"
    r"(?:off|(?P<count>\d{1,3})(?:\s+every\s+(?P<every>\d{1,4})\s*min\w*)?)"
)
_HEARTS_OF: Mapping[str, tuple[str, str]] = {
    Role.STUDENT: ("hearts", "heart_every"),
    Role.ASSISTANT: ("assistant_hearts", "assistant_every"),
    Role.GUEST: ("guest_hearts", "guest_every"),
}
_DIGESTS = {"daily": 1, "weekly": 7, "off": 0}
_CHARS = 300
_MOST_DAYS = 3650


def held_at(courses: Iterable[Course], key: ConversationKey) -> Course | None:
    """The course that is held at a place, open or not; the closest of several."""
    held = [course for course in courses if course.is_held_at(key.scopes())]
    return max(held, key=lambda course: _closeness(course, key), default=None)


def _closeness(course: Course, key: ConversationKey) -> int:
    return max(scope.count(":") for scope in course.scopes if scope in key.scopes())


def read_who(written: str, platform: str) -> tuple[str, ...]:
    """The traits of whoever is named. Raises InvalidSetting where somebody is not."""
    words = written.replace(",", " ")
    for pattern, kind in _MENTIONS:
        words = pattern.sub(rf" {kind}:\1 ", words)
    strangers = [word for word in words.split() if word != EVERYONE and not _TRAIT.fullmatch(word)]
    if strangers:
        raise InvalidSetting(
            notice=say(
                "I cannot tell who “{strangers}” is. Mention people, roles or groups, or write "
                "user:ID, role:ID, group:ID.",
                strangers=strangers[0],
            )
        )
    named = dict.fromkeys(words.split())
    return tuple(one if one == EVERYONE else f"{platform}:{one}" for one in named)


def read_people(written: str, platform: str) -> tuple[str, ...]:
    """The same, of single people: whom an alert reaches has to be somebody."""
    traits = read_who(written, platform)
    if any(not trait.startswith(f"{platform}:user:") for trait in traits):
        raise InvalidSetting(
            notice=say("An alert reaches people: name each, and no role or group.")
        )
    return traits


def read_channels(written: str) -> tuple[str, ...]:
    """The ids of channels that are mentioned. Raises InvalidSetting where something else is."""
    if strangers := _CHANNEL.sub(" ", written).replace(",", " ").split():
        raise InvalidSetting(
            notice=say(
                "I cannot tell which channel “{stranger}” is. Mention it, or write this there.",
                stranger=strangers[0],
            )
        )
    return tuple(dict.fromkeys(_CHANNEL.findall(written)))


def read_zone(written: str) -> str:
    if written not in available_timezones():
        raise InvalidSetting(
            notice=say(
                "I know no time zone “{written}”: write it like Europe/Berlin.", written=written
            )
        )
    return written


def _days(written: str) -> Mapping[str, Any]:
    days = re.sub(r"\s*d(ays?)?$", "", written)
    if not (days.isascii() and days.isdecimal() and 0 < int(days[:9]) <= _MOST_DAYS):
        raise InvalidSetting(
            notice=say(
                "It is a number of days, from 1 to {most_days}, such as 180d.", most_days=_MOST_DAYS
            )
        )
    return {"keep": int(days)}


def _mode(written: str) -> Mapping[str, Any]:
    if written not in MODES:
        raise InvalidSetting(notice=say("It is one of {modes}.", modes=", ".join(MODES)))
    return {"mode": written}


def _hearts(written: str) -> Mapping[str, Any]:
    """Of students, where no role is named; of assistants nobody has to count them."""
    match = _HEARTS.fullmatch(written)
    role = (match and match["role"]) or Role.STUDENT
    count = int(match["count"] or 0) if match else 0
    if match is None or match["every"] == "0" or not (count or role == Role.ASSISTANT):
        raise InvalidSetting(
            notice=say(
                "It is written like this: 10 every 3 min. For others: assistant 30 every 1 min, "
                "assistant off, guest 5 every 6 min."
            )
        )
    hearts, every = _HEARTS_OF[role]
    return {hearts: count} | ({every: int(match["every"]) * 60.0} if match["every"] else {})


def _budget(written: str) -> Mapping[str, Any]:
    try:
        parse_course_budgets(written)
    except ValueError:
        raise InvalidSetting(
            notice=say(
                "It is written like this: 2 USD a day, 20 USD a month. In another currency with "
                "your rate: 2 EUR a day, 0.92 EUR a USD."
            )
        ) from None
    return {"budget": written}


def _digest(written: str) -> Mapping[str, Any]:
    if written not in _DIGESTS:
        raise InvalidSetting(notice=say("It is one of {digests}.", digests=", ".join(_DIGESTS)))
    return {"digest_days": _DIGESTS[written]}


def _words(name: str) -> Callable[[str], Mapping[str, Any]]:
    return lambda written: {name: written[:_CHARS]}


def _choice(name: str) -> Callable[[str], Mapping[str, Any]]:
    def read(written: str) -> Mapping[str, Any]:
        if written not in {"on", "off"}:
            raise InvalidSetting(notice=say("It is on or off."))
        return {name: written == "on"}

    return read


SETTLED: Mapping[str, Callable[[str], Mapping[str, Any]]] = {
    "mode": _mode,
    "hearts": _hearts,
    "budget": _budget,
    "keep": _days,
    "digest": _digest,
    "places": _words("places"),
    "hours": _words("hours"),
    "consent": _choice("consent"),
    "age": _choice("age"),
    "checked": _choice("checked"),
}
"""By its name, what can be settled in a few words; each gives the fields of a plan."""
