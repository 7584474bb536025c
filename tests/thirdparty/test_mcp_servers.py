"""Servers of tools that others wrote, over pipes and over HTTP."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.core.assistants import Assistant
from bot.core.tool_settings import ServerSettings
from bot.core.tools import Output, Tool
from bot.tools.server_drawer import ServerDrawer
from bot.tools.servers import Server
from tests.fakes.memory import FakeMemory
from tests.patience import PATIENCE
from tests.thirdparty.servers import HERE, MODULES, NODE, free_port, needs, running
from tests.unit.tooling import call, question, use

pytest.importorskip("mcp", reason="the extra mcp is not installed")

OFFICIAL = MODULES / "@modelcontextprotocol"
EVERYTHING = OFFICIAL / "server-everything" / "dist" / "index.js"
FILESYSTEM = OFFICIAL / "server-filesystem" / "dist" / "index.js"


class Drawers:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.opened: list[ServerDrawer] = []

    def of(self, name: str, *command: object, address: str = "") -> ServerDrawer:
        settings = ServerSettings(command=tuple(map(str, command)), address=address)
        settings = settings.model_copy(update={"start_seconds": PATIENCE})
        drawer = ServerDrawer(Server(name, settings, str(self.folder)), FakeMemory())
        self.opened.append(drawer)
        return drawer


@pytest.fixture
async def drawers(tmp_path: Path) -> AsyncIterator[Drawers]:
    drawers = Drawers(tmp_path)
    async with asyncio.timeout(PATIENCE):
        yield drawers
        for drawer in drawers.opened:
            await drawer.close()


async def offered(drawer: ServerDrawer) -> dict[str, Tool]:
    return {tool.name: tool for tool in await drawer.offered(Assistant(), question())}


async def used(drawer: ServerDrawer, name: str, **arguments: object) -> Output:
    return await drawer.use(call(f"{drawer.server.name}__{name}", json.dumps(arguments)), use())


async def test_a_clock_over_pipes(drawers: Drawers) -> None:
    clock = drawers.of("clock", sys.executable, "-m", "mcp_server_time")
    assert sorted(await offered(clock)) == ["clock__convert_time", "clock__get_current_time"]
    both = await asyncio.gather(
        used(clock, "get_current_time", timezone="Asia/Tokyo"),
        used(clock, "get_current_time", timezone="Europe/Berlin"),
    )
    assert [json.loads(output.text)["timezone"] for output in both] == [
        "Asia/Tokyo",
        "Europe/Berlin",
    ]
    for wrong in ({"timezone": "Mars"}, {}, {"timezone": 5}):
        output = await used(clock, "get_current_time", **wrong)
        assert output.is_error
        assert "timezone" in output.text.lower().replace(" ", "")


async def check_everything(drawer: ServerDrawer) -> None:
    tools = await offered(drawer)
    assert not tools["all__echo"].must_confirm
    assert tools["all__toggle-simulated-logging"].must_confirm
    assert "all__simulate-research-query" not in tools  # which only tasks can use
    assert (await used(drawer, "echo", message="héllo")).text == "Echo: héllo"
    assert (await used(drawer, "get-sum", a="x")).is_error
    [picture] = (await used(drawer, "get-tiny-image")).files
    assert (picture.mime, picture.data[:4]) == ("image/png", b"\x89PNG")
    structured = await used(drawer, "get-structured-content", location="New York")
    assert "temperature" in json.loads(structured.text)
    blob = await used(drawer, "get-resource-reference", resourceType="Blob", resourceId=1)
    assert len(blob.files) == 1
    links = await used(drawer, "get-resource-links", count=2)
    assert "demo://resource/dynamic/text/2" in links.text
    slow = asyncio.create_task(
        used(drawer, "trigger-long-running-operation", duration=600, steps=2)
    )
    assert (await used(drawer, "get-sum", a=1, b=2)).text == "The sum of 1 and 2 is 3."
    slow.cancel()
    await asyncio.wait([slow])
    assert (await used(drawer, "echo", message="still there")).text == "Echo: still there"


@needs(NODE, EVERYTHING)
async def test_everything_over_pipes(drawers: Drawers) -> None:
    await check_everything(drawers.of("all", NODE, EVERYTHING, "stdio"))


@needs(NODE, EVERYTHING)
async def test_everything_over_http_and_after_its_restart(drawers: Drawers) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}/mcp"
    drawer = drawers.of("all", address=address)
    command = (NODE, "--require", HERE / "node_loopback.cjs", EVERYTHING, "streamableHttp")
    variables = {"PORT": str(port)}
    async with running(drawers.folder, *command, variables=variables):
        await check_everything(drawer)
    async with running(drawers.folder, *command, variables=variables):
        assert (await used(drawer, "echo", message="again")).text == "Echo: again"


@needs(NODE, EVERYTHING)
async def test_a_server_over_http_that_is_gone_is_told_and_found_again(drawers: Drawers) -> None:
    port = free_port()
    drawer = drawers.of("all", address=f"http://127.0.0.1:{port}/mcp")
    with capture_logs() as logs:
        assert await offered(drawer) == {}
    assert "server_unavailable" in [entry["event"] for entry in logs]
    drawer = drawers.of("all", address=f"http://127.0.0.1:{port}/mcp")
    command = (NODE, "--require", HERE / "node_loopback.cjs", EVERYTHING, "streamableHttp")
    async with running(drawers.folder, *command, variables={"PORT": str(port)}):
        assert (await used(drawer, "echo", message="here")).text == "Echo: here"
    assert (await used(drawer, "echo", message="gone")).is_error


@needs(NODE, FILESYSTEM)
async def test_files_of_a_folder_and_no_others(drawers: Drawers, tmp_path: Path) -> None:
    (tmp_path / "syllabus.txt").write_text("Week 1: fractions", "utf-8")
    files = drawers.of("files", NODE, FILESYSTEM, tmp_path)
    tools = await offered(files)
    assert tools["files__write_file"].must_confirm
    assert not tools["files__read_text_file"].must_confirm
    read = await used(files, "read_text_file", path=str(tmp_path / "syllabus.txt"))
    assert read.text == "Week 1: fractions"
    assert (await used(files, "read_text_file", path="/etc/passwd")).is_error
    written = await used(files, "write_file", path=str(tmp_path / "new.txt"), content="hello")
    assert not written.is_error
    assert (tmp_path / "new.txt").read_text("utf-8") == "hello"
