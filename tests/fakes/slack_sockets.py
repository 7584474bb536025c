"""Socket Mode: up to ten sockets, of which each thing goes to one."""

import asyncio
import json
import secrets
from contextlib import suppress
from typing import Literal

from aiohttp import WSMsgType, web

from tests.fakes import JSON
from tests.fakes.slack_post import Envelope, PostOffice
from tests.fakes.slack_state import APP_ID

MOST_SOCKETS = 10
Reason = Literal["warning", "refresh_requested", "link_disabled", "too_many_websockets"]
_CLOSES = frozenset({"link_disabled", "too_many_websockets"})


class Socket:
    def __init__(self, number: int, link: web.WebSocketResponse, request: web.Request) -> None:
        self.number = number
        self.link = link
        self.frozen = False
        self._request = request

    async def tell(self, message: JSON) -> bool:
        with suppress(ConnectionError):
            await self.link.send_str(json.dumps(message))
            return True
        return False

    def drop(self) -> None:
        if self._request.transport is not None:
            self._request.transport.abort()


class Sockets:
    """The open sockets, and the tickets that open one."""

    def __init__(self, post: PostOffice) -> None:
        self.open: list[Socket] = []
        self.opened = 0
        self.most = MOST_SOCKETS
        self._post = post
        self._tickets: set[str] = set()
        self._turn = 0

    @property
    def ready(self) -> bool:
        return bool(self.open)

    def ticket(self) -> str:
        made = secrets.token_hex(8)
        self._tickets.add(made)
        return made

    def expire_tickets(self) -> None:
        """Nobody comes in any more by an address that was given."""
        self._tickets.clear()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=403, text="The ticket is not valid.")
        self._tickets.remove(ticket)
        link = web.WebSocketResponse(autoping=False)
        await link.prepare(request)
        self.opened += 1
        socket = Socket(self.opened, link, request)
        await self._greet(socket)
        try:
            await self._listen(socket)
        finally:
            self._forget(socket)
        return link

    async def carry(self, envelope: Envelope) -> bool:
        """Give it to the sockets in turn."""
        self._turn += 1
        socket = self.open[self._turn % len(self.open)]
        envelope.socket = socket.number
        if await socket.tell(envelope.to_json()):
            return True
        self._forget(socket)
        return False

    async def disconnect(self, reason: Reason = "refresh_requested") -> None:
        """Ask for another socket instead of each; some reasons leave no time for it."""
        for socket in [*self.open]:
            await self._ask_to_leave(socket, reason)

    def drop(self) -> None:
        """Cut all of them, without a word."""
        for socket in [*self.open]:
            socket.drop()

    def freeze(self) -> None:
        """Leave the sockets standing there half-open: nothing is read, no ping is answered."""
        for socket in self.open:
            socket.frozen = True

    async def _greet(self, socket: Socket) -> None:
        if len(self.open) >= self.most:
            await self._ask_to_leave(socket, "too_many_websockets")
            return
        self.open.append(socket)
        await socket.tell(
            {
                "type": "hello",
                "num_connections": len(self.open),
                "connection_info": {"app_id": APP_ID},
                "debug_info": _debug_info(),
            }
        )
        self._post.look()

    async def _ask_to_leave(self, socket: Socket, reason: Reason) -> None:
        await socket.tell({"type": "disconnect", "reason": reason, "debug_info": _debug_info()})
        if reason in _CLOSES:
            self._forget(socket)
            await socket.link.close()

    async def _listen(self, socket: Socket) -> None:
        async for message in socket.link:
            if socket.frozen:
                await asyncio.Event().wait()
            if message.type is WSMsgType.PING:
                await socket.link.pong(message.data)
            elif message.type is WSMsgType.TEXT:
                self._read(socket, message.data)

    def _read(self, socket: Socket, text: str) -> None:
        said = json.loads(text)
        if "envelope_id" in said:
            self._post.acknowledge(said["envelope_id"], socket.number, said.get("payload"))

    def _forget(self, socket: Socket) -> None:
        """Take back what went over a socket that is gone and was not acknowledged."""
        if socket in self.open:
            self.open.remove(socket)
            self._post.redeliver(socket=socket.number)


def _debug_info() -> JSON:
    return {"host": "applink-test", "approximate_connection_time": 18060}
