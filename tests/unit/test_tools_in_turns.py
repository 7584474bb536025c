"""A turn with the tools there really are: a function of one's own, a server's, notes."""

import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.homeroom_toml import AssistantFile
from bot.tools.opening import open_toolbox
from bot.trial import calls_tools
from tests.fakes import mcp_server
from tests.fakes.memory import FakeMemory, FakeNotes
from tests.fakes.openai_server import Fault
from tests.fakes.openai_talk import BACKENDS
from tests.fakes.platform import FAKE_TABLE
from tests.unit.tooling import NOW, rewrite
from tests.unit.world import Bot, World

pytest.importorskip("mcp", reason="the extra mcp is not installed")
pytestmark = pytest.mark.filterwarnings("ignore:The Assistants API:DeprecationWarning")

MINE = '''
async def twice(number: int) -> int:
    """Twice a number."""
    return 2 * number
'''
TOOLS = '["twice", "cal:echo", "remember"]'


def wants(text: str, outputs: int) -> Sequence[tuple[str, str]]:
    """Three at once, of each kind one; then the first once more, with what does not fit."""
    calls = {
        0: [
            ("twice", '{"number": 21}'),
            ("cal__echo", '{"day": 1}'),
            ("remember", '{"note": "I like cats."}'),
        ],
        3: [("twice", '{"numbr": 21}')],
    }
    return calls.get(outputs, [])


@pytest.fixture
def folder(world: World) -> Path:
    folder = world.path.parent
    echo = {
        "name": "echo",
        "inputSchema": {"type": "object"},
        "annotations": {"readOnlyHint": True},
    }
    script = {"tools": [echo], "calls": str(folder / "calls")}
    rewrite(folder / "script.json", json.dumps(script))
    rewrite(folder / "mine.py", MINE)
    command = json.dumps([sys.executable, mcp_server.__file__, str(folder / "script.json")])
    rewrite(
        folder / "homeroom.toml",
        f"[tools]\nfiles = ['mine.py']\n[servers.cal]\ncommand = {command}\n"
        f"[assistants.Homeroom]\ntools = {TOOLS}\n",
    )
    return folder


@asynccontextmanager
async def at_work(
    world: World, folder: Path, backend: str, notes: FakeNotes, memory: FakeMemory | None = None
) -> AsyncIterator[Bot]:
    file = AssistantFile(folder / "homeroom.toml", FAKE_TABLE)
    file.load()
    chest = open_toolbox(file, memory or FakeMemory(), notes, lambda: NOW)
    try:
        async with world.bot(BACKENDS[backend](world.client()), toolbox=chest) as bot:
            yield bot
    finally:
        await chest.close()


@pytest.mark.parametrize("backend", BACKENDS)
async def test_three_kinds_of_tools_in_one_turn(world: World, folder: Path, backend: str) -> None:
    world.server.wants, notes = wants, FakeNotes()
    async with at_work(world, folder, backend, notes) as bot:
        answer = await bot.ask("do it")
    assert "*(used: twice, cal__echo, remember" in answer
    assert [note.text for note in notes.kept.values()] == ["I like cats."]
    assert (folder / "calls").read_text("utf-8") == "echo\n"
    told = str([request.body for request in world.server.requests])
    for words in ("42", "Noted: I like cats.", "numbr: Unexpected keyword argument"):
        assert words in told


async def test_a_turn_without_tools_begins_no_server(world: World, folder: Path) -> None:
    rewrite(
        folder / "homeroom.toml", (folder / "homeroom.toml").read_text().partition("[assist")[0]
    )
    async with at_work(world, folder, "responses", FakeNotes()) as bot:
        assert await bot.ask("hello") == "You said: hello"
    assert not (folder / "pid").exists()
    assert "tools" not in str([request.body for request in world.server.requests])


@pytest.mark.parametrize("backend", BACKENDS)
async def test_a_model_that_calls_no_tools_is_found_out(world: World, backend: str) -> None:
    mind = BACKENDS[backend](world.client())
    try:
        assert not await calls_tools(mind)
        world.server.wants = lambda text, outputs: [("ping", "{}")] if not outputs else []
        assert await calls_tools(mind)
        forced = [(one.body or {}).get("tool_choice") for one in world.server.requests]
        assert forced.count("required") == 2
        refused = Fault(status=400, message="tool_choice is not supported here.")
        world.server.fail("POST", r"/(responses|completions|runs)$", refused)
        assert await calls_tools(mind)
    finally:
        await mind.close()
    if backend == "responses":  # nothing stays there
        assert [run for run in world.server.runs if run.active] == []
        assert [one.method for one in world.server.requests].count("DELETE") >= 2


@pytest.mark.parametrize("backend", ["responses", "chat"])
async def test_what_a_server_may_change_is_confirmed_after_a_restart_and_done_once(
    world: World, folder: Path, backend: str
) -> None:
    book = {"name": "book", "inputSchema": {"type": "object"}}
    script = {"tools": [book], "calls": str(folder / "calls")}
    rewrite(folder / "script.json", json.dumps(script))
    toml = (folder / "homeroom.toml").read_text("utf-8").replace("cal:echo", "cal:book")
    rewrite(folder / "homeroom.toml", toml)
    memory = FakeMemory()
    world.server.wants = lambda text, outputs: (
        [("cal__book", '{"room": 5}')] if text == "book it" and not outputs else []
    )
    async with at_work(world, folder, backend, FakeNotes(), memory) as bot:
        asked = await bot.ask("book it")
    assert "**May I?**" in asked
    assert '"room": 5' in asked
    assert not (folder / "calls").exists()
    async with at_work(world, folder, backend, FakeNotes(), memory) as bot:
        for _ in range(2):
            await bot.say("/confirm 1")
            await bot.idle()
    assert (folder / "calls").read_text("utf-8") == "book\n"
    assert "did book" in str([request.body for request in world.server.requests])
