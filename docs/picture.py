"""Draws docs/terminal.svg from a real run of `homeroom chat`, as tmux has it on its screen.

Usage: make picture (needs tmux). The answers are the demonstration model's own.
"""

import re
import subprocess
import sys
import tempfile
import time
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.text import Text

SIZE = ("-x", "88", "-y", "24")
PATIENCE = 60.0  # seconds for one answer
QUESTIONS = (
    "What year was the USA founded?",
    "Name three things that float on water, as a list.",
    "/usage",
)


def main(homeroom: Path, picture: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        chat = f"cd {folder} && {homeroom} chat --user ada 2>&1"
        _tmux("new-session", "-d", "-s", "homeroom", *SIZE, chat)
        try:
            _wait_for("you ›")
            for question in QUESTIONS:
                answers = _answers()
                _tmux("send-keys", "-t", "homeroom", question, "Enter")
                _wait_for_answer(answers)
            _draw(_tmux("capture-pane", "-e", "-p", "-t", "homeroom"), picture)
        finally:
            _tmux("kill-session", "-t", "homeroom")


def _draw(screen: str, picture: Path) -> None:
    console = Console(record=True, width=88, file=StringIO())
    console.print(Text.from_ansi(screen.rstrip()))
    svg = console.export_svg(title="homeroom chat")
    # No reader of the README should have to fetch fonts from a third party.
    picture.write_text(re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL), encoding="utf-8")


def _wait_for_answer(answers: int) -> None:
    ends = time.monotonic() + PATIENCE
    while _answers() <= answers or "Ctrl-C stops" in _screen():
        _sleep_until(ends)


def _wait_for(words: str) -> None:
    ends = time.monotonic() + PATIENCE
    while words not in _screen():
        _sleep_until(ends)


def _sleep_until(ends: float) -> None:
    if time.monotonic() > ends:
        raise TimeoutError(_screen())
    time.sleep(0.2)


def _answers() -> int:
    """Each begins with the bot's name on a line of its own."""
    return _screen().splitlines().count("Homeroom")


def _screen() -> str:
    return _tmux("capture-pane", "-p", "-t", "homeroom")


def _tmux(*words: str) -> str:
    return subprocess.run(["tmux", *words], check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute(), Path(sys.argv[2]))
