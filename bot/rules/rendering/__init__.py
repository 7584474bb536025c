"""A model's words on their way out: Markdown is read once, and written anew for each surface.

What is written comes from the tree alone, and only what is on this list is ever written: words,
emphasis, code, headings, lists, quotes, tables, rules, and links that say where they lead.
"""

import re

from bot.core.text import clean
from bot.rules.rendering.blocks import Writer
from bot.rules.rendering.guards import (
    BACKTICK,
    only_words,
    settled,
    without_images,
    without_mentions,
)
from bot.rules.rendering.inline import UNDECIDED
from bot.rules.rendering.reading import read
from bot.rules.rendering.surfaces import Surface

# A line that begins with a letter is words, whatever follows; any other is known at its end.
_IS_WORDS = re.compile(r"\s*(?:\*{0,2}|[\"'(\u201c\u201e\u2018\u00ab])[^\W\d_]")


def render(text: str, surface: Surface) -> str:
    """The text as it is shown there."""
    text = clean(text)
    tree = read(text)
    shown = _as_code(text) if tree is None else Writer(text, surface).write(tree)
    return without_mentions(shown, surface)


def render_beginning(text: str, surface: Surface) -> str:
    """Of a text that is being written what is shown whatever follows.

    It is a beginning of `render(text + more)`, and of itself when more is known.
    """
    text = _whole_lines(clean(text))
    tree = read(text)
    if tree is None:
        return ""
    shown = Writer(text, surface, is_open=True).write(tree).partition(UNDECIDED)[0]
    return without_mentions(settled(shown), surface)


def one_line(text: str, most: int, surface: Surface) -> str:
    """Words for a title, a name or a status, of at most so many characters: nothing in it acts."""
    words = only_words(" ".join(clean(text[: most * 4]).split()))[:most]
    return without_mentions(without_images(words), surface)[:most]


def _whole_lines(text: str) -> str:
    """Without a last line of which it is not known what it is; nor is it of a table's first."""
    lines = text.split("\n")
    if not _IS_WORDS.match(lines[-1]):
        lines.pop()
    while lines and lines[-1].lstrip(" \t>").startswith("|"):
        lines.pop()
    return "\n".join(lines)


def _as_code(text: str) -> str:
    """What is longer than anybody shows: nothing of it means anything."""
    return f"```\n{text.replace('```', BACKTICK * 3)}\n```"
