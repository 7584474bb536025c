"""The process that reads one document and ends: started by `reader.py`, with limits of its own.

The document comes through its input; each passage, and each place that could not be read, goes out
as a line of JSON. Asked to, it writes a PDF anew instead, without what it says of its author.
"""

import json
import resource
import sys
from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict

UNSIGNED = "unsigned"  # in place of an ending
MOST_SECONDS = 60  # of CPU
MOST_MEMORY = 1 << 30  # bytes
_MOST_WRITTEN = 1 << 20  # bytes, to files: it has none to write

_LIMITS = {
    resource.RLIMIT_AS: MOST_MEMORY,
    resource.RLIMIT_CPU: MOST_SECONDS,
    resource.RLIMIT_FSIZE: _MOST_WRITTEN,
    resource.RLIMIT_CORE: 0,
}


def main() -> None:
    for limit, most in _LIMITS.items():
        with suppress(ValueError, OSError):  # not every system has each of them
            resource.setrlimit(limit, (most, most))
    try:
        for told in _done(sys.argv[1], sys.stdin.buffer.read()):
            sys.stdout.write(f"{json.dumps(told)}\n")
    except MemoryError:
        sys.stdout.write(f"{json.dumps({'why': 'it takes too much memory to read'})}\n")


def _done(act: str, data: bytes) -> Iterator[dict[str, str]]:
    # Only now: the libraries are read under the limits as well.
    from bot.reading.lines import UnreadableDocument  # noqa: PLC0415
    from bot.reading.pdf import unsigned_pdf  # noqa: PLC0415

    try:
        if act == UNSIGNED:
            yield {"document": b64encode(unsigned_pdf(data)).decode()}
        else:
            yield from _read(act, data)
    except UnreadableDocument as error:
        yield {"why": str(error)}


def _read(ending: str, data: bytes) -> Iterator[dict[str, str]]:
    from bot.reading.kinds import lines_of  # noqa: PLC0415
    from bot.reading.lines import Paragraph, passages_of  # noqa: PLC0415

    unread: list[Paragraph] = []

    def readable() -> Iterator[Paragraph]:
        for line in lines_of(ending, data):
            if line.unread:
                unread.append(line)
            else:
                yield line

    for passage in passages_of(readable()):
        yield asdict(passage)
    for line in unread:
        yield {"unread": line.unread, "place": line.place}


if __name__ == "__main__":
    main()
