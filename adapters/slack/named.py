"""Who and what stands in a message, by Slack's own notation: its people, groups and links."""

import re
from collections.abc import Iterator
from typing import Any

from adapters.slack.bodies import text
from adapters.slack.reading import Names, everything_in, unescaped
from bot.core.named import Named

_TAG = re.compile(r"<([@#!])([^<>|]*)(?:\|([^<>]*))?>")
_LINK = re.compile(
    r"https?://[\w.-]*\bslack(?:-files|-edge)?\.com/"
    r"(?:archives|client|team|messages|files|files-pri|files-tmb)\b[^\s<>|)]*"
)
_A_LINK, _A_CHANNEL, _A_GROUP = "(a link)", "#channel", "@group"


def named_in(message: Any, names: Names | None = None) -> tuple[Named, ...]:
    """As `read`, and the words of blocks, write them; never raises on any JSON."""
    found = (one for value in everything_in(message) for one in _named(value, names or {}))
    return tuple(dict.fromkeys(found))


def _named(value: Any, names: Names) -> Iterator[Named]:
    if isinstance(value, str):
        for mark, target, label in _TAG.findall(value):
            yield from _of_tag(mark, target, unescaped(label), names)
        for url in _LINK.findall(value):
            yield Named(unescaped(url), instead=_A_LINK)
    elif isinstance(value, dict):
        match text(value, "type"):
            case "user":
                yield _person(text(value, "user_id"), "", names)
            case "channel":
                yield from _unknown("#", text(value, "channel_id"), names, _A_CHANNEL)
            case "usergroup":
                yield from _unknown("@", text(value, "usergroup_id"), names, _A_GROUP)


def _of_tag(mark: str, target: str, label: str, names: Names) -> Iterator[Named]:
    if mark == "@":
        yield _person(target, label, names)
    elif mark == "#" and not label:
        yield from _unknown(mark, target, names, _A_CHANNEL)
    elif mark == "!" and target.startswith("subteam^") and not label:
        yield from _unknown("@", target.removeprefix("subteam^"), names, _A_GROUP)


def _person(person: str, label: str, names: Names) -> Named:
    name = label or names.get(person, "")
    return Named(f"@{name or person}", person, name)


def _unknown(mark: str, target: str, names: Names, instead: str) -> Iterator[Named]:
    """What nobody could say the name of stands there by its id."""
    if target not in names:
        yield Named(f"{mark}{target}", instead=instead)
