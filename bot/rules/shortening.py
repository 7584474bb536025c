"""A text cut down to its beginning, where a paragraph or a sentence ends."""

import re
from collections.abc import Iterator

_LEAST = 200  # characters: what is no longer is short
_ENDS = (re.compile(r"\n\n"), re.compile(r"(?<=[.!?。])\s"))


def shortened(text: str) -> str:
    """About half of it, and never in the middle of a fenced block."""
    if len(text) <= _LEAST:
        return text
    half = len(text) // 2
    for end in _ENDS:
        within = [at for at in _outside_fences(text[: half + 2], end) if _LEAST // 2 <= at <= half]
        if within:
            return text[: within[-1]].rstrip()
    return text


def _outside_fences(text: str, end: re.Pattern[str]) -> Iterator[int]:
    fences = last = 0
    for found in end.finditer(text):
        fences += text.count("```", last, found.start())
        last = found.start()
        if fences % 2 == 0:
            yield last
