"""What this process has started, and what of it still runs."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path


def running_below(*names: str) -> Sequence[str]:
    """Which of these programs; one that has ended and is not yet fetched does not run."""
    children = Path("/proc/self/task").glob("*/children")
    return [
        name
        for file in children
        for one in file.read_text().split()
        if (name := _named(one)) in names
    ]


def _named(process: str) -> str:
    with suppress(OSError):  # it is gone meanwhile
        known, _, state = (
            Path("/proc", process, "stat").read_text().partition("(")[2].rpartition(")")
        )
        return "" if state.split()[0] == "Z" else known
    return ""
