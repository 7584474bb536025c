"""The program as a subprocess, with nothing around it but what a test gives it."""

import asyncio
import json
import os
import signal
import sqlite3
import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from tests.e2e.children import Child, start_child
from tests.patience import PATIENCE

HOMEROOM = Path(sys.executable).with_name("homeroom")
KEY = "console:local:general:"
SECRET = "sk-never-to-be-seen-5f3a"


async def until(condition: Callable[[], object]) -> None:
    """Wait for a condition; a test that waits in vain fails."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - another process has no event to wait for
            await asyncio.sleep(0.02)


@dataclass
class Running:
    """A process that was started, and what it has written so far."""

    process: asyncio.subprocess.Process | Child
    folder: Path
    number: int

    @property
    def out(self) -> str:
        return self._written("out")

    @property
    def err(self) -> str:
        return self._written("err")

    @property
    def code(self) -> int | None:
        return self.process.returncode

    async def say(self, *lines: str) -> None:
        assert self.process.stdin
        self.process.stdin.write("".join(f"{line}\n" for line in lines).encode())
        await self.process.stdin.drain()

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    async def ended(self) -> int:
        async with asyncio.timeout(PATIENCE):
            return await self.process.wait()

    async def kill(self) -> None:
        self.send(signal.SIGKILL)
        assert await self.ended() == -signal.SIGKILL

    def _written(self, stream: str) -> str:
        return (self.folder / f"{stream}.{self.number}").read_text("utf-8", "replace")


@dataclass
class Program:
    """`homeroom` in a folder; `settings` are the only variables it finds."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    started: list[Running] = field(default_factory=list)

    def environment(self) -> Mapping[str, str]:
        # What measures coverage in subprocesses is told by variables as well.
        measuring = {name: v for name, v in os.environ.items() if name.startswith("COVERAGE_")}
        base = {"PATH": os.defpath, "HOME": str(self.folder), "LANG": "C.UTF-8", "WEB_PORT": "0"}
        return {**measuring, **base, **self.settings}

    async def start(self, *arguments: str | Path) -> Running:
        """Start `homeroom`, with the libraries of others read already."""
        if any(name.startswith("PYTHON") for name in self.settings):  # it is about the reading
            return await self.start_other(HOMEROOM, *arguments)
        command = [str(HOMEROOM), *map(str, arguments)]
        with self._open("out") as out, self._open("err") as err:
            process = await start_child(
                command, self.folder, self.environment(), out.fileno(), err.fileno()
            )
        return self._keep(process)

    async def start_other(self, *command: str | Path) -> Running:
        """Start any program here, as `homeroom` would be; `homeroom` itself as people start it."""
        with self._open("out") as out, self._open("err") as err:
            process = await asyncio.create_subprocess_exec(
                *command,
                cwd=self.folder,
                env=self.environment(),
                stdin=asyncio.subprocess.PIPE,
                stdout=out,
                stderr=err,
            )
        return self._keep(process)

    def _open(self, stream: str) -> BinaryIO:
        return (self.folder / f"{stream}.{len(self.started)}").open("wb")

    def _keep(self, process: asyncio.subprocess.Process | Child) -> Running:
        self.started.append(Running(process, self.folder, len(self.started)))
        return self.started[-1]

    async def run(self, *arguments: str | Path, given: str | bytes = b"") -> Running:
        """Start it, give it some input, and wait for its end."""
        running = await self.start(*arguments)
        data = given.encode() if isinstance(given, str) else given
        async with asyncio.timeout(PATIENCE):
            await running.process.communicate(data)
        return running

    async def json(self, *arguments: str) -> Any:
        ended = await self.run(*arguments, "--json")
        assert ended.code == 0, ended.err
        return json.loads(ended.out)

    async def turns(self, key: str = KEY) -> list[Any]:
        """The turns of a conversation, as the program itself shows them."""
        shown = await self.run("threads", "show", key, "--json")
        return list(json.loads(shown.out)["turns"]) if shown.code == 0 else []

    def texts(self) -> list[str]:
        """The messages that are written down; a look that costs no process."""
        return self._select("SELECT text FROM turns ORDER BY id")

    def kinds(self) -> list[str]:
        return self._select("SELECT kind FROM turns WHERE kind IS NOT NULL ORDER BY id")

    def runs(self) -> list[str]:
        return self._select("SELECT run FROM turns WHERE run IS NOT NULL ORDER BY id")

    def _select(self, query: str) -> list[str]:
        with closing(sqlite3.connect(self.folder / "homeroom.db")) as database:
            return [row[0] for row in database.execute(query)]

    async def clean_up(self) -> None:
        for running in self.started:
            if running.code is None:
                await running.kill()
            print(running.err)  # shown with a test that failed
