"""What a server writes to its standard error, in our log: so many lines, and no secrets."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TextIO

import structlog

from bot.core.ending import end

log = structlog.get_logger()

_MOST_LINES = 100  # for each start
_MOST_CHARS = 300  # of one
_CHUNK = 65_536


@asynccontextmanager
async def logged(server: str, redact: Callable[[str], str]) -> AsyncIterator[TextIO]:
    """A file for a program to write to. It is read to its end, so that nobody waits for room."""
    reading, writing = os.pipe()
    reader = asyncio.StreamReader(limit=_CHUNK)
    loop = asyncio.get_running_loop()
    with os.fdopen(reading, "rb") as source, os.fdopen(writing, "w") as target:
        transport, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), source
        )
        task = asyncio.create_task(_read(server, redact, reader))
        try:
            yield target
        finally:
            transport.close()
            await end([task])


async def _read(server: str, redact: Callable[[str], str], reader: asyncio.StreamReader) -> None:
    left, begun = _MOST_LINES, b""
    while chunk := await reader.read(_CHUNK):
        *lines, begun = (begun + chunk).split(b"\n")
        begun = begun[:_CHUNK]
        for line in lines[: max(left, 0)]:
            text = redact(line.decode("utf-8", "replace").strip())[:_MOST_CHARS]
            log.info("server_wrote", server=server, line=text)
        left -= len(lines)
