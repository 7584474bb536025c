"""Reads a document in a process of its own, so that nothing in it can harm this one."""

import asyncio
import base64
import json
import re
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePath

from bot.core.ending import end
from bot.core.materials import Passage, Unread
from bot.reading.child import UNSIGNED
from bot.reading.lines import UnreadableDocument

MOST_BYTES = 100 * 1024 * 1024  # of one document
_MOST_SAID = 32 * 1024 * 1024  # bytes of passages
_MOST_SECONDS = 120.0  # by the clock on the wall
_ROOT = Path(__file__).parents[2]

TOO_LONG = "it takes too long to read"
TOO_LARGE = f"it is larger than {MOST_BYTES >> 20} MB"
_TOO_MUCH = "it holds more text than I can take"
_NOTHING = "there is no text in it"
_DAMAGED = "it is damaged"


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of a document, and what of it could not be."""

    passages: tuple[Passage, ...]
    unread: tuple[Unread, ...] = ()


async def read_document(name: str, data: bytes, seconds: float = _MOST_SECONDS) -> Reading:
    """Raises UnreadableDocument, which says why."""
    found = await _told(_ending(name), data, seconds)
    passages = tuple(Passage(**one) for one in found if "text" in one)
    if not passages:
        raise UnreadableDocument(_NOTHING)
    unread = tuple(Unread(one["place"], one["unread"]) for one in found if "unread" in one)
    return Reading(passages, unread)


async def unsigned_pdf(data: bytes, seconds: float = _MOST_SECONDS) -> bytes:
    """A PDF without what it says of who made it. Raises UnreadableDocument."""
    [made] = await _told(UNSIGNED, data, seconds)
    return base64.b64decode(made["document"])


async def _told(act: str, data: bytes, seconds: float) -> list[dict[str, str]]:
    if len(data) > MOST_BYTES:
        raise UnreadableDocument(TOO_LARGE)
    try:
        async with asyncio.timeout(seconds):
            said, status = await _said(act, data)
    except TimeoutError:
        raise UnreadableDocument(TOO_LONG) from None
    found = [json.loads(line) for line in said.splitlines()]
    if why := next((one["why"] for one in found if "why" in one), ""):
        raise UnreadableDocument(why)
    if status != 0:
        raise UnreadableDocument(TOO_LONG if status < 0 else _DAMAGED)
    return found


async def _said(act: str, data: bytes) -> tuple[bytes, int]:
    """What the process says, and its status; below zero: it was killed. It never outlives us."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.reading.child", act,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL, env=_environment(), cwd="/",
    )  # fmt: skip
    assert process.stdin is not None  # noqa: S101 - both were asked for
    assert process.stdout is not None  # noqa: S101
    giving = asyncio.create_task(_give(process.stdin, data))
    try:
        said = bytearray()
        while chunk := await process.stdout.read(1 << 16):
            said += chunk
            if len(said) > _MOST_SAID:
                raise UnreadableDocument(_TOO_MUCH)
        return bytes(said), await process.wait()
    finally:
        await end([giving])
        if process.returncode is None:
            process.kill()
            await process.wait()


def _ending(name: str) -> str:
    """All that a name says, for a list of processes that others may see."""
    return re.sub(r"[^.a-z0-9]", "", PurePath(name).suffix.lower())


async def _give(stdin: asyncio.StreamWriter, data: bytes) -> None:
    with suppress(ConnectionError):  # it has ended before it has read all
        stdin.write(data)
        await stdin.drain()
        stdin.close()


def _environment() -> Mapping[str, str]:
    """Nothing of ours: no key, no token."""
    return {"PYTHONPATH": str(_ROOT), "LANG": "C.UTF-8", "PYTHONUTF8": "1"}
