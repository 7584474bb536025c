"""The shape of the code, in figures: `python -m tests.bench.shape`. They stand in ARCHITECTURE.md.

A room is a folder or a file directly in `bot/` or `adapters/`, or `storage`; a floor is a step of
the longest way down through what they import. The files of a mention are those with a function
that was called while the real adapter of Slack answered it, warm, against the tests' Slack.
"""

import ast
import asyncio
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from types import FrameType

from tests.integration.slack_core import slack_core

ROOT = Path(__file__).parents[2]
FOLDERS = ("bot", "adapters", "storage")


def files() -> list[Path]:
    found = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")]
    return sorted(path.relative_to(ROOT) for path in found)


def room_of(parts: tuple[str, ...]) -> str:
    return ".".join(parts[:1] if parts[0] == "storage" else parts[:2])


def arrows() -> Mapping[str, set[str]]:
    """From each room to those that it imports, whenever it does so."""
    found: dict[str, set[str]] = {}
    for path in files():
        room = room_of(path.with_suffix("").parts)
        below = found.setdefault(room, set())
        below |= {room_of(tuple(name.split("."))) for name in _imported(path)} - {room}
    return found


def floors(found: Mapping[str, set[str]]) -> int:
    @cache
    def height(room: str) -> int:
        return 1 + max((height(below) for below in found.get(room, ())), default=0)

    return max(map(height, found))


def lengths() -> list[int]:
    trees = (ast.parse((ROOT / path).read_text("utf-8")) for path in files())
    functions = (n for tree in trees for n in ast.walk(tree))
    return [
        (one.end_lineno or 0) - one.lineno + 1
        for one in functions
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


async def mention() -> set[str]:
    """The files that a mention in a thread enters."""
    entered: set[str] = set()

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            entered.add(frame.f_code.co_filename)

    with TemporaryDirectory() as folder:
        async with slack_core(Path(folder)) as slack, slack.running():
            thread = await slack.ask("why?")
            await slack.answers(thread)
            sys.setprofile(note)
            await slack.ask("and then?", thread)
            await slack.answers(thread, 2)
            sys.setprofile(None)
    ours = {path for path in entered if Path(path).is_relative_to(ROOT)}
    return {path for path in ours if Path(path).relative_to(ROOT).parts[0] in FOLDERS}


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse((ROOT / path).read_text("utf-8"))):
        name = node.module if isinstance(node, ast.ImportFrom) else None
        if name and "." in name and name.split(".")[0] in FOLDERS:
            yield name


def main() -> None:
    found, lines = arrows(), sorted(lengths())
    sizes = [len((ROOT / path).read_text("utf-8").splitlines()) for path in files()]
    print(f"{len(sizes)} files, {sum(sizes)} lines; half have at most {median(sizes):.0f}")
    print(f"the longest file: {max(sizes)} lines; the longest function: {lines[-1]}")
    print(f"half of {len(lines)} functions have at most {median(lines):.0f} lines")
    count = sum(map(len, found.values()))
    print(f"{len(found)} rooms on {floors(found)} floors, {count} arrows between them")
    for room in sorted(found):
        print(f"  {room}: {len([p for p in files() if room_of(p.with_suffix('').parts) == room])}")
    entered = sorted(str(Path(one).relative_to(ROOT)) for one in asyncio.run(mention()))
    print(f"a warm mention in Slack enters {len(entered)} files:")
    for one in entered:
        print(f"  {one}")


if __name__ == "__main__":
    main()
