"""Programs that the nursery starts, held as asyncio holds processes."""

import asyncio
import atexit
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path

_NURSERY = Path(__file__).with_name("nursery.py")


class Child:
    """The part of `asyncio.subprocess.Process` that tests use."""

    def __init__(self, pid: int, told: socket.socket, stdin: asyncio.StreamWriter) -> None:
        self.pid, self.stdin = pid, stdin
        self._told = told
        self._code: int | None = None

    @property
    def returncode(self) -> int | None:
        if self._code is None:
            with suppress(BlockingIOError):
                self._note(self._told.recv(32))
        return self._code

    async def wait(self) -> int:
        if self.returncode is None:
            self._note(await asyncio.get_running_loop().sock_recv(self._told, 32))
        assert self._code is not None
        return self._code

    async def communicate(self, data: bytes) -> None:
        with suppress(ConnectionError):  # it has ended before it has read all
            self.stdin.write(data)
            await self.stdin.drain()
        self.stdin.close()
        await self.wait()

    def send_signal(self, number: signal.Signals) -> None:
        if self.returncode is not None:
            raise ProcessLookupError
        os.kill(self.pid, number)

    def _note(self, told: bytes) -> None:
        self._code = int(told)
        self._told.close()
        self.stdin.close()


async def start_child(
    command: list[str], folder: Path, environment: Mapping[str, str], out: int, err: int
) -> Child:
    """`out` and `err`: the files it writes to."""
    order = {"command": command, "folder": str(folder), "environment": dict(environment)}
    told, telling = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    reading, writing = os.pipe()
    with telling:
        files = [reading, out, err, telling.fileno()]
        socket.send_fds(_nursery(), [json.dumps(order).encode()], files)
    os.close(reading)
    told.settimeout(0)
    loop = asyncio.get_running_loop()
    protocol = asyncio.streams.FlowControlMixin(loop=loop)
    transport, _ = await loop.connect_write_pipe(lambda: protocol, os.fdopen(writing, "wb", 0))
    stdin = asyncio.StreamWriter(transport, protocol, None, loop)
    return Child(int(await loop.sock_recv(told, 32)), told, stdin)


@cache
def _nursery() -> socket.socket:
    """One for all tests of this process; it ends with it."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")
    }
    measured = [] if len(environment) == len(os.environ) else ["measured"]
    with theirs:
        process = subprocess.Popen(
            [sys.executable, str(_NURSERY), str(theirs.fileno()), *measured],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            env={**environment, "LANG": "C.UTF-8"},
        )

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours
