"""Text in and out: cleaning what comes, measuring it, cutting what goes into parts."""

import re
import unicodedata
from typing import NamedTuple, Self

from bot.words import counted

_CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f"  # escape codes
    r"\u202a-\u202e\u2066-\u2069"  # what turns the order of letters round, whatever they are
    r"\U000e0000-\U000e007f]"  # tags: words nobody sees
)
_MOST_MARKS = 8  # above and below one letter: no language needs more
_MAYBE_MARKS = re.compile(r"[^\w\s\x00-\xac\xae-\u02ff]{9,}")
_MARKS = {"Mn", "Me", "Mc", "Cf"}  # and what is not seen: it carries marks further, or words
# What follows backticks on their line has none: ```like this``` is code within a sentence.
_FENCE = re.compile(r"^( {0,99})(`{3,}(?=[^`\n]*$)|~{3,})([^\n]*)$", re.MULTILINE)
_NEXT_FENCE = re.compile(rf"\n*+{_FENCE.pattern}", re.MULTILINE)
_INDENT_OF_CODE = 4  # columns further in, a fence is part of the code
_BREAKS = ("\n\n", "\n", " ")


def clean(text: str) -> str:
    """Text that any store, server and terminal takes, and that looks like what it says.

    Left out are lone surrogates, control characters, letters that are never seen or that turn
    others round, and marks without end. What right-to-left writing needs stays.
    """
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    plain = _CONTROL.sub("", whole.replace("\r\n", "\n").replace("\r", "\n"))
    return _MAYBE_MARKS.sub(_with_few_marks, plain)


def estimate_tokens(text: str) -> int:
    """A guess good enough for budgets: one token for four bytes of UTF-8.

    The exact number is the server's secret until it has answered, and each model's own.
    """
    return -(-len(text.encode("utf-8", "replace")) // 4)


def plural(count: int, word: str) -> str:
    return counted(count, word)


def as_quote(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.splitlines())


def split(text: str, limit: int | None) -> list[str]:
    """Cut text into parts of at most `limit` characters, at paragraphs, lines or words.

    A code fence that is cut is closed and opened again with its language; what that adds is
    counted. Nothing but white space between parts is ever left out.
    """
    if limit is None:
        return [text]
    parts, rest = [], text
    while len(rest) > limit:
        part, rest = _cut(rest, limit)
        parts.append(part)
    return [part for part in [*parts, rest] if part.strip()]


class Fence(NamedTuple):
    """A line that opens or closes a block of code."""

    indent: str
    marks: str
    info: str

    def is_closed_by(self, line: Self) -> bool:
        is_like_it = line.marks.startswith(self.marks) and not line.info.strip()
        return is_like_it and len(line.indent) < len(self.indent) + _INDENT_OF_CODE

    def reopened(self, room: int) -> str:
        """The line that opens it again, with the language if there is room; empty if none is."""
        language = next(iter(self.info.split()), "")
        lines = (f"{self.marks}{language}\n", f"{self.marks}\n")
        return next((line for line in lines if len(line) <= room), "")


def open_fence(text: str) -> Fence | None:
    """The code fence that is still open at the end."""
    fence: Fence | None = None
    for line in map(Fence._make, _FENCE.findall(text)):
        if fence is None:
            fence = line
        elif fence.is_closed_by(line):
            fence = None
    return fence


def _with_few_marks(run: re.Match[str]) -> str:
    kept, marks = [], 0
    for char in run[0]:
        category = unicodedata.category(char)
        marks = marks + 1 if category in _MARKS else 0
        if marks <= _MOST_MARKS:
            kept.append(char)
    return "".join(kept)


def _cut(text: str, limit: int) -> tuple[str, str]:
    """A first part and what is left. Fences too large to be repeated are cut like words."""
    margin = limit // 4  # so what is cut off is always more than what is opened again
    at = _break(text, limit, margin)
    while (fence := open_fence(text[:at])) and (opening := fence.reopened(margin)):
        closing = f"\n{fence.marks}"
        if at + len(closing) <= limit:
            end = _end_of_block(text, at, fence)
            return text[:at].rstrip() + closing, text[end:] if end else opening + text[at:]
        at = _break(text, limit - len(closing), margin)
    return text[:at], text[at:]


def _break(text: str, room: int, margin: int) -> int:
    """Where to cut: at the largest break in the second half, and not within a fence's line."""
    ends = (text.rfind(mark, 0, room) + len(mark) for mark in _BREAKS)
    at = next((end for end in ends if end > room // 2 + 1), max(room, 1))
    start = text.rfind("\n", 0, at - 1) + 1
    line = _FENCE.match(text, start)
    if start <= margin or not (line or _FENCE.match(text, start, at)):
        return at
    is_whole, is_opening = line and at >= line.end(), open_fence(text[:start]) is None
    return at if is_whole and not is_opening else start


def _end_of_block(text: str, at: int, fence: Fence) -> int | None:
    """Where the block ends if nothing of it is left but the line that closes it."""
    line = _NEXT_FENCE.match(text, at)
    return line.end() if line and fence.is_closed_by(Fence._make(line.groups())) else None
