"""A screen for input that is piped in: a line is a message, answers are plain text."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from functools import partial
from threading import Thread
from typing import BinaryIO, TextIO, TypeVar

from bot.core.errors import Undeliverable

T = TypeVar("T")

_LONGEST_LINE = 1 << 20  # bytes; far more than any message may have


class PipeScreen:
    is_live = False

    def __init__(self, source: BinaryIO | None = None, target: TextIO | None = None) -> None:
        self._source = source or _own_input()
        self._target = target or _own_output()

    async def lines(self) -> AsyncIterator[str]:
        while line := await _in_thread(self._read_line):
            yield line.decode("utf-8", "replace").rstrip("\r\n")

    def show_hints(self, *, asks: str, idle: str, busy: str) -> None:
        """Nobody watches."""

    async def write(self, text: str, *, is_first: bool) -> None:
        try:
            await _in_thread(partial(print, text, end="\n\n", file=self._target, flush=True))
        except OSError as error:
            raise Undeliverable(f"nobody reads the output: {error.strerror}") from error

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


def _own_input() -> BinaryIO:
    # Not `sys.stdin`, whose lock the interpreter wants back when it ends.
    return open(sys.stdin.fileno(), "rb", closefd=False)


def _own_output() -> TextIO:
    # Not `sys.stdout`, which complains when it is closed and nobody reads it any more.
    return open(
        sys.stdout.fileno(), "w", encoding=sys.stdout.encoding, errors="replace", closefd=False
    )


async def _in_thread(function: Callable[[], T]) -> T:
    """Like `asyncio.to_thread`, but a program that ends does not wait for the other side."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: Exception | None) -> None:
        if future.cancelled():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]

    def work() -> None:
        try:
            outcome: tuple[T | None, Exception | None] = (function(), None)
        except Exception as error:  # noqa: BLE001 - raised where it is waited for
            outcome = (None, error)
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(settle, *outcome)

    Thread(target=work, daemon=True).start()
    return await future
