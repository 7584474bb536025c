"""The OpenAI library's client for a server."""

from contextlib import suppress
from ipaddress import ip_address
from typing import Any

import httpx2
from openai import APIConnectionError, AsyncOpenAI, AsyncStream, DefaultAsyncHttpx2Client

from bot.backends.bodies import Body, body_of
from bot.backends.openai_errors import NO_KEY, expect
from bot.backends.transport import AiohttpTransport

_CONNECT = 5.0  # seconds


class Client(AsyncOpenAI):
    """The library's client, which can also do without most of the library."""

    # Of a POST by the library; without its body, which may hold files.
    _made: tuple[httpx2.Headers, Any] | None = None

    async def get_plainly(self, path: str, headers: httpx2.Headers) -> httpx2.Response:
        """GET a path once, with the headers of an earlier request; raises `httpx2` errors.

        That costs a third of what it takes the library to make a request and read its answer.
        """
        request = httpx2.Request("GET", f"{self.base_url}{path}", headers=headers)
        return await self._client.send(request)

    async def post_plainly(self, path: str, body: dict[str, Any]) -> httpx2.Response:
        """POST once; the answer, of which nothing is read yet. Raises the library's errors.

        The first of a client that repeats nothing is made by the library; the others are sent with
        the headers of that one, past what makes requests out of its options.
        """
        made = self._made
        if made is None or self.max_retries:
            return await self._post(path, body)
        (headers, timeout), content = made, body_of(body)
        request = httpx2.Request(
            "POST",
            f"{self.base_url}{path.removeprefix('/')}",
            headers={**headers, **_length(content)},
            content=content,
            extensions={"timeout": timeout},
        )
        try:
            response = await self._client.send(request, stream=True)
        except Exception as error:
            raise APIConnectionError(request=request) from error
        if response.is_error:
            await response.aread()
            raise self._make_status_error_from_response(response)
        return response

    async def _post(self, path: str, body: dict[str, Any]) -> httpx2.Response:
        content = body_of(body)
        response: object = await self.post(
            path,
            cast_to=httpx2.Response,
            content=content,
            options={"headers": _length(content)},
            stream=True,
            stream_cls=AsyncStream[object],
        )
        answer = expect(response, httpx2.Response)
        made = [*answer.history, answer][0].request
        self._made = (lasting(made.headers), made.extensions["timeout"])
        return answer


def _length(body: bytes | Body) -> dict[str, str]:
    """Said for what is sent in pieces, too: not every server takes a body without."""
    return {"content-length": str(len(body))}


def lasting(headers: httpx2.Headers) -> httpx2.Headers:
    """What is the same in every request."""
    own = ("cookie", "content-length", "idempotency-key")
    return httpx2.Headers([(name, v) for name, v in headers.multi_items() if name not in own])


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
