"""Notices that nothing more will be heard from a server: the library tells only who calls it."""

import asyncio
from typing import Any, Self


class Watched:
    """A transport that tells when nothing more will be heard."""

    def __init__(self, transport: Any, ended: asyncio.Event) -> None:
        self._transport = transport
        self._ended = ended

    async def __aenter__(self) -> Any:
        heard, said = await self._transport.__aenter__()
        return _Heard(heard, self._ended), said

    async def __aexit__(self, *error: object) -> bool | None:
        is_handled: bool | None = await self._transport.__aexit__(*error)
        return is_handled


class _Heard:
    """A stream of the library's, its end noticed."""

    def __init__(self, stream: Any, ended: asyncio.Event) -> None:
        self._stream = stream
        self._ended = ended

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    async def __aenter__(self) -> Self:
        await self._stream.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> bool | None:
        is_handled: bool | None = await self._stream.__aexit__(*error)
        return is_handled

    def __aiter__(self) -> "_Heard":
        return self

    async def __anext__(self) -> Any:
        try:
            return await self._stream.__anext__()
        except StopAsyncIteration:
            self._ended.set()
            raise
