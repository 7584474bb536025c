"""A text cut down to its beginning, where a paragraph or a sentence ends."""

import re

_LEAST = 200  # characters: what is no longer is short
_ENDS = (re.compile(r"\n\n"), re.compile(r"(?<=[.!?。])\s"))


def shortened(text: str) -> str:
    """About half of it, and never in the middle of a fenced block."""
    if len(text) <= _LEAST:
        return text
    half = len(text) // 2
    for end in _ENDS:
        places = [
            found.start() for found in end.finditer(text) if not _is_fenced(text, found.start())
        ]
        within = [place for place in places if _LEAST // 2 <= place <= half]
        if within:
            return text[: within[-1]].rstrip()
    return text


def _is_fenced(text: str, at: int) -> bool:
    return text.count("```", 0, at) % 2 == 1
