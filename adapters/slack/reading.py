"""What people wrote, out of Slack's notation: readable words, without the mention of the bot."""

import re

_TAG = re.compile(r"<([^<>]*)>")
_ESCAPES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))  # all that Slack escapes; & comes last


def read(text: str, bot: str = "") -> str:
    """`<@U1|ann> see <https://a.example|this>` as `@ann see this (https://a.example)`."""
    words = _TAG.sub(lambda tag: _read_tag(tag[1], bot), text)
    for escaped, char in _ESCAPES:
        words = words.replace(escaped, char)
    return words.strip()


def mentions(text: str, bot: str) -> bool:
    return bool(bot) and (f"<@{bot}>" in text or f"<@{bot}|" in text)


def _read_tag(tag: str, bot: str) -> str:
    target, _, label = tag.partition("|")
    kind, name = target[:1], target[1:]
    if kind == "@":
        return "" if name == bot else f"@{label or name}"
    if kind == "#":
        return f"#{label or name}"
    if kind == "!":
        return label or f"@{name}"
    return _read_link(target, label)


def _read_link(url: str, label: str) -> str:
    bare = url.removeprefix("mailto:")
    return bare if label in ("", url, bare) else f"{label} ({bare})"
