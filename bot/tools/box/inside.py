"""Runs in the box itself: lays out the files, runs the program, and hands back what is there then.

The box's own Python is given this file's text, so it imports nothing but what every Python has.
What it hands back is not to be trusted: the program may have put its own in the place of it.
"""

import json
import os
import resource
import select
import signal
import stat
import struct
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

_HEAD = struct.Struct("!HI")  # the lengths of a name and of what follows it
_PIECE = 65536
_NICE = 10  # a tenth of a processor that others need as well


def packed(items: Iterable[tuple[str, bytes]]) -> Iterator[bytes]:
    for name, data in items:
        called = name.encode("utf-8", "surrogateescape")
        yield _HEAD.pack(len(called), len(data)) + called + data


def unpacked(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Raises ValueError where it is cut off."""
    at = 0
    while at < len(data):
        if at + _HEAD.size > len(data):
            raise ValueError("cut off")
        name, size = _HEAD.unpack_from(data, at)
        at += _HEAD.size
        if at + name + size > len(data):
            raise ValueError("cut off")
        yield data[at : at + name].decode("utf-8", "replace"), data[at + name : at + name + size]
        at += name + size


def lay_out(files: Iterable[tuple[str, bytes]], folder: Path) -> None:
    """Raises ValueError for a path that leads out of it."""
    for name, data in files:
        path = folder / name
        if ".." in path.parts or Path(name).is_absolute():
            raise ValueError(name)
        with suppress(OSError):  # where a program left a file, a folder cannot be
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)


def found_in(folder: Path, most_files: int, most_bytes: int) -> Iterator[tuple[str, bytes]]:
    """The files below a folder, as far as there is room; nothing but files is looked into."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(one for one in folders if one != "__pycache__")
        for name in sorted(names):
            path = Path(place, name)
            with suppress(OSError):
                data = _content(path, most_bytes)
                if data is None:
                    continue
                most_files, most_bytes = most_files - 1, most_bytes - len(data)
                yield str(path.relative_to(folder)), data
                if not most_files:
                    return


def _content(path: Path, most: int) -> bytes | None:
    """A plain file's; a link's, a pipe's or a device's is none."""
    at = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with open(at, "rb") as file:  # noqa: PTH123 - it is open already
        about = os.fstat(at)
        if not stat.S_ISREG(about.st_mode) or about.st_size > most:
            return None
        return file.read(most)


def _run(command: list[str], folder: str, seconds: float, most: int) -> tuple[bytes, str]:
    """What it printed, errors and all, and its exit code, or nothing where it took too long."""
    ends = time.monotonic() + seconds
    running = subprocess.Popen(  # noqa: S603 - that is what the box is for
        command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert running.stdout is not None  # noqa: S101 - a pipe was asked for
    pipe, said = running.stdout.fileno(), bytearray()
    os.set_blocking(pipe, False)
    while (left := ends - time.monotonic()) > 0:
        is_over = running.poll() is not None
        if select.select([pipe], [], [], 0 if is_over else min(left, 0.05))[0]:
            piece = os.read(pipe, _PIECE)
            said += piece[: most - len(said)]
            if piece:
                continue
        if is_over:
            break
    code = running.poll()
    with suppress(ProcessLookupError):
        os.kill(-1, signal.SIGKILL)  # all there is in the box, but for this
    running.wait()
    return bytes(said), "" if code is None else str(code)


def main() -> None:
    """Limits on the command line, as JSON; the program first, then the files, on standard input."""
    limits = json.loads(sys.argv[1])
    for name, most in limits["limits"].items():
        resource.setrlimit(getattr(resource, name), (most, most))
    os.nice(_NICE)
    for name, value in (("autogroup", _NICE), ("oom_score_adj", 1000)):
        with suppress(OSError):  # a session may be a group of its own, which shares alike
            Path("/proc/self", name).write_text(str(value), "ascii")
    folder = Path(limits["folder"])
    (_, program), *files = unpacked(sys.stdin.buffer.read())
    lay_out(files, folder)
    code = Path(limits["program"])
    code.write_bytes(program)
    command = [sys.executable, "-s", str(code)]
    said, ended = _run(command, str(folder), limits["seconds"], limits["chars"])
    found = found_in(folder, limits["files"], limits["bytes"])
    out = sys.stdout.buffer
    out.writelines(packed([("said", said), ("ended", ended.encode())]))
    out.writelines(packed(found))


if __name__ == "__main__":
    main()
