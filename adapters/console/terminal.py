"""A screen with a person before it: a prompt at the bottom, the conversation above it."""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator
from functools import partial
from textwrap import wrap

from prompt_toolkit import PromptSession, print_formatted_text
from prompt_toolkit.application import run_in_terminal
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.patch_stdout import patch_stdout

from adapters.console.adapter import INTERRUPT
from adapters.console.markdown import render

_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_FRAMES = 10  # a second
_NAME = "Homeroom"
_ASKING = "bold ansicyan"


class TerminalScreen:
    """Ctrl-C stops an answer that is being written, and else leaves, as Ctrl-D does."""

    is_live = True

    def __init__(self) -> None:
        # The prompt is erased when a line is entered; what stays above is written by us.
        self._session: PromptSession[str] = PromptSession(
            self._prompt, placeholder=self._hint, erase_when_done=True
        )
        self._asks = self._idle = self._busy = ""
        self._status = ""
        self._since = 0.0
        self._draft = ""
        self._ticking: asyncio.Task[None] | None = None

    async def lines(self) -> AsyncIterator[str]:
        with patch_stdout(raw=True):  # log lines appear above the prompt
            while (line := await self._read()) is not None:
                if line != INTERRUPT and line.strip():
                    print_formatted_text(FormattedText([(_ASKING, self._asks), ("", line)]))
                if line.strip():
                    yield line

    def show_hints(self, *, asks: str, idle: str, busy: str) -> None:
        self._asks, self._idle, self._busy = asks, idle, busy
        self._session.app.invalidate()

    async def write(self, text: str, *, is_first: bool) -> None:
        name = f"\x1b[1;35m{_NAME}\x1b[0m\n" if is_first else ""
        rendered = render(text, shutil.get_terminal_size().columns)
        await run_in_terminal(partial(self._write_raw, f"{name}{rendered}\n"))

    def show_status(self, words: str) -> None:
        if words and not self._status:
            self._since = time.monotonic()
        self._status = words
        self._draft = self._draft if words else ""
        self._session.app.invalidate()
        if words and self._ticking is None:
            self._ticking = asyncio.create_task(self._tick())

    def show_draft(self, text: str) -> None:
        self._draft = text
        self._session.app.invalidate()

    async def _read(self) -> str | None:
        """The line that is entered; None when the person leaves."""
        try:
            # Between two prompts the signal is the program's own, which has a handler for it.
            return await self._session.prompt_async(handle_sigint=False)
        except EOFError:
            return None
        except KeyboardInterrupt:
            return INTERRUPT if self._status else None

    def _write_raw(self, text: str) -> None:
        self._session.output.write_raw(text)
        self._session.output.flush()

    async def _tick(self) -> None:
        while self._status:
            self._session.app.invalidate()
            await asyncio.sleep(1 / _FRAMES)
        self._ticking = None

    def _prompt(self) -> FormattedText:
        """What is being written and what is being done, above the line that is typed."""
        if not self._status:
            return FormattedText([(_ASKING, self._asks)])
        now = time.monotonic()
        frame = _SPINNER[int(now * _FRAMES) % len(_SPINNER)]
        return FormattedText(
            [
                ("", self._end_of_draft()),
                ("ansicyan", f"{frame} "),
                ("dim", f"{self._status} · {now - self._since:.0f} s\n"),
                (_ASKING, self._asks),
            ]
        )

    def _hint(self) -> FormattedText:
        return FormattedText([("dim", self._busy if self._status else self._idle)])

    def _end_of_draft(self) -> str:
        """The last lines of what is being written, on up to half of the screen."""
        columns, rows = shutil.get_terminal_size()
        width = max(columns - 1, 20)
        lines = [
            piece
            for line in self._draft.strip().splitlines()
            for piece in wrap(line, width, drop_whitespace=False) or [""]
        ]
        return "".join(f"{line}\n" for line in lines[-(rows // 2) :])
