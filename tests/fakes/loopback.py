"""What every fake server stands on: it is started, cut off, and started again on the same port."""

import argparse
import asyncio
import contextlib
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Self

from aiohttp import web

from tests.fakes.watching import Watcher


class LoopbackServer(ABC):
    port = 0  # any that is free; the same ever after
    # What was received is carried out, whatever becomes of who sent it; a model's server may stop.
    stops_with_its_client = False
    watcher: Watcher | None = None
    _runner: web.AppRunner | None = None

    @abstractmethod
    def make_app(self) -> web.Application: ...

    @abstractmethod
    def addresses(self) -> Iterable[str]:
        """What a client has to be told."""

    async def start(self) -> None:
        self._runner = web.AppRunner(
            self.make_app(),
            handler_cancellation=self.stops_with_its_client,
            shutdown_timeout=1,
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Cut every connection. What was stored stays."""
        if self._runner is None:
            return
        runner, self._runner = self._runner, None
        for connection in runner.server.connections if runner.server else ():
            if connection.transport is not None:
                connection.transport.abort()
        await runner.cleanup()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()


def hang_up(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.close()
    return web.Response()


def serve(server: LoopbackServer, words: str) -> None:
    """Serve as a program, until it is told to end; prints the addresses."""
    parser = argparse.ArgumentParser(description=words)
    parser.add_argument("--port", type=int, default=0)
    server.port = parser.parse_args().port
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(server))


async def _serve(server: LoopbackServer) -> None:
    async with server:
        sys.stdout.write("".join(f"{address}\n" for address in server.addresses()))
        sys.stdout.flush()
        await asyncio.Event().wait()
