"""A server of tools that others wrote, and the one door to the library that speaks with it.

Who opens a connection has to close it, and in the same task: one owner task a server, from which
nobody else takes anything but the client. When a server ends, or says nothing, the next who needs
it begins a new one; who could not begin one says so for a while without trying again.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog

from bot.config import variable
from bot.core.ending import end
from bot.core.redaction import Redactor
from bot.core.tool_settings import ServerSettings
from bot.core.tools import Progress
from bot.tools.server_contents import ServerResult
from bot.tools.server_errors import ServerGone, ServerUnavailable, last_of
from bot.tools.server_stderr import logged
from bot.tools.server_watch import Watched

if TYPE_CHECKING:  # it is an extra, and takes most of a second
    from mcp import Client
    from mcp.client import Transport
    from mcp.client.session import IncomingMessage, MessageHandlerFnT
    from mcp_types import Tool as TheirTool

log = structlog.get_logger()

_MOST_TOOLS = 200
_PAUSE = 60.0  # seconds for which one that could not be begun is left alone
_CLOSED = {"Connection closed", "Server returned an error response"}  # the library's own words
_OF_SESSION = (-32000, -32600)  # what servers say of a session they do not know
_PATIENCE = 5.0  # seconds to end in


class _SessionForgotten(Exception):
    """It has begun anew, and refused us."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A tool, as its server describes it."""

    name: str
    description: str
    parameters: Mapping[str, Any]
    is_read_only: bool
    is_idempotent: bool


@dataclass(frozen=True, slots=True)
class _Session:
    client: "Client"
    offers: Sequence[Offer]


class Server:
    def __init__(self, name: str, settings: ServerSettings, folder: str) -> None:
        self.name = name
        self.settings = settings
        self._folder = folder
        self._owner: asyncio.Task[None] | None = None
        self._session: asyncio.Future[_Session] | None = None
        self._ended = asyncio.Event()
        self._calls: set[asyncio.Future[ServerResult]] = set()
        self._refused_at: float | None = None

    async def offers(self) -> Sequence[Offer]:
        """Raises ServerUnavailable."""
        return (await self._begun()).offers

    async def call(self, name: str, arguments: dict[str, Any], say: Progress) -> ServerResult:
        """Raises ServerUnavailable where nothing was done, ServerGone where that is not known."""
        call = asyncio.ensure_future(self._called(name, arguments, say))
        self._calls.add(call)
        call.add_done_callback(self._calls.discard)
        try:
            return await asyncio.shield(call)
        except asyncio.CancelledError:
            call.cancel()  # it tells the server, for which nobody waits
            raise

    async def close(self) -> None:
        self._ended.set()
        await end(list(self._calls))
        if self._owner and self._session and self._session.done():
            await asyncio.wait([self._owner], timeout=_PATIENCE)
        await end([self._owner] if self._owner else [])

    async def _called(self, name: str, arguments: dict[str, Any], say: Progress) -> ServerResult:
        """Where the server has forgotten us, it has done nothing: once more, from the beginning."""
        try:
            return await self._call(await self._begun(), name, arguments, say)
        except _SessionForgotten:
            self._ended.set()
        try:
            return await self._call(await self._begun(), name, arguments, say)
        except _SessionForgotten as error:
            raise ServerUnavailable(f"{self.name} forgets its sessions") from error

    async def _call(
        self, session: _Session, name: str, arguments: dict[str, Any], say: Progress
    ) -> ServerResult:
        from mcp import MCPError  # noqa: PLC0415

        async def tell(progress: float, total: float | None, message: str | None) -> None:  # noqa: ARG001
            if message:
                await say(message)

        try:
            result = await session.client.call_tool(name, arguments, progress_callback=tell)
        except MCPError as error:
            if error.message in _CLOSED:
                self._ended.set()
                raise ServerGone(f"{self.name} ended during {name}") from error
            if self.settings.address and error.code in _OF_SESSION:
                raise _SessionForgotten from error
            return ServerResult([{"type": "text", "text": str(error)}], is_error=True)
        except Exception as error:
            log.warning("tool_failed", tool=name, server=self.name, error=type(error).__name__)
            raise ServerGone(f"{self.name}: {last_of(error)}") from error
        blocks = [block.model_dump() for block in result.content]
        return ServerResult(blocks, result.structured_content, result.is_error)

    async def _begun(self) -> _Session:
        """The one that is open, or that is being opened."""
        if self._owner is None or self._owner.done() or self._ended.is_set():
            await self._begin()
        session = self._session
        assert session is not None  # noqa: S101 - `_begin` made it
        return await asyncio.shield(session)

    async def _begin(self) -> None:
        if self._refused_at is not None and time.monotonic() - self._refused_at < _PAUSE:
            raise ServerUnavailable(f"{self.name} could not be begun a moment ago")
        previous, self._ended = self._owner, asyncio.Event()
        self._session = asyncio.get_running_loop().create_future()
        self._owner = asyncio.create_task(self._own(self._session, self._ended, previous))

    async def _own(
        self,
        begun: "asyncio.Future[_Session]",
        ended: asyncio.Event,
        previous: asyncio.Task[None] | None,
    ) -> None:
        if previous:
            await asyncio.wait([previous])
        try:
            async with asyncio.timeout(self.settings.start_seconds) as limit:
                async with self._opened(ended) as client:
                    begun.set_result(_Session(client, await _listed(client)))
                    limit.reschedule(None)
                    self._refused_at = None
                    log.info("server_begun", server=self.name)
                    await ended.wait()
        except Exception as error:  # noqa: BLE001 - groups of groups of them
            self._refuse(begun, error)
        finally:
            ended.set()
            if not begun.done():
                begun.cancel()

    def _refuse(self, begun: "asyncio.Future[_Session]", error: Exception) -> None:
        if begun.done():
            log.info("server_ended", server=self.name, error=last_of(error))
            return
        self._refused_at = time.monotonic()
        reason = last_of(error)
        if isinstance(error, TimeoutError):
            reason = f"nothing was heard within {self.settings.start_seconds:g} s"
        log.warning("server_unavailable", server=self.name, error=reason)
        begun.set_exception(ServerUnavailable(f"{self.name}: {reason}"))
        begun.exception()  # whoever asked may have gone

    @asynccontextmanager
    async def _opened(self, ended: asyncio.Event) -> "AsyncIterator[Client]":
        try:
            from mcp import Client  # noqa: PLC0415
        except ModuleNotFoundError as error:
            raise ServerUnavailable(_NOT_INSTALLED.format(name=error.name)) from error
        logging.getLogger("mcp").setLevel(logging.CRITICAL)  # it writes down what people said
        async with self._transport() as transport:
            client = Client(Watched(transport, ended), message_handler=self._hear())
            async with client:
                yield client

    @asynccontextmanager
    async def _transport(self) -> "AsyncIterator[Transport]":
        from mcp.client.stdio import StdioServerParameters, stdio_client  # noqa: PLC0415
        from mcp.client.streamable_http import streamable_http_client  # noqa: PLC0415
        from mcp.shared._httpx_utils import create_mcp_http_client  # noqa: PLC0415

        values = {name: _required(name) for name in self.settings.variables}
        if self.settings.address:
            token = values.get(self.settings.token)
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            async with create_mcp_http_client(headers) as http:
                yield streamable_http_client(self.settings.address, http_client=http)
            return
        program, *arguments = self.settings.command
        async with logged(self.name, Redactor(values.values())) as errors:
            yield stdio_client(
                StdioServerParameters(
                    command=program, args=arguments, env=values, cwd=self._folder,
                    encoding_error_handler="replace",
                ),
                errors,
            )  # fmt: skip

    def _hear(self) -> "MessageHandlerFnT":
        """What is no answer. A program that prints where it should speak does so a lot."""
        is_told = False

        async def hear(message: "IncomingMessage") -> None:
            nonlocal is_told
            if isinstance(message, Exception) and not is_told:
                is_told = True
                log.warning("server_spoke_nonsense", server=self.name)

        return hear


async def _listed(client: "Client") -> Sequence[Offer]:
    found: list[TheirTool] = []
    cursor = None
    while True:
        page = await client.list_tools(cursor=cursor)
        found += filter(_is_for_us, page.tools)
        cursor = page.next_cursor
        if not cursor or not page.tools or len(found) >= _MOST_TOOLS:
            return [_offer(tool) for tool in found[:_MOST_TOOLS]]


def _is_for_us(tool: "TheirTool") -> bool:
    """Some can only be used as tasks, which one asks for and comes back to."""
    return not tool.execution or tool.execution.task_support != "required"


def _offer(tool: "TheirTool") -> Offer:
    hints = tool.annotations
    return Offer(
        tool.name,
        tool.description or tool.title or tool.name,
        tool.input_schema,
        is_read_only=bool(hints and hints.read_only_hint),
        is_idempotent=bool(hints and hints.idempotent_hint),
    )


def _required(name: str) -> str:
    value = variable(name)
    if value is None:
        raise ServerUnavailable(f"{name} is not set: write it into .env")
    return value


_NOT_INSTALLED = '{name} is not installed: install Homeroom as "homeroom[mcp]"'
