"""Runs in a box that is being tried: tries what must not succeed, and says what did.

Beside it lies `forbidden`: paths of the machine that must not be seen, a line each.
"""

import ctypes
import os
import resource
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

_WRITABLE = ("/x", "/usr/x", "/bin/x", "/dev/x", "/proc/sys/kernel/core_pattern", "/proc/sys/vm/x")
_CLONE_NEWUSER, _KEYS_OF_SESSION = 0x10000000, -3


def _succeeds(act: Callable[[], object]) -> bool:
    try:
        act()
    except OSError:
        return False
    return True


def _call(name: str, *arguments: int) -> int:
    return int(getattr(ctypes.CDLL(None, use_errno=True), name)(*arguments))


def _leaks() -> Iterator[str]:
    yield from (f"writes {one}" for one in _WRITABLE if _succeeds(lambda: os.open(one, 0o101)))  # noqa: B023
    forbidden = Path("forbidden").read_text("utf-8").split("\n")
    yield from (f"sees {one}" for one in forbidden if Path(one).exists())
    if os.geteuid() == 0:
        yield "is root"
    if len([one for one in os.listdir("/proc") if one.isdigit()]) > 4:  # noqa: PLR2004, PTH208
        yield "sees other processes"
    if _succeeds(socket.socket):
        yield "opens sockets"
    if _call("unshare", _CLONE_NEWUSER) == 0:
        yield "makes namespaces"
    number = {"x86_64": 250, "aarch64": 219}[os.uname().machine]
    if _call("syscall", number, 0, _KEYS_OF_SESSION, 0) != -1:
        yield "reaches keyrings"
    if resource.getrlimit(resource.RLIMIT_NPROC)[1] > 1000:  # noqa: PLR2004
        yield "has no limits"


if __name__ == "__main__":
    print(*_leaks(), "held", sep="\n")  # noqa: T201 - that is how it says so
