"""What the readers give, whatever they read, and how it becomes passages."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from bot.core.materials import BELOW, MOST_CHARS_OF_PASSAGE, Passage
from bot.core.text import clean, split

_CHARS_OF_HEADING = 120
_DEEPEST = 6


class UnreadableDocument(Exception):
    """The clause that says why."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph, a row or a heading, in the order in which people read."""

    text: str
    place: str = ""
    level: int = 0  # of a heading, from 1 on; else 0
    unread: str = ""  # why there is nothing to read at this place


def passages_of(lines: Iterable[Paragraph]) -> Iterator[Passage]:
    """Pieces that never span two places or headings, whole paragraphs as far as they fit."""
    path: list[str] = []
    open_passage = Passage(text="")
    for line in lines:
        text = clean(line.text).strip("\n")
        if line.level:
            heading = " ".join(text.split())[:_CHARS_OF_HEADING]
            path = [*path[: line.level - 1], heading] if heading else path
        here = Passage(text="", place=line.place, heading=BELOW.join(path))
        if replace(open_passage, text="") != here or not _fits(open_passage, text):
            yield from _cut(open_passage)
            open_passage = here
        if text.strip() and not line.level:
            joined = "\n".join(filter(None, [open_passage.text, text]))
            open_passage = replace(open_passage, text=joined)
    yield from _cut(open_passage)


def _fits(passage: Passage, text: str) -> bool:
    return len(passage.text) + len(text) < MOST_CHARS_OF_PASSAGE


def _cut(passage: Passage) -> Iterator[Passage]:
    for part in split(passage.text, MOST_CHARS_OF_PASSAGE):
        if re.search(r"\w", part):
            yield replace(passage, text=part.strip("\n"))


def heading_level(written: object) -> int:
    """A level as documents write it, "Heading 2" or "h2" or 2; 0: none."""
    match = re.search(r"\d+", str(written or ""))
    return min(int(match[0]), _DEEPEST) if match else 0
