"""What people wrote, out of Slack's notation: readable words, without the mention of the bot."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from bot.core.commands import AFTER_A_CALL

# The mention that a message begins with, with the marks that people set round it.
_ADDRESSED = r"\A[\s*_~]*<@{bot}(?:\|[^<>]*)?>[*_~]*{after}[*_~]*"
_TAG = re.compile(r"<([^<>]*)>")
_ESCAPES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))  # all that Slack escapes; & comes last
_NAMED = re.compile(r"<(?:@|#|!subteam\^)([A-Z0-9]{2,})>|<#([A-Z0-9]{2,})\|>")
_ELEMENTS = {"user": "user_id", "channel": "channel_id", "usergroup": "usergroup_id"}

Names = Mapping[str, str]
"""What the people, channels and groups that are named by their ids are called."""


def read(text: str, bot: str = "", names: Names | None = None) -> str:
    """`<@U1|ann> see <https://a.example|this>` as `@ann see this (https://a.example)`."""
    addressed = _ADDRESSED.format(bot=re.escape(bot), after=AFTER_A_CALL)
    rest = re.sub(addressed, "", text, count=1) if bot else text
    words = _TAG.sub(lambda tag: _read_tag(tag[1], bot, names or {}), rest)
    return unescaped(words).strip()


def unescaped(words: str) -> str:
    for escaped, char in _ESCAPES:
        words = words.replace(escaped, char)
    return words


def mentions(text: str, bot: str) -> bool:
    return bool(bot) and (f"<@{bot}>" in text or f"<@{bot}|" in text)


def ids_in(body: Any) -> set[str]:
    """Of the people, channels and groups that are named anywhere in it without their names."""
    return {named for value in everything_in(body) for named in _ids(value)}


def everything_in(body: Any) -> Iterator[Any]:
    """Every value, however deep: without recursion, for nobody knows how deep that is."""
    left = [body]
    while left:
        value = left.pop()
        yield value
        if isinstance(value, dict):
            left += value.values()
        elif isinstance(value, list):
            left += value


def _ids(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from (found[1] or found[2] for found in _NAMED.finditer(value))
    elif isinstance(value, dict):
        named = value.get(_ELEMENTS.get(str(value.get("type")), ""))
        yield from [named] if isinstance(named, str) else []


def _read_tag(tag: str, bot: str, names: Names) -> str:
    target, _, label = tag.partition("|")
    kind, name = target[:1], target[1:]
    if kind == "@":
        return "" if name == bot else f"@{label or names.get(name, name)}"
    if kind == "#":
        return f"#{label or names.get(name, name)}"
    if kind == "!":
        group = name.removeprefix("subteam^")
        return label or f"@{names.get(group, name)}"
    return _read_link(target, label)


def _read_link(url: str, label: str) -> str:
    bare = url.removeprefix("mailto:")
    return bare if label in ("", url, bare) else f"{label} ({bare})"
