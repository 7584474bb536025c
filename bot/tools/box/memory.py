"""How much memory the processes of a box take together: the kernel's limits count each alone."""

import asyncio
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

_EACH = 0.2  # seconds between two looks: on one processor little can be filled meanwhile
_PAGE = os.sysconf("SC_PAGE_SIZE")


async def require_little(process: int, most: int) -> None:
    """Return once a process, and all it has started, take more than `most` bytes."""
    while taken_by(process) <= most:  # noqa: ASYNC110 - the kernel tells nobody
        await asyncio.sleep(_EACH)


def taken_by(process: int) -> int:
    """Bytes of memory of a process and of all below it; 0 of one that is gone."""
    place = Path("/proc", str(process))
    try:
        pages = int((place / "statm").read_text("ascii").split()[1])
    except OSError:
        return 0
    return pages * _PAGE + sum(taken_by(one) for one in started_by(process))


def started_by(process: int) -> Sequence[int]:
    """The processes right below it."""
    children = Path("/proc", str(process)).glob("task/*/children")
    with suppress(OSError):  # it is gone meanwhile
        return [int(one) for file in children for one in file.read_text("ascii").split()]
    return ()
