"""HTTP over aiohttp, as the model's library sees it."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import httpx2
import pytest

from bot.backends.transport import AiohttpTransport
from tests.patience import PATIENCE

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


def plain(body: bytes, *more: str) -> bytes:
    head = ["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *more, "", ""]
    return "\r\n".join(head).encode() + body


async def say_hello(writer: asyncio.StreamWriter) -> None:
    writer.write(plain(b"hello"))


@dataclass
class Server:
    """Answers each request as it is told to, and counts its connections."""

    answer: Answer = say_hello
    connections: int = 0
    left: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                await self.answer(writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            self.left.set()
        finally:
            writer.close()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = Server()
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/"
    yield server
    listening.close()


def client(*, is_local: bool = False, always_anew: bool = False) -> httpx2.AsyncClient:
    transport = AiohttpTransport(is_local=is_local, always_anew=always_anew)
    return httpx2.AsyncClient(transport=transport, timeout=PATIENCE)


@pytest.mark.parametrize(("always_anew", "connections"), [(True, 3), (False, 1)])
async def test_a_connection_is_used_again_only_where_that_is_harmless(
    server: Server, connections: int, *, always_anew: bool
) -> None:
    async with client(always_anew=always_anew) as http:
        for _ in range(3):
            assert (await http.get(server.url)).text == "hello"
    assert server.connections == connections


async def test_a_connection_that_broke_is_not_one_that_was_never_made(server: Server) -> None:
    async def hang_up(writer: asyncio.StreamWriter) -> None:
        writer.close()

    server.answer = hang_up
    async with client() as http:
        with pytest.raises(httpx2.ReadError):
            await http.post(server.url, content=b"")


async def test_a_server_that_is_not_there_was_sent_nothing(server: Server) -> None:
    async with client() as http:
        with pytest.raises(httpx2.ConnectError):
            await http.post("http://127.0.0.1:1/")


async def test_a_server_that_says_nothing_may_have_heard(server: Server) -> None:
    async def keep_silent(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0)

    server.answer = keep_silent
    async with client() as http:
        with pytest.raises(httpx2.ReadTimeout):
            await http.post(server.url, timeout=httpx2.Timeout(PATIENCE, read=0.1))


async def test_an_answer_nobody_reads_to_its_end_is_broken_off(server: Server) -> None:
    async def begin(writer: asyncio.StreamWriter) -> None:
        writer.write(plain(b"hello")[:-2])

    server.answer = begin
    async with client() as http, http.stream("GET", server.url) as answer:
        assert await anext(answer.aiter_bytes())
    async with asyncio.timeout(PATIENCE):
        await server.left.wait()


async def test_what_was_compressed_is_read_once(server: Server) -> None:
    async def compress(writer: asyncio.StreamWriter) -> None:
        writer.write(plain(gzip.compress(b"hello"), "Content-Encoding: gzip"))

    server.answer = compress
    async with client() as http:
        assert (await http.get(server.url)).text == "hello"


@pytest.mark.parametrize("is_local", [True, False])
async def test_a_proxy_is_used_unless_the_server_is_here(
    server: Server, monkeypatch: pytest.MonkeyPatch, *, is_local: bool
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    async with client(is_local=is_local) as http:
        if is_local:
            assert (await http.get(server.url)).text == "hello"
        else:
            with pytest.raises(httpx2.TransportError):
                await http.get(server.url)
