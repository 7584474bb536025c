"""TOML as text: the line where a key stands, and values as they are written."""

import json
import tomllib
from bisect import bisect_left
from collections.abc import Sequence
from contextlib import suppress
from typing import Any


def line_of(text: str, keys: Sequence[str]) -> int | None:
    """The first line without which the text lacks these keys; None where it lacks them anyway."""
    lines = text.split("\n")
    count = bisect_left(
        range(len(lines) + 1), x=True, key=lambda count: _has(_parsed_up_to(lines, count), keys)
    )
    return count if count <= len(lines) else None


def quoted(value: object) -> str:
    """A TOML value: JSON writes the same, except that it leaves DEL as it is."""
    written = json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return written.encode("utf-8", "replace").decode()  # no file takes a lone surrogate


def _parsed_up_to(lines: Sequence[str], count: int) -> dict[str, Any]:
    """What so many lines say, with those that the last of them needs to be whole."""
    for end in range(count, len(lines) + 1):
        with suppress(tomllib.TOMLDecodeError):
            return tomllib.loads("\n".join(lines[:end]))
    return {}


def _has(data: object, keys: Sequence[str]) -> bool:
    if not keys:
        return True
    return isinstance(data, dict) and keys[0] in data and _has(data[keys[0]], keys[1:])
