"""A box of namespaces (bubblewrap): nothing of the machine but Python, to look at."""

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import Any

from bot.core.ending import end
from bot.core.errors import BackendUnavailable
from bot.tools.box import inside
from bot.tools.box.killing import end_box
from bot.tools.box.memory import require_little
from bot.tools.box.port import BoxLimits, Ran
from bot.tools.box.seccomp import filter_of

PATH = "/usr/local/bin:/usr/bin:/bin"
_FIRST_USER = 65_300  # whose ids no account has (Debian's policy, 9.2.2); one for each at work
_SMALL = 16 * 1024 * 1024  # bytes, in /tmp and /dev/shm
_FOLDER, _LIBRARIES, _PROGRAM = "/work", "/libraries", "/tmp/program.py"  # noqa: S108 - its own
_BROKEN = "The program broke the box it ran in, so nothing of it was kept."
_ENVIRONMENT = {
    "PATH": PATH,
    "HOME": "/tmp",  # noqa: S108 - its own
    "LANG": "C.UTF-8",
    "LD_LIBRARY_PATH": "/usr/local/lib",
    "PYTHONPATH": f"{_FOLDER}:{_LIBRARIES}",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONUNBUFFERED": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MPLBACKEND": "Agg",
    "MPLCONFIGDIR": "/tmp/matplotlib",  # noqa: S108 - its own
}


@dataclass(frozen=True, slots=True)
class _Slot:
    """Where one program runs: a processor, and a user where we may choose one."""

    processor: int
    user: int | None

    def identity(self) -> Mapping[str, Any]:
        if self.user is None:
            return {}
        return {"user": self.user, "group": self.user, "extra_groups": []}


class Bubblewrap:
    """At most one program on every other processor, each on one, and after all other work."""

    name = "bubblewrap"

    def __init__(self, libraries: Path, limits: BoxLimits) -> None:
        self._libraries = libraries.absolute()
        self._limits = limits
        self._free: asyncio.Queue[_Slot] = asyncio.Queue()
        processors = sorted(os.sched_getaffinity(0))
        for number, processor in enumerate(processors[: max(1, len(processors) // 2)]):
            user = _FIRST_USER + number if os.geteuid() == 0 else None
            self._free.put_nowait(_Slot(processor, user))

    @property
    def can(self) -> str:
        names = ("numpy", "pandas", "matplotlib")
        there = [name for name in names if (self._libraries / name).is_dir()]
        return f"Python 3 with {', '.join(there) or 'its standard library only'}"

    async def run(self, code: str, files: Mapping[str, bytes]) -> Ran:
        slot = await self._free.get()
        try:
            async with self._begun(slot) as process:
                return await _carried_out(process, code, files, self._limits)
        finally:
            self._free.put_nowait(slot)

    @asynccontextmanager
    async def _begun(self, slot: _Slot) -> AsyncIterator[asyncio.subprocess.Process]:
        """A box that is gone, with all that runs in it, when the block is left."""
        process = await self._started(slot)
        handle = os.pidfd_open(process.pid)
        try:
            yield process
        finally:
            await end_box(process, handle)

    async def _started(self, slot: _Slot) -> asyncio.subprocess.Process:
        """Begun as a whole: half of one would be ended without what it has begun."""
        with _in_memory(filter_of()) as refused:
            starting = asyncio.ensure_future(
                asyncio.create_subprocess_exec(
                    *self._command(slot.processor, refused),
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=asyncio.subprocess.PIPE,
                    env={"PATH": PATH},
                    cwd="/",
                    pass_fds=(refused,),
                    **slot.identity(),
                )
            )
            try:
                return await asyncio.shield(starting)
            except asyncio.CancelledError:
                process = await starting
                await end_box(process, os.pidfd_open(process.pid))
                raise
            except OSError as error:
                raise BackendUnavailable(
                    f"the box could not be begun ({error.strerror})"
                ) from error

    def _command(self, processor: int, refused: int) -> Sequence[str]:
        told = chain.from_iterable(("--setenv", *pair) for pair in _ENVIRONMENT.items())
        # fmt: off
        return (
            "taskset", "--cpu-list", str(processor),
            "bwrap", "--unshare-all", "--unshare-user", "--disable-userns",
            "--die-with-parent", "--new-session", "--cap-drop", "ALL",
            "--seccomp", str(refused), "--hostname", "box", "--clearenv", *told,
            "--ro-bind", "/usr", "/usr", "--symlink", "usr/bin", "/bin",
            "--ro-bind-try", "/lib", "/lib", "--ro-bind-try", "/lib64", "/lib64",
            "--ro-bind-try", str(self._libraries), _LIBRARIES,
            "--proc", "/proc", "--ro-bind", "/proc/sys", "/proc/sys", "--dev", "/dev",
            "--size", str(_SMALL), "--tmpfs", "/dev/shm",  # noqa: S108 - its own
            "--size", str(_SMALL), "--tmpfs", "/tmp",  # noqa: S108
            "--size", str(self._limits.bytes), "--tmpfs", _FOLDER, "--chdir", _FOLDER,
            "--remount-ro", "/dev", "--remount-ro", "/",
            shutil.which("python3", path=PATH) or "python3",
            "-I", "-c", Path(inside.__file__).read_text("utf-8"), _order(self._limits),
        )
        # fmt: on


@contextmanager
def _in_memory(data: bytes) -> Iterator[int]:
    """A file that has no name, to be handed on."""
    file = os.memfd_create("filter")
    try:
        os.write(file, data)
        os.lseek(file, 0, os.SEEK_SET)
        yield file
    finally:
        os.close(file)


def _order(limits: BoxLimits) -> str:
    """What `inside` is to do; the kernel's limits are those of each process."""
    kernel = {
        "RLIMIT_NPROC": limits.processes,
        "RLIMIT_AS": limits.memory,
        "RLIMIT_FSIZE": limits.bytes,
        "RLIMIT_CPU": int(limits.seconds) + 5,
        "RLIMIT_NOFILE": 64,
        "RLIMIT_CORE": 0,
    }
    order = {
        "limits": kernel,
        "folder": _FOLDER,
        "program": _PROGRAM,
        "seconds": limits.seconds,
        "chars": 4 * limits.chars,
        "files": limits.files,
        "bytes": limits.bytes,
    }
    return json.dumps(order)


async def _carried_out(
    process: asyncio.subprocess.Process,
    code: str,
    files: Mapping[str, bytes],
    limits: BoxLimits,
) -> Ran:
    """What came of it; where nothing came back, the files are what they were."""
    parcel = b"".join(inside.packed([("", code.encode("utf-8", "replace")), *files.items()]))
    assert process.stdin and process.stdout and process.stderr  # noqa: S101, PT018 - asked for
    back = asyncio.create_task(_first(process.stdout, 2 * limits.bytes))
    troubles = asyncio.create_task(_first(process.stderr, limits.chars))
    feeding = asyncio.create_task(_fed(process.stdin, parcel))
    watch = asyncio.create_task(require_little(process.pid, limits.memory))
    try:
        await asyncio.wait(
            [back, watch],
            timeout=limits.seconds + limits.starting,
            return_when=asyncio.FIRST_COMPLETED,
        )
        if watch.done():
            return Ran("", limits.too_large, files)
        if not back.done():
            return Ran("", limits.too_long, files)
        return _read(back.result(), limits) or Ran("", _broken(troubles), files)
    finally:
        await end([back, troubles, feeding, watch])


def _broken(troubles: asyncio.Task[bytes]) -> str:
    said = troubles.result().decode("utf-8", "replace") if troubles.done() else ""
    return f"{_BROKEN} {said[-500:]}".strip()


def _is_below(name: str) -> bool:
    """Whether it is a path within the folder: whoever wrote it could write anything."""
    path = PurePosixPath(name)
    return not (path.is_absolute() or ".." in path.parts or "\0" in name or not path.name)


async def _first(stream: asyncio.StreamReader, most: int) -> bytes:
    """What is written there, or of more than `most` the beginning."""
    data = bytearray()
    while len(data) < most and (piece := await stream.read(65536)):
        data += piece
    return bytes(data)


async def _fed(stream: asyncio.StreamWriter, data: bytes) -> None:
    with suppress(ConnectionError):
        stream.write(data)
        await stream.drain()
    stream.close()


def _read(back: bytes, limits: BoxLimits) -> Ran | None:
    """What came back; None where it is not what was asked for."""
    try:
        (_, said), (_, ended), *files = inside.unpacked(back)
        code = int(ended) if ended else None
    except ValueError:
        return None
    there = [(name, data) for name, data in files if _is_below(name)][: limits.files]
    failed = f"The program failed (exit code {code})." if code else ""
    wrong = limits.too_long if code is None else failed
    return Ran(said.decode("utf-8", "replace")[: limits.chars], wrong, dict(there))
