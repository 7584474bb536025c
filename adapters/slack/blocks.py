"""Blocks, as the words that people see of them."""

import re
from collections.abc import Iterator
from itertools import count

from adapters.slack.bodies import JSON, OURS, number, part, parts, text
from adapters.slack.reading import Names, everything_in, read

_NAMED = {
    "user": ("@", "user_id"),
    "channel": ("#", "channel_id"),
    "usergroup": ("@", "usergroup_id"),
}
_DEEPEST = 8  # elements within one another; Slack has three
_BELOW = {"actions", "context_actions"}
_ONLY_TYPED = {"rich_text", *_BELOW}  # as rich text Slack repeats what a person has typed
_TEXTS = {"mrkdwn", "plain_text", "raw_text", "raw_number"}
# What is there to be filled in says nothing; what is to be pressed, ticked or chosen, its labels.
_FILLED_IN = re.compile(r".+_input|.*picker|(feedback|icon)_buttons?")
_OFFERED = re.compile(r"(workflow_)?button|radio_buttons|checkboxes|.+_select|overflow")
_TICKED = {"radio_buttons", "checkboxes"}
_IN_A_LINE = ("text", "fallback", "value")
_SHOWN = {"title", "subtitle", "text", "name", "description", "details", "alt_text", "fallback"}


def are_a_layout(blocks: list[JSON]) -> bool:
    """Whether people see these in place of the text, which then is for notifications only."""
    return any(text(block, "type") not in _ONLY_TYPED for block in blocks)


def block_words(blocks: list[JSON], bot: str = "", names: Names | None = None) -> str:
    lines = (line for block in blocks for line in _block(block, bot, names or {}))
    return "\n".join(line for line in lines if line.strip()).strip()


def words_below(blocks: list[JSON], names: Names | None = None) -> str:
    """Labels of buttons, which stand below a text that is shown."""
    return block_words([one for one in blocks if text(one, "type") in _BELOW], names=names)


def mentions_in(blocks: object, bot: str) -> bool:
    """Whether an element of rich text, or a text in it, mentions the bot."""
    return bool(bot) and any(_mentions(value, bot) for value in everything_in(blocks))


def _mentions(value: object, bot: str) -> bool:
    if isinstance(value, str):
        return f"<@{bot}>" in value
    return text(value, "type") == "user" and text(value, "user_id") == bot


def _block(block: JSON, bot: str, names: Names) -> Iterator[str]:
    match text(block, "type"):
        case "markdown":
            yield text(block, "text")
        case "image":
            yield text(part(block, "title"), "text") or text(block, "alt_text")
        case "context":
            yield " ".join(_object(each, bot, names) for each in parts(block, "elements"))
        case _:
            yield from _words(block, bot, names)


def _words(value: JSON, bot: str, names: Names, depth: int = 0) -> Iterator[str]:
    """All that is shown of a block, of whatever kind, in the order in which it is told."""
    kind = text(value, "type")
    if kind in _TEXTS:
        yield _object(value, bot, names)
    elif kind.startswith("rich_text"):
        yield _rich(value, bot, names)
    elif _OFFERED.fullmatch(kind):
        yield from _offered(value, bot, names)
    elif not _FILLED_IN.fullmatch(kind) and depth < _DEEPEST:
        for row in _lists(value, "rows"):
            yield " | ".join(_cell(cell, bot, names) for cell in row)
        for name, inner in value.items():
            if isinstance(inner, str):
                yield from [read(inner, bot, names)] if name in _SHOWN else []
            for each in [part(value, name)] if isinstance(inner, dict) else parts(value, name):
                yield from _words(each, bot, names, depth + 1)


def _offered(value: JSON, bot: str, names: Names) -> Iterator[str]:
    """The labels of what is to be pressed, ticked or chosen."""
    kind = text(value, "type")
    if "button" in kind and kind not in _TICKED:
        yield button_words(value, names)
    elif kind in _TICKED:
        yield from (
            f"- {_object(part(one, 'text'), bot, names)}" for one in parts(value, "options")
        )
    else:
        yield _menu_words(value, names)


def button_words(button: JSON, names: Names | None = None) -> str:
    """Nothing of our own: below an answer they are no part of it."""
    label = text(part(button, "text"), "text") or text(button, "text")
    is_ours = text(button, "action_id").startswith(OURS)
    return f"(button: {read(label, names=names)})" if label and not is_ours else ""


def _menu_words(menu: JSON, names: Names) -> str:
    """What it asks for, and among what it lets people choose; nothing of our own."""
    if text(menu, "action_id").startswith(OURS):
        return ""
    choices = ", ".join(_object(part(one, "text"), "", names) for one in parts(menu, "options"))
    label = ": ".join(filter(None, (_object(part(menu, "placeholder"), "", names), choices)))
    return f"(menu: {label})" if label else ""


def _object(value: JSON, bot: str, names: Names) -> str:
    """A text object, or an image among them."""
    told = value.get("value") if text(value, "type") == "raw_number" else None
    words = text(value, "text") or text(value, "alt_text")
    return read(words, bot, names) or ("" if told is None else str(told))


def _cell(cell: JSON, bot: str, names: Names) -> str:
    return (
        _rich(cell, bot, names).replace("\n", " ")
        if parts(cell, "elements")
        else _object(cell, bot, names)
    )


def _rich(element: JSON, bot: str, names: Names, depth: int = 0) -> str:
    """Sections are lines, and so are the items of a list; all else runs on."""
    inner = parts(element, "elements") if depth < _DEEPEST else []
    if not inner:
        return _run(element, bot, names)
    written = [_rich(each, bot, names, depth + 1) for each in inner]
    match text(element, "type"):
        case "rich_text":
            return "\n".join(written)
        case "rich_text_list":
            return _list(element, written)
        case "rich_text_quote":
            return "\n".join(f"> {line}" for line in "".join(written).splitlines())
        case "rich_text_preformatted":
            return "\n".join(["```", "".join(written), "```"])
        case _:
            return "".join(written)


def _list(element: JSON, lines: list[str]) -> str:
    """What is nested follows its parent as a list of its own, further in."""
    first, indent = number(element, "offset") + 1, "  " * min(number(element, "indent"), _DEEPEST)
    is_ordered = text(element, "style") == "ordered"
    marks = (f"{at}." if is_ordered else "-" for at in count(first))
    return "\n".join(f"{indent}{mark} {line}" for mark, line in zip(marks, lines, strict=False))


def _run(run: JSON, bot: str, names: Names) -> str:
    kind = text(run, "type")
    if kind in _NAMED:
        mark, field = _NAMED[kind]
        known = text(run, field)
        return "" if known == bot else f"{mark}{names.get(known, known)}"
    if kind == "link":
        label, url = text(run, "text"), text(run, "url")
        return f"{label} ({url})" if label not in ("", url) else url
    plain = {"broadcast": f"@{text(run, 'range')}", "emoji": f":{text(run, 'name')}:"}
    return plain.get(kind) or next(filter(None, (text(run, one) for one in _IN_A_LINE)), "")


def _lists(block: JSON, name: str) -> list[list[JSON]]:
    value = block.get(name)
    rows = [row for row in value if isinstance(row, list)] if isinstance(value, list) else []
    return [[cell for cell in row if isinstance(cell, dict)] for row in rows]
