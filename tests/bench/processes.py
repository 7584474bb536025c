"""The processes of a bench: what each costs, and how a fake is told what to do."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

ROOT = Path(__file__).parents[2]
_NANO = 1e9
_PATIENCE = 45.0  # seconds without anything new


def cores() -> tuple[int, int]:
    """One core for the bot that is measured, and one for the fakes and the driver."""
    allowed = sorted(os.sched_getaffinity(0))
    return allowed[0], allowed[-1]


@dataclass(frozen=True)
class Process:
    """A process on a core of its own, and what it has cost so far."""

    popen: subprocess.Popen[bytes]

    @classmethod
    def start(
        cls, arguments: list[str], core: int, environment: Mapping[str, str], folder: Path
    ) -> "Process":
        base = {"PATH": os.defpath, "HOME": str(folder), "PYTHONPATH": str(ROOT), "WEB_PORT": "0"}
        log = (folder / f"{arguments[0]}.log").open("ab")
        popen = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=folder,
            env={**base, **environment},
            stdout=subprocess.PIPE if not environment else log,
            stderr=log,
            preexec_fn=lambda: os.sched_setaffinity(0, {core}),  # noqa: PLW1509 - no threads yet
        )
        log.close()
        return cls(popen)

    def cpu(self) -> float:
        """Seconds of CPU, of all its threads."""
        total = 0
        for task in Path(f"/proc/{self.popen.pid}/task").iterdir():
            with suppress(OSError):
                total += int((task / "schedstat").read_text().split()[0])
        return total / _NANO

    def cpu_below(self) -> Mapping[int, float]:
        """Seconds of CPU so far of each process that it has started, and of those below."""
        found, looked_at = dict[int, float](), [self.popen.pid]
        while looked_at:
            place = Path("/proc", str(looked_at.pop()))
            with suppress(OSError):
                for children in place.glob("task/*/children"):
                    for child in map(int, children.read_text().split()):
                        looked_at.append(child)
                        spent = Path(f"/proc/{child}/schedstat").read_text().split()[0]
                        found[child] = int(spent) / _NANO
        return found

    def memory(self) -> float:
        """Megabytes that are resident."""
        status = Path(f"/proc/{self.popen.pid}/status").read_text()
        resident = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(resident.split()[1]) / 1024

    def stop(self) -> None:
        with suppress(ProcessLookupError):
            self.popen.send_signal(signal.SIGTERM)
        try:
            self.popen.wait(10)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()
        if self.popen.stdout:
            self.popen.stdout.close()


@dataclass(frozen=True)
class Fake:
    """A fake server in a process of its own."""

    process: Process
    port: int
    session: aiohttp.ClientSession

    @classmethod
    def start(cls, session: aiohttp.ClientSession, name: str, *more: str, folder: Path) -> "Fake":
        process = Process.start([f"tests.bench.{name}", *more], cores()[1], {}, folder)
        assert process.popen.stdout
        return cls(process, int(process.popen.stdout.readline()), session)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def tell(self, name: str, **told: Any) -> Any:
        async with self.session.post(f"{self.url}/control/{name}", json=told) as answer:
            return await answer.json()

    async def until_seen(self, what: str, wave: int, count: int) -> None:
        """Wait for all tags of a wave, or until no more come: a floor may lose some."""
        seen, since = 0, time.monotonic()
        while seen < count and time.monotonic() - since < _PATIENCE:
            await asyncio.sleep(0.05)
            before, seen = seen, await self.tell("seen", what=what, wave=wave)
            since = since if seen == before else time.monotonic()
