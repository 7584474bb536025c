"""A box that is an interpreter of its own (pydantic-monty): it has no way to a system at all.

It knows the language, but neither numpy nor plots; it takes no namespaces, and so runs anywhere.
"""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic_monty import (
    AsyncMonty,
    MontyError,
    MontyRuntimeError,
    MontySyntaxError,
    MountDir,
    ResourceLimits,
)

from bot.core.errors import BackendUnavailable
from bot.tools.box.inside import found_in, lay_out
from bot.tools.box.port import BoxLimits, Ran

_FOLDER = "/work"
_SWITCHES = 10_000  # between the program and us: each file it opens, reads or writes takes some


class Monty:
    """A worker process for each program; as many at once as half of the processors."""

    name = "monty"
    can = "a small Python with math, json, re, datetime and csv; no numpy, no pandas and no plots"

    def __init__(self, limits: BoxLimits) -> None:
        self._limits = limits
        self._room = asyncio.Semaphore(max(1, len(os.sched_getaffinity(0)) // 2))

    async def run(self, code: str, files: Mapping[str, bytes]) -> Ran:
        async with self._room:
            try:
                with TemporaryDirectory(prefix="homeroom-") as place:
                    return await self._run(code, files, Path(place))
            except OSError as error:
                reason = f"there is no room for its files ({error.strerror})"
                raise BackendUnavailable(reason) from error

    async def _run(self, code: str, files: Mapping[str, bytes], place: Path) -> Ran:
        lay_out(files.items(), place)
        said, limits = _Said(self._limits.chars), self._limits
        with MountDir(
            host_path=place, virtual_path=_FOLDER, mode="read-write",
            write_bytes_limit=limits.bytes,
        ) as mount:  # fmt: skip
            wrong = await self._feed(code, said, mount)
        return Ran(said.text, wrong, dict(found_in(place, limits.files, limits.bytes)))

    async def _feed(self, code: str, said: "_Said", mount: MountDir) -> str:
        """Run it; what went wrong, in words."""
        bounds = ResourceLimits(
            max_feed_duration_secs=self._limits.seconds,
            max_total_sleep_secs=self._limits.seconds,
            max_memory=self._limits.memory,
            max_suspensions=_SWITCHES,
        )
        longest = self._limits.seconds + self._limits.starting
        try:
            async with (
                AsyncMonty(max_processes=1, request_timeout=longest) as workers,
                workers.checkout(script_name="program.py", limits=bounds) as session,
            ):
                await session.feed_run(code, print_callback=said, mount=mount, cwd=_FOLDER)
        except (MontyRuntimeError, MontySyntaxError) as error:
            return error.display()
        except MontyError as error:
            return str(error)
        return ""


class _Said:
    """What was printed, as far as there is room."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.text = ""

    def __call__(self, stream: str, text: str) -> None:
        self.text += text[: self._most - len(self.text)]
