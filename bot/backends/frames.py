"""The JSON that a server sends: as an event stream, as one body in its place, or as lines.

The event stream is read by its bytes, past the library: that one stumbles over frames without
data, and makes an object of every word (docs/why.md). What cannot be read is passed over, and
whether an answer came all the same is for the reader to say.
"""

import json
import re
from collections.abc import AsyncIterator, Iterable, Iterator
from itertools import chain
from typing import Any

from bot.backends.tolerant import parsed

Frame = dict[str, Any]

DONE: Frame = {"type": "[DONE]"}
"""The mark that ends an event stream: as good an ending as any other."""

_BOM = b"\xef\xbb\xbf"
_PADDING = "\x00\x1e"
_ENDS = {"done", "end", "message_stop"}
_BEGINNING = re.compile(r"[{\[]")
_FIELDS = {"", "data", "event", "id", "retry", "error"}
_MOST_BLANK = 20
_MOST = 64 * 1024 * 1024  # bytes of one answer


class Endless(ValueError):
    """A server sends more than any answer is long."""


async def frames(chunks: AsyncIterator[bytes]) -> AsyncIterator[Frame]:
    """Each JSON object of a body, and DONE where the server says so; the body ends with that."""
    lines, parser = _Lines(), _Parser()
    async for chunk in chunks:
        for line in lines.feed(chunk):
            for frame in parser.feed(line):
                yield frame
                if frame is DONE:
                    return
    for frame in [*parser.feed(lines.rest()), *parser.end()]:
        yield frame


class _Lines:
    """Cuts bytes into lines, whatever ends them."""

    def __init__(self) -> None:
        self._begun: list[bytes] = []
        self._size = 0

    def feed(self, chunk: bytes) -> Iterable[bytes]:
        self._size += len(chunk)
        if self._size > _MOST:
            raise Endless(f"more than {_MOST} bytes")
        if b"\r" in chunk:
            chunk = chunk.replace(b"\r", b"\n")  # the empty lines that this adds say nothing
        if b"\n" not in chunk:
            self._begun.append(chunk)
            return ()
        first, *lines = chunk.split(b"\n")
        whole = [b"".join([*self._begun, first]), *lines]
        self._begun = [whole.pop()]
        return whole

    def rest(self) -> bytes:
        return b"".join(self._begun)


class _Parser:
    """Makes JSON of lines. What is no event stream is kept until it is whole."""

    def __init__(self) -> None:
        self._data: list[str] = []  # of an event that takes more than one line
        self._body: list[str] = []  # of what is no event stream
        self._event = ""
        self._is_body: bool | None = None
        self._blank = 0  # lines within a string

    def feed(self, line: bytes) -> Iterator[Frame]:
        text = line.removeprefix(_BOM).decode("utf-8", "replace").strip(_PADDING)
        if self._is_body is None and text.strip() and not text.startswith(":"):
            self._is_body = text.lstrip()[0] in "{["
        if self._is_body:
            self._body.append(text)
        elif not text:
            if not self._goes_on():
                yield from self._dispatch()
        else:
            yield from self._take(text)

    def end(self) -> Iterator[Frame]:
        if not self._is_body:
            yield from self._dispatch()
        elif (whole := _parsed("\n".join(self._body))) is not None:
            yield from _objects(whole, "")
        else:
            for value in _one_by_one("\n".join(self._body)):
                yield from _objects(value, "")

    def _take(self, line: str) -> Iterator[Frame]:
        """One field of an event. Comments, ids, waits and what we do not know say nothing."""
        name, _, value = line.partition(":")
        name, value = name.strip().lower(), value.strip().removeprefix("data:").lstrip()
        if self._blank and name in _FIELDS:
            yield from self._dispatch()
        if name == "event":
            self._event = value
            if value.lower() in _ENDS:
                yield DONE
        elif name == "error":  # as llama.cpp writes it
            yield {"error": _parsed(value) or value}
        elif name == "data" and value:
            # Not every server puts an empty line between its events.
            if not self._data and (whole := _parsed(value)) is not None:
                yield from _objects(whole, self._event)
            else:
                self._data.append(value)
        elif self._data and name not in _FIELDS:  # some break a line within a string
            self._data[-1] += f"\n{line}"

    def _goes_on(self) -> bool:
        """Whether an empty line stands within a string, and ends no event."""
        if len(self._data) != 1 or self._blank >= _MOST_BLANK or not _is_open(self._data[0]):
            return False
        self._data[0] += "\n"
        self._blank += 1
        return True

    def _dispatch(self) -> Iterator[Frame]:
        lines, event = self._data, self._event
        self._data, self._event, self._blank = [], "", 0
        whole = _parsed("\n".join(lines)) if lines else None
        for value in [whole] if whole is not None else chain.from_iterable(map(_values, lines)):
            yield from _objects(value, event)


def _parsed(text: str) -> Any:
    """The JSON; None where it is none, or is too deep."""
    text = text.strip()
    if text.strip('"[]').lower() in _ENDS:
        return DONE
    try:
        value = parsed(text)
        return parsed(value) if isinstance(value, str) and value.startswith("{") else value
    except (ValueError, RecursionError):
        return None


def _is_open(text: str) -> bool:
    """Whether JSON was begun, and is not whole."""
    try:
        json.JSONDecoder(strict=False).raw_decode(text)
    except json.JSONDecodeError:
        return text.startswith("{")
    except RecursionError:
        return False
    return False


def _values(line: str) -> Iterator[Any]:
    """Some servers put several events into one line."""
    whole = _parsed(line)
    yield from _one_by_one(line) if whole is None else [whole]


def _one_by_one(text: str) -> Iterator[Any]:
    """Some servers send JSON for each word: a line of it, or one behind the other."""
    at, decoder = 0, json.JSONDecoder(strict=False)
    while (at := _next(text, at)) >= 0:
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            begun, at = at, text.find("\n", at)
            if (mended := _parsed(text[begun : at if at >= 0 else None])) is not None:
                yield mended
            if at < 0:
                return
        else:
            yield value


def _next(text: str, at: int) -> int:
    found = _BEGINNING.search(text, at)
    return found.start() if found else -1


def _objects(value: Any, event: str) -> Iterator[Frame]:
    """The objects in a value; one without a type is of the event's. Gemini sends lists."""
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, dict):
            yield {"type": event, **one} if event and one is not DONE else one
