"""A screen for input that is piped in: a line is a message, answers are plain text."""

import asyncio
import sys
from collections.abc import AsyncIterator
from typing import BinaryIO, TextIO

_LONGEST_LINE = 1 << 20  # bytes; far more than any message may have


class PipeScreen:
    is_live = False

    def __init__(self, source: BinaryIO | None = None, target: TextIO | None = None) -> None:
        self._source = source or sys.stdin.buffer
        self._target = target or sys.stdout

    async def lines(self) -> AsyncIterator[str]:
        while line := await asyncio.to_thread(self._read_line):
            yield line.decode("utf-8", "replace").rstrip("\r\n")

    async def write(self, text: str) -> None:
        await asyncio.to_thread(print, text, end="\n\n", file=self._target, flush=True)

    def show_status(self, words: str) -> None:
        """Nobody watches."""

    def show_draft(self, text: str) -> None:
        """Nobody watches."""

    def _read_line(self) -> bytes:
        """The next line; of a monstrous one, enough to refuse it."""
        line = self._source.readline(_LONGEST_LINE)
        if line.endswith(b"\n"):
            return line
        rest = line
        while len(rest) == _LONGEST_LINE:
            rest = self._source.readline(_LONGEST_LINE)
            if rest.endswith(b"\n"):
                break
        return line
