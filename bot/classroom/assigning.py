"""What staff say of assignments, and of how the bot is to help in a place.

Kept solutions are read by code alone, to see whether an answer shows one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.core.assignments import Assignment, Mode
from bot.core.courses import Course
from bot.core.errors import InvalidSetting
from bot.core.text import plural
from bot.words import say

_MOST, _MOST_KEPT = 60, 10
_CHARS, _CHARS_OF_SOLUTION = 1000, 10_000
_FEWEST_KEPT = 2
_AT = "%Y-%m-%d %H:%M"
_HOW = (
    "Write `/staff assignment NAME`, then one of `here`, `thread`, `everywhere`, `mode hint`, "
    "`rules …`, `avoid word, word`, `tools run_python`, `material lecture-3*`, "
    "`opens 2026-12-01 09:00`, `closes …`, `solution …`, `drop`."
)


def with_mode(course: Course, scope: str, words: str) -> Course:
    """How the bot helps in a channel; `course`: as in the whole course."""
    others = tuple(one for one in course.plan.modes if one.partition(" ")[2] != scope)
    mine = () if words == "course" else (f"{_mode(words)} {scope}",)
    return course.planned(modes=(*others, *mine))


def with_assignment(course: Course, scopes: Sequence[str], words: str) -> tuple[Course, str]:
    """The course with one thing about an assignment changed, and what is to be said of it."""
    name, _, rest = words.partition(" ")
    what, _, value = rest.strip().partition(" ")
    if not name or what not in {*_READ, *_PLACES, "drop"}:
        raise InvalidSetting(notice=f"{_listed(course)}\n\n{say(_HOW)}")
    known = {one.name: one for one in course.plan.assignments}
    one = known.get(name, Assignment(name=name[:_MOST]))
    if what == "drop":
        known.pop(name, None)
    else:
        known[name] = replace(one, **_change(one, what, value.strip(), scopes, course.zone))
    if len(known) > _MOST:
        raise InvalidSetting(notice=say("A course has {most} assignments at most.", most=_MOST))
    changed = course.planned(assignments=tuple(known.values()))
    return changed, f"{name}: {what}.{_advice(known.get(name))}"


def _change(
    one: Assignment, what: str, value: str, scopes: Sequence[str], zone: str
) -> Mapping[str, Any]:
    if what in _PLACES:
        return {"scope": _PLACES[what](scopes)}
    if what == "solution":
        return {"kept": (*one.kept, value[:_CHARS_OF_SOLUTION])[-_MOST_KEPT:]}
    field, read = _READ[what]
    return {field: read(value, zone)}


_PLACES: Mapping[str, Callable[[Sequence[str]], str]] = {
    "here": lambda scopes: scopes[-3],  # the channel, whatever the thread
    "thread": lambda scopes: scopes[0],
    "everywhere": lambda _: "",
}
"""The scope that is meant, of those in which somebody says it, the closest first."""


def _mode(words: str) -> str:
    if words not in set(Mode):
        raise InvalidSetting(notice=say("It is one of {mode}.", mode=", ".join(Mode)))
    return words


def _moment(words: str, zone: str) -> float:
    try:
        return datetime.strptime(words, _AT).replace(tzinfo=ZoneInfo(zone)).timestamp()
    except ValueError:
        raise InvalidSetting(notice=say("It is written like this: 2026-12-01 09:00.")) from None


def _words(value: str, _zone: str) -> tuple[str, ...]:
    return tuple(word.strip()[:_MOST] for word in value.split(",") if word.strip())


_READ: Mapping[str, tuple[str, Callable[[str, str], Any]]] = {
    "tools": ("tools", _words),
    "material": ("material", _words),
    "mode": ("mode", lambda value, _: _mode(value)),
    "rules": ("rules", lambda value, _: value[:_CHARS]),
    "avoid": ("avoid", _words),
    "opens": ("opens_at", _moment),
    "closes": ("closes_at", _moment),
    "solution": ("kept", lambda value, _: value),
}


def _advice(one: Assignment | None) -> str:
    if one is None or not one.kept or len(one.kept) >= _FEWEST_KEPT:
        return ""
    return say(" Keep a second one that is written in another way: then much more is recognised.")


def _listed(course: Course) -> str:
    lines = [
        say(
            "- {name}: {mode}, {solutions} kept",
            name=one.name,
            mode=one.mode or say("as in its place"),
            solutions=plural(len(one.kept), "solution"),
        )
        for one in course.plan.assignments
    ]
    return "\n".join(lines or [say("There are no assignments yet.")])
