"""Opens the OpenAI library's client for a server."""

import httpx2
from openai import AsyncOpenAI, DefaultAsyncHttpx2Client

from bot.backends.transport import AiohttpTransport

_CONNECT = 5.0  # seconds


def open_client(base_url: str | None, key: str | None, seconds: float) -> AsyncOpenAI:
    """`seconds` is the patience with one request, or with one pause in its stream."""
    return _open(base_url, key, seconds, AiohttpTransport())


def open_chat_client(
    base_url: str | None, key: str | None, seconds: float, *, is_local: bool = False
) -> AsyncOpenAI:
    """The same for one long request a turn, which is never sent on a connection that was used.

    The server may be closing that one, and whether it took the request is then unknown.
    `is_local`: the server is in this process, whatever proxy the environment names.
    """
    transport = AiohttpTransport(is_local=is_local, always_anew=True)
    return _open(base_url, key, seconds, transport)


def _open(
    base_url: str | None, key: str | None, seconds: float, transport: AiohttpTransport
) -> AsyncOpenAI:
    timeout = httpx2.Timeout(seconds, connect=_CONNECT)
    return AsyncOpenAI(
        base_url=base_url,
        api_key=key or "none",  # the library wants one even for servers that do not
        timeout=timeout,
        http_client=DefaultAsyncHttpx2Client(transport=transport, timeout=timeout),
    )
