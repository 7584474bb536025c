"""Other people's words in a prompt: data, which never passes for somebody else's.

A speaker's label, and a quote's mark, stand at the beginning of a line, and only we write there:
every further line of what somebody said is set in.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from bot.core.messages import Attachment
from bot.core.named import Named
from bot.core.text import clean

_CHARS_OF_NAME = 80
MOST_LINES = 30
_MOST_CHARS = 6000
_MOST_LOOKED_AT = 1000  # characters of a name
_INDENT = "  "
_SHORTEST_FENCE = 4
_LINE_BREAKS = {"Cc", "Zl", "Zp"}
# And what looks like them, in any writing; no reader tells these apart from ours.
_LIKE_COLON = re.compile("[:\u02d0\u02f8\u0589\u05c3\u2236\ua789\ufe13\ufe30\ufe55\uff1a]")
_LIKE_QUOTE = "> \u203a\u276f\u3009\ufe65\uff1e"
_BLANK = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"  # letters by name only
_UNSEEN = "Cf"  # shows nothing, or turns the writing round


@dataclass(frozen=True, slots=True)
class Quote:
    """What somebody said, in however many lines of their own."""

    name: str
    words: str
    attachments: tuple[Attachment, ...] = ()
    is_topic: bool = False  # all the others are about it
    author: str = field(default="", compare=False)  # the id of who said it, where that is known
    named: tuple[Named, ...] = field(default=(), compare=False)  # people and links in its words

    @property
    def names(self) -> tuple[Named, ...]:
        """Who stands in what `quoted` makes of it."""
        return (Named(f"> {speaker(self.name)}: ", self.author, speaker(self.name)), *self.named)


def one_line(name: str) -> str:
    """A name, of a person or a file, as one line of what can be seen."""
    kinds = ((unicodedata.category(char), char) for char in clean(name[:_MOST_LOOKED_AT]))
    seen = (
        " " if kind in _LINE_BREAKS or char in _BLANK else char
        for kind, char in kinds
        if kind != _UNSEEN
    )
    return " ".join("".join(seen).split())[:_CHARS_OF_NAME].rstrip()


def speaker(name: str) -> str:
    """A person's name as a label: no colon, and no mark of a quote where it begins."""
    return one_line(_LIKE_COLON.sub(" ", name)).lstrip(_LIKE_QUOTE) or "someone"


def said(line: Quote) -> str:
    """Who said what; only its first line begins where labels begin."""
    first, *more = line.words.splitlines() or [""]
    return "\n".join(
        [f"{speaker(line.name)}: {first}", *(f"{_INDENT}{one}".rstrip() for one in more)]
    )


def quoted(lines: Iterable[Quote]) -> str:
    """What others said, marked line by line."""
    whole = "\n".join(said(line) for line in lines)
    return "\n".join(f"> {one}".rstrip() for one in whole.splitlines())


def newest_that_fit(lines: Sequence[Quote]) -> list[Quote]:
    """The last of what was said, whole lines; of one that is too long by itself, its beginning.

    What all the others are about stays, though it be the oldest, with half of the room at most.
    """
    first = [_cut(line, _MOST_CHARS // 2) for line in lines[:-1] if line.is_topic][:1]
    others = [line for line in lines if not (first and line.is_topic)]
    kept: list[Quote] = []
    room = _MOST_CHARS - sum(len(line.words) + len(line.name) for line in first)
    for line in reversed(others[len(first) - MOST_LINES :]):
        if len(line.words) > room:
            return [*first, *(kept or [_cut(line, room)])]
        kept.insert(0, line)
        room -= len(line.words) + len(line.name)
    return [*first, *kept]


def _cut(line: Quote, room: int) -> Quote:
    """Of one that is too long, its beginning; the people in it are then not known."""
    return line if len(line.words) <= room else Quote(line.name, f"{line.words[: room - 1]}…")


def fenced(name: str, text: str) -> str:
    """A file that is text."""
    return f"File {one_line(name) or 'without a name'}:\n{in_fence(text)}"


def in_fence(text: str) -> str:
    """In a fence longer than any run of its marks in it."""
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(longest + 1, _SHORTEST_FENCE)
    return f"{fence}\n{text}\n{fence}"
