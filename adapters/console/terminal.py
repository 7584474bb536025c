"""A screen with a person before it: a prompt at the bottom, the conversation above it."""

import shutil
import time
from collections.abc import AsyncIterator
from io import StringIO

from prompt_toolkit import PromptSession, print_formatted_text
from prompt_toolkit.formatted_text import ANSI, FormattedText
from prompt_toolkit.patch_stdout import patch_stdout
from rich.console import Console
from rich.markdown import Markdown

_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_FRAMES = 10  # a second
_LINES_OF_DRAFT = 3


class TerminalScreen:
    """Ctrl-C stops an answer that is being written, and else leaves, as Ctrl-D does."""

    is_live = True

    def __init__(self) -> None:
        self._session: PromptSession[str] = PromptSession(
            FormattedText([("bold ansicyan", "you › ")]),
            bottom_toolbar=self._toolbar,
            refresh_interval=1 / _FRAMES,
        )
        self._status = ""
        self._since = 0.0
        self._draft = ""

    async def lines(self) -> AsyncIterator[str]:
        with patch_stdout():
            while True:
                try:
                    line = await self._session.prompt_async()
                except EOFError:
                    return
                except KeyboardInterrupt:
                    if not self._status:
                        return
                    line = "/stop"
                if line.strip():
                    yield line

    async def write(self, text: str) -> None:
        print_formatted_text(ANSI(render(text, shutil.get_terminal_size().columns)))

    def show_status(self, words: str) -> None:
        if words and not self._status:
            self._since = time.monotonic()
        self._status = words
        self._draft = self._draft if words else ""
        self._session.app.invalidate()

    def show_draft(self, text: str) -> None:
        self._draft = text
        self._session.app.invalidate()

    def _toolbar(self) -> FormattedText:
        if not self._status:
            return FormattedText([("noreverse fg:ansibrightblack", "/help · Ctrl-D leaves")])
        now = time.monotonic()
        frame = _SPINNER[int(now * _FRAMES) % len(_SPINNER)]
        status = f"{frame} {self._status} · {now - self._since:.0f} s · Ctrl-C stops"
        return FormattedText(
            [
                ("noreverse", self._draft_lines()),
                ("noreverse fg:ansiyellow", status),
            ]
        )

    def _draft_lines(self) -> str:
        """The last lines of what is being written, as wide as the screen."""
        width = max(shutil.get_terminal_size().columns - 1, 20)
        lines = [
            line[start : start + width]
            for line in self._draft.strip().splitlines()
            for start in range(0, max(len(line), 1), width)
        ]
        return "".join(f"{line}\n" for line in lines[-_LINES_OF_DRAFT:])


def render(text: str, width: int) -> str:
    """Markdown as a terminal shows it."""
    target = StringIO()
    console = Console(file=target, force_terminal=True, width=width, highlight=False)
    console.print(Markdown(text, code_theme="ansi_dark"))
    return target.getvalue()
