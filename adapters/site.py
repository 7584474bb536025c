"""An address that strangers cannot hold: few connections, each with a deadline.

aiohttp waits for a request as long as it takes to come. Here a connection is for one request, which
has to be there whole within seconds; and while there are too many, a new one is closed at once.
"""

import asyncio
from functools import partial

from aiohttp import web
from aiohttp.typedefs import Handler
from aiohttp.web_protocol import RequestHandler

_MOST = 128  # connections; each may bring a body of a megabyte
_SECONDS = 10.0  # for a request to be there whole


class Site:
    """Where an application is listened to."""

    def __init__(
        self, app: web.Application, grace: float, seconds: float = _SECONDS, most: int = _MOST
    ) -> None:
        """`grace`: seconds for requests in flight at the end. `most`: connections at a time."""
        app.middlewares.append(self._once)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=grace)
        self._seconds = seconds
        self._most = most
        self._deadlines: dict[RequestHandler, asyncio.TimerHandle] = {}
        self._server: asyncio.Server | None = None

    async def open(self, host: str, port: int) -> str:
        """Returns the address. Raises OSError."""
        await self._runner.setup()
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._connection, host, port, reuse_address=True)
        host, port = self._server.sockets[0].getsockname()[:2]
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"

    async def close(self) -> None:
        """Takes nothing new, and answers what has been asked."""
        if self._server is not None:
            self._server.close()
        await self._runner.cleanup()

    @web.middleware
    async def _once(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        request.content.on_eof(partial(self._arrived, request.protocol))
        try:
            answer = await handler(request)
        except web.HTTPException as refusal:
            refusal.force_close()
            raise
        answer.force_close()
        return answer

    def _connection(self) -> asyncio.BaseProtocol:
        server = self._runner.server
        if server is None or len(server.connections) >= self._most:
            return _Refused()
        connection = server()
        loop = asyncio.get_running_loop()
        self._deadlines[connection] = loop.call_later(self._seconds, self._drop, connection)
        return connection

    def _arrived(self, connection: RequestHandler) -> None:
        if deadline := self._deadlines.pop(connection, None):
            deadline.cancel()

    def _drop(self, connection: RequestHandler) -> None:
        del self._deadlines[connection]
        connection.force_close()


class _Refused(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()
