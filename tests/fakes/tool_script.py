"""One conversation with tools, which goes the same wherever it is held, and whoever answers.

A function; two calls of a server at once; one that is asked about and declined; one that is
confirmed after a restart, twice.
"""

import json
import sys
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Protocol

from bot.core.ports.toolbox import Toolbox
from bot.homeroom_toml import AssistantFile
from bot.tools.opening import open_toolbox
from tests.fakes import mcp_server
from tests.fakes.memory import FakeMemory, FakeNotes
from tests.fakes.openai_server import FakeOpenAI
from tests.fakes.platform import FAKE_TABLE
from tests.unit.tooling import NOW, rewrite

_MINE = '''
from pathlib import Path

async def twice(number: int) -> int:
    """Twice a number."""
    with Path(__file__).with_name("calls").open("a") as calls:
        calls.write("twice\\n")
    return 2 * number
'''
_CALLS = {
    "how much": [("twice", '{"number": 21}')],
    "which days": [("cal__echo", '{"day": 1}'), ("cal__echo", '{"day": 2}')],
    "book the hall": [("cal__book", '{"room": "hall"}')],
    "book the attic": [("cal__book", '{"room": "attic"}')],
}
_HALL, _ATTIC = 4, 5  # the numbers of these calls


class Room(Protocol):
    """Where people talk to a bot that is begun, and begun once more."""

    def running(self, toolbox: Toolbox) -> AbstractAsyncContextManager[object]: ...

    async def ask(self, text: str) -> None: ...

    async def decide(self, command: str, number: int) -> None:
        """By a button where there is one."""

    async def shows(self, *words: str) -> None:
        """Wait until all of it stands there."""

    def shown(self) -> str:
        """All that stands there."""


ONCE = {"twice": 1, "echo": 2, "book": 1}
"""What is called when nothing is called twice."""


async def play(room: Room, model: FakeOpenAI, folder: Path) -> Mapping[str, int]:
    """How often each tool was called, outside."""
    model.wants, model.polls = _wants, 0
    memory = FakeMemory()
    async with _open(room, folder, memory):
        for text in ("how much", "which days", "book the hall"):
            await room.ask(text)
        await room.shows("used: twice", "used: cal__echo", '"room": "hall"', "May I?")
        await room.decide("decline", _HALL)
        await room.shows("Declined by", "No, do not do it")
        await room.ask("book the attic")
        await room.shows('"room": "attic"', f"/confirm {_ATTIC}")
    async with _open(room, folder, memory):
        for _ in range(2):
            await room.decide("confirm", _ATTIC)
        await room.shows("Confirmed by", "Yes, do it", "used: cal__book")
    told = str([request.body for request in model.requests]).replace("\\", "")
    assert [one for one in ("42", '{"day": 2}', "did book") if one not in told] == []
    return Counter((folder / "calls").read_text("utf-8").split())


def _wants(text: str, outputs: int) -> Sequence[tuple[str, str]]:
    found = (calls for words, calls in _CALLS.items() if words in text)
    return next(found, []) if not outputs else []


@asynccontextmanager
async def _open(room: Room, folder: Path, memory: FakeMemory) -> AsyncIterator[None]:
    """The bot and its tools, which are closed after it."""
    _write_down(folder)
    file = AssistantFile(folder / "homeroom.toml", FAKE_TABLE)
    file.load()
    chest = open_toolbox(file, memory, FakeNotes(), lambda: NOW)
    try:
        async with room.running(chest):
            yield
    finally:
        await chest.close()


def _write_down(folder: Path) -> None:
    hints = {"echo": {"readOnlyHint": True}, "book": {}}
    tools = [
        {"name": name, "inputSchema": {"type": "object"}, "annotations": hint}
        for name, hint in hints.items()
    ]
    rewrite(folder / "script.json", json.dumps({"tools": tools, "calls": str(folder / "calls")}))
    rewrite(folder / "mine.py", _MINE)
    command = json.dumps([sys.executable, mcp_server.__file__, str(folder / "script.json")])
    rewrite(
        folder / "homeroom.toml",
        f"[tools]\nfiles = ['mine.py']\n[servers.cal]\ncommand = {command}\n"
        '[assistants.Homeroom]\ntools = ["twice", "cal:*"]\n',
    )
