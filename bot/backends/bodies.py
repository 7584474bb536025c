"""The body of a request, whose files are written out while it is sent.

Written before, a file would be held three times: as a link, in the JSON, and that as bytes.
"""

import json
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator, Mapping
from itertools import zip_longest
from secrets import token_hex
from typing import Any

from bot.core.files import File

_PIECE = 192 * 1024  # bytes of a file, in threes as base64 takes them


def body_of(request: Mapping[str, Any]) -> "bytes | Body":
    """A request as JSON; where there is a `File` in it, a string that is its `data:` URL."""
    files: list[File] = []
    mark = token_hex(16)  # nobody has seen it, so it stands for nothing else

    def marked(value: object) -> str:
        if not isinstance(value, File):
            raise TypeError(f"a {type(value).__name__} is no JSON")
        files.append(value)
        return mark

    written = json.dumps(request, separators=(",", ":"), default=marked).encode()
    return Body(written.split(mark.encode()), files) if files else written


class Body:
    """JSON with files between its parts; it can be sent more than once."""

    def __init__(self, parts: list[bytes], files: list[File]) -> None:
        self._parts = parts
        self._files = files

    def __len__(self) -> int:
        links = (len(_head(file)) + (len(file.data) + 2) // 3 * 4 for file in self._files)
        return sum(map(len, self._parts)) + sum(links)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part, file in zip_longest(self._parts, self._files):
            yield part
            if file:
                for piece in _link(file):
                    yield piece


def _link(file: File) -> Iterator[bytes]:
    yield _head(file)
    for begin in range(0, len(file.data), _PIECE):
        yield b64encode(file.data[begin : begin + _PIECE])


def _head(file: File) -> bytes:
    return f"data:{file.mime};base64,".encode()
