"""HTTP over aiohttp for the model's library, at half of what its own transport costs.

The adapter that the library brings along is not used: it reports a connection that broke as one
that was never made, and then a run that may have begun would be started, and paid, again.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from urllib.request import getproxies

import aiohttp
import httpx2
import yarl
from multidict import CIMultiDict

from bot.backends.openai_errors import expect
from bot.core.errors import brief

_SLICE = 256 * 1024  # bytes


class AiohttpTransport(httpx2.AsyncBaseTransport):
    """`is_local`: no proxy is asked. `always_anew`: no connection is used twice."""

    def __init__(self, *, is_local: bool = False, always_anew: bool = False) -> None:
        self._is_local = is_local
        self._always_anew = always_anew
        self._session: aiohttp.ClientSession | None = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        session = self._session = self._session or self._open()
        with _aiohttp_errors(), _address_errors(request):
            answer = await session.request(
                request.method,
                yarl.URL(str(request.url), encoded=True),
                headers=CIMultiDict(request.headers.multi_items()),
                data=await _body(request),
                allow_redirects=False,
                timeout=_timeout(request),
            )
        return httpx2.Response(
            answer.status, headers=answer.raw_headers, stream=_Body(answer), request=request
        )

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()

    def _open(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            limit=0, force_close=self._always_anew, ssl=httpx2.create_ssl_context()
        )
        return aiohttp.ClientSession(
            connector=connector,
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            # Without a proxy the library would still look into files, in a thread, each time.
            trust_env=not self._is_local and bool(getproxies()),
        )


async def _body(request: httpx2.Request) -> bytes | AsyncIterator[bytes] | None:
    """What is large goes a piece at a time: as one, what the network has no room for is copied."""
    if int(request.headers.get("content-length", 0)) > _SLICE:
        return _slices(request)
    return await request.aread() or None


async def _slices(request: httpx2.Request) -> AsyncIterator[bytes]:
    async for chunk in expect(request.stream, httpx2.AsyncByteStream):
        for begin in range(0, len(chunk), _SLICE):
            yield chunk[begin : begin + _SLICE]


class _Body(httpx2.AsyncByteStream):
    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _aiohttp_errors():
            async for chunk in self._answer.content.iter_any():
                yield chunk

    async def aclose(self) -> None:
        """The connection of a body that was not read to its end is closed with it."""
        self._answer.close()


def _timeout(request: httpx2.Request) -> aiohttp.ClientTimeout:
    wanted = request.extensions.get("timeout", {})
    connect, read = wanted.get("connect"), wanted.get("read")
    return aiohttp.ClientTimeout(total=None, sock_connect=connect, sock_read=read)


@contextmanager
def _address_errors(request: httpx2.Request) -> Iterator[None]:
    """What no waiting mends: an address, of the server or of a proxy, that cannot be used."""
    try:
        yield
    except aiohttp.ClientHttpProxyError as error:
        if error.status in {400, 403, 407}:
            raise httpx2.ProxyError(f"the proxy says {error.status}") from error
        raise httpx2.ConnectError(f"the proxy says {error.status}") from error
    except aiohttp.InvalidURL as error:
        if request.url.scheme in {"http", "https"} and request.url.host:
            raise httpx2.ProxyError("the proxy's address cannot be used") from error
        raise httpx2.UnsupportedProtocol("the address cannot be used") from error


@contextmanager
def _aiohttp_errors() -> Iterator[None]:
    """What was certainly not sent is told from what may have been."""
    try:
        yield
    except aiohttp.ConnectionTimeoutError as error:
        raise httpx2.ConnectTimeout(str(error)) from error
    except aiohttp.ClientConnectorError as error:
        raise httpx2.ConnectError(str(error)) from error
    except TimeoutError as error:
        raise httpx2.ReadTimeout(str(error)) from error
    except (aiohttp.ClientError, OSError) as error:
        raise httpx2.ReadError(brief(error)) from error
