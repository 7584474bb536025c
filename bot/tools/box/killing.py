"""A box is ended with all that runs in it, at whatever moment of its life."""

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path

from bot.tools.box.memory import started_by

_STILL = frozenset("TtZX")  # states of a process that does nothing: stopped, or dead (proc(5))


async def end_box(process: asyncio.subprocess.Process, handle: int) -> None:
    """`handle` is its pidfd, and closed here.

    It is held still first, so that it begins nothing more: the first process in a namespace takes
    all others along, but one that has just begun does not know yet that it dies with its parent,
    and would wait for it without end.
    """
    try:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(handle, signal.SIGSTOP)
            while _state(process.pid) not in _STILL:  # noqa: ASYNC110 - the kernel tells nobody
                await asyncio.sleep(0.001)
            for child in started_by(process.pid):
                os.kill(child, signal.SIGKILL)
            signal.pidfd_send_signal(handle, signal.SIGKILL)
    finally:
        os.close(handle)
    await process.wait()
    await _drained(process)


def _state(process: int) -> str:
    try:
        return (
            Path("/proc", str(process), "stat").read_text("ascii", "replace").rpartition(") ")[2][0]
        )
    except OSError:
        return "X"


async def _drained(process: asyncio.subprocess.Process) -> None:
    """Its pipes end with the last of what ran in it, a moment after the box itself."""
    for stream in filter(None, (process.stdout, process.stderr)):
        while await stream.read(65536):
            pass
