"""A stop ends the call that is being made, of whichever kind, before it is told as stopped."""

import asyncio
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from bot.core.messages import Attachment, Message
from bot.core.ports.toolbox import Toolbox
from bot.homeroom_toml import AssistantFile
from bot.rules.calling import STOPPED
from bot.tools.box.port import BoxLimits, CodeBox, Ran
from bot.tools.box.toolbox import RUN_PYTHON, CodeToolbox
from bot.tools.chest import Drawer
from bot.tools.opening import open_toolbox
from tests.box.conftest import box_of
from tests.box.processes import running_below
from tests.fakes import mcp_server
from tests.fakes.mcp_http import FakeToolServer
from tests.fakes.memory import FakeMemory, FakeNotes
from tests.fakes.platform import FAKE_TABLE
from tests.patience import PATIENCE
from tests.unit.tooling import NOW, rewrite
from tests.unit.world import World, until

MINE = '''
import asyncio
from pathlib import Path

async def wait() -> str:
    """Waits."""
    calls = Path(__file__).with_name("calls")
    calls.write_text("wait\\n")
    try:
        await asyncio.Event().wait()
    finally:
        calls.write_text("wait\\nended\\n")
'''
TOOL = {"name": "wait", "inputSchema": {"type": "object"}, "annotations": {"readOnlyHint": True}}


@pytest.fixture
def folder(world: World) -> Path:
    return world.path.parent


def chest_of(folder: Path, toml: str, tool: str, others: Sequence[Drawer] = ()) -> Toolbox:
    rewrite(folder / "homeroom.toml", f'{toml}\n[assistants.Homeroom]\ntools = ["{tool}"]\n')
    file = AssistantFile(folder / "homeroom.toml", FAKE_TABLE)
    file.load()
    return open_toolbox(file, FakeMemory(), FakeNotes(), lambda: NOW, others)


async def stopped(
    world: World,
    chest: Toolbox,
    wanted: tuple[str, str],
    is_begun: Callable[[], bool],
    is_ended: Callable[[], bool],
) -> bool:
    """Whether the call had ended by the time the person was told; at the latest it ends then."""
    world.server.wants = lambda text, outputs: [wanted] if text == "go" and not outputs else []
    try:
        async with world.bot(toolbox=chest) as bot:
            question = await bot.say("go")
            await until(is_begun)
            await bot.say("/stop")
            await until(lambda: "*Stopped.*" in world.platform.reply(question))
            was_ended = is_ended()
            await until(is_ended)
            await bot.idle()
            [made] = await bot.storage.calls.of((await bot.row(question))["id"])
            assert made.output
            assert made.output.text == STOPPED
            assert await bot.ask("Hello") == "You said: Hello"
    finally:
        await chest.close()
    return was_ended


async def test_a_function_has_ended_when_its_stop_is_told(world: World, folder: Path) -> None:
    (folder / "mine.py").write_text(MINE)
    chest = chest_of(folder, "[tools]\nfiles = ['mine.py']", "wait")
    assert await stopped(
        world, chest, ("wait", "{}"), lambda: _calls(folder) == ["wait"],
        lambda: _calls(folder) == ["wait", "ended"],
    )  # fmt: skip


async def test_a_server_over_pipes_is_told_that_its_call_is_cancelled(
    world: World, folder: Path
) -> None:
    pytest.importorskip("mcp", reason="the extra mcp is not installed")
    script = {"tools": [TOOL], "calls": str(folder / "calls")}
    rewrite(folder / "script.json", json.dumps(script))
    command = json.dumps([sys.executable, mcp_server.__file__, str(folder / "script.json")])
    chest = chest_of(folder, f"[servers.cal]\ncommand = {command}", "cal:wait")
    await stopped(
        world, chest, ("cal__wait", "{}"), lambda: _calls(folder) == ["wait"],
        lambda: _calls(folder) == ["wait", "notifications/cancelled"],
    )  # fmt: skip
    assert _calls(folder) == ["wait", "notifications/cancelled"]


async def test_a_server_over_http_is_told_that_its_call_is_cancelled(
    world: World, folder: Path
) -> None:
    pytest.importorskip("mcp", reason="the extra mcp is not installed")
    async with FakeToolServer(TOOL) as server:
        [address] = server.addresses()
        chest = chest_of(folder, f'[servers.cal]\naddress = "{address}"', "cal:wait")
        await stopped(
            world, chest, ("cal__wait", "{}"), lambda: server.told[-1:] == ["wait"],
            lambda: server.told[-2:] == ["wait", "notifications/cancelled"],
        )  # fmt: skip
        assert server.told.count("notifications/cancelled") == 1


@pytest.mark.parametrize("kind", ["bubblewrap", "monty"])
async def test_a_program_is_gone_when_its_stop_is_told(
    world: World, folder: Path, kind: str
) -> None:
    box = await box_of(kind, BoxLimits(seconds=500.0))

    ended = asyncio.Event()  # a moment after its program: what it read from has ended, too

    class Watched:
        name, can = box.name, box.can

        async def run(self, code: str, files: Mapping[str, bytes]) -> Ran:
            try:
                return await box.run(code, files)
            finally:
                ended.set()

    async def open_it() -> CodeBox:
        return Watched()

    async def fetch(_message: Message, _file: Attachment) -> bytes:
        raise AssertionError("nothing is attached")

    chest = chest_of(folder, "", RUN_PYTHON, [CodeToolbox(open_it, fetch)])
    code = json.dumps({"code": "while True:\n    pass"})
    assert await stopped(
        world, chest, (RUN_PYTHON, code), lambda: bool(running_below("bwrap", "monty")),
        lambda: not running_below("bwrap", "monty"),
    )  # fmt: skip
    async with asyncio.timeout(PATIENCE):
        await ended.wait()


def _calls(folder: Path) -> list[str]:
    path = folder / "calls"
    return path.read_text("utf-8").split() if path.exists() else []
