"""Text in and out: cleaning what comes, measuring it, cutting what goes into parts."""

import re

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})([^\n]*)$", re.MULTILINE)
_BREAKS = ("\n\n", "\n", " ")
_CHARS_OF_INFO = 20  # of a fence's info string that are repeated when it is opened again


def clean(text: str) -> str:
    """Text that any store, server and terminal takes: no lone surrogate, NUL or escape code.

    Marks for right-to-left writing stay: they belong to the person's language.
    """
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return _CONTROL.sub("", whole.replace("\r\n", "\n").replace("\r", "\n"))


def estimate_tokens(text: str) -> int:
    """A guess good enough for budgets: one token for four bytes of UTF-8.

    The exact number is the server's secret until it has answered, and each model's own.
    """
    return -(-len(text.encode("utf-8", "replace")) // 4)


def plural(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def split(text: str, limit: int | None) -> list[str]:
    """Cut text into parts of at most `limit` characters, at paragraphs, lines or words.

    A code fence that is cut is closed and opened again with its language; what that adds is
    counted. Nothing but white space between parts is ever left out.
    """
    if limit is None:
        return [text]
    parts: list[str] = []
    opening, rest = "", text
    while len(opening) + len(rest) > limit:
        piece, rest = _cut(rest, limit - len(opening) - len("\n```"))
        body = opening + piece
        fence = open_fence(body)
        parts.append(f"{body.rstrip()}\n{fence[0]}" if fence else body)
        opening = _reopened(fence, limit)
    return [part for part in [*parts, opening + rest] if part.strip()]


def open_fence(text: str) -> tuple[str, str] | None:
    """The marks and the info string of the code fence that is still open at the end."""
    fence: tuple[str, str] | None = None
    for marks, info in _FENCE.findall(text):
        if fence is None:
            fence = (marks, info.strip())
        elif marks.startswith(fence[0]) and not info.strip():
            fence = None
    return fence


def _cut(text: str, room: int) -> tuple[str, str]:
    room = max(room, 1)
    for mark in _BREAKS:
        at = text.rfind(mark, 0, room)
        if at > room // 2:
            return text[: at + len(mark)][:room], text[at + len(mark) :]
    return text[:room], text[room:]


def _reopened(fence: tuple[str, str] | None, limit: int) -> str:
    if fence is None:
        return ""
    marks, info = fence
    opening = f"{marks}{info[:_CHARS_OF_INFO]}\n"
    return opening if len(opening) < limit // 2 else ""
