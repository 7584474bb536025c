"""The OpenAI library's client for a server."""

from contextlib import suppress
from ipaddress import ip_address

import httpx2
from openai import AsyncOpenAI, DefaultAsyncHttpx2Client

from bot.backends.openai_errors import NO_KEY
from bot.backends.transport import AiohttpTransport

_CONNECT = 5.0  # seconds


class Client(AsyncOpenAI):
    """The library's client, which can also do without most of the library."""

    async def get_plainly(self, path: str, headers: httpx2.Headers) -> httpx2.Response:
        """GET a path once, with the headers of an earlier request; raises `httpx2` errors.

        That costs a third of what it takes the library to make a request and read its answer.
        """
        request = httpx2.Request("GET", f"{self.base_url}{path}", headers=headers)
        return await self._client.send(request)


def open_client(base_url: str | None, key: str | None, seconds: float) -> Client:
    """`seconds` is the patience with one request, or with one pause in its stream."""
    return _open(base_url, key, seconds, AiohttpTransport(is_local=_is_loopback(base_url)))


def open_chat_client(base_url: str | None, key: str | None, seconds: float) -> Client:
    """The same for one long request a turn, which is never sent on a connection that was used.

    The server may be closing that one, and whether it took the request is then unknown.
    """
    transport = AiohttpTransport(is_local=_is_loopback(base_url), always_anew=True)
    return _open(base_url, key, seconds, transport)


def _is_loopback(base_url: str | None) -> bool:
    """Whether the server is on this machine, which no proxy has to be asked about."""
    try:
        host = httpx2.URL(base_url or "").host
    except httpx2.InvalidURL:
        return False
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost" or host.endswith(".localhost")


def _open(
    base_url: str | None, key: str | None, seconds: float, transport: AiohttpTransport
) -> Client:
    timeout = httpx2.Timeout(seconds, connect=_CONNECT)
    return Client(
        base_url=base_url,
        api_key=key or NO_KEY,  # the library wants one even for servers that do not
        timeout=timeout,
        http_client=DefaultAsyncHttpx2Client(transport=transport, timeout=timeout),
    )
