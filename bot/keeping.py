"""What is told to whoever keeps the process running: systemd's protocol (`man sd_notify`).

Without one nothing is told, and nothing changes.
"""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

STORAGE = "storage"  # what stands in the way where the database does not answer
_USUAL = 20.0  # seconds between two words, where nobody watches


def tell(*states: str) -> None:
    """Such as READY=1. A socket's name that begins with @ is one without a file."""
    place = os.environ.get("NOTIFY_SOCKET", "")
    if not place.startswith(("/", "@")):
        return
    words = "\n".join(states).encode()
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.sendto(words, "\0" + place[1:] if place.startswith("@") else place)


async def keep_telling(missing: Callable[[], Awaitable[Sequence[str]]]) -> None:
    """That it is up, and then that it works, while this loop turns and the storage answers.

    `missing`: what stands in the way. A platform that is away is told, and is no reason to be
    ended: a new process would not reach it either.
    """
    tell("READY=1")
    while True:
        found = await missing()
        status = f"STATUS=waiting for {', '.join(found)}" if found else "STATUS=answering"
        tell(status, *(() if STORAGE in found else ("WATCHDOG=1",)))
        await asyncio.sleep(_pause())


def _pause() -> float:
    """A third of the time after which it would be missed."""
    watched = os.environ.get("WATCHDOG_USEC", "")
    return int(watched) / 3e6 if watched.isdecimal() and int(watched) else _USUAL
