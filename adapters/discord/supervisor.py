"""Keeps the bot connected: whatever ends a client, another one is begun, later and later."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import discord
import structlog

from adapters.discord.client import HomeroomClient
from bot.errors import ConfigError, PlatformUnavailable

log = structlog.get_logger()

_FIRST, _LONGEST = 1.0, 300.0  # seconds between two clients
_SOUND = 60.0  # a client that lived this long was not the fault
_GOODBYE = 2.0  # for the gateway to say it, too
_PATIENCE = 10.0  # for a client to log in

MakeClient = Callable[[bool], HomeroomClient]
"""Makes a client; whether it is to ask for the message-content intent."""


class Supervisor:
    """discord.py reconnects and resumes by itself; this is for what it gives up on."""

    def __init__(
        self, make: MakeClient, token: str, *, reads_messages: bool, first_wait: float = _FIRST
    ) -> None:
        self._make = make
        self._token = token
        self._reads_messages = reads_messages
        self._first_wait = first_wait
        self._client: HomeroomClient | None = None
        self._is_logged_in = asyncio.Event()

    async def run(self) -> None:
        """Until it is cancelled, or the token turns out to be none."""
        wait = self._first_wait
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            await self._live()
            wait = self._first_wait if loop.time() - began > _SOUND else min(wait * 2, _LONGEST)
            log.info("reconnecting", seconds=wait)
            await asyncio.sleep(wait)

    async def client(self) -> HomeroomClient:
        """The client that is logged in; waits a little for it after a start."""
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._is_logged_in.wait()
        except TimeoutError:
            raise PlatformUnavailable("not logged in to Discord") from None
        if self._client is None:
            raise PlatformUnavailable("logged out of Discord")
        return self._client

    async def _live(self) -> None:
        """One client's life.

        It is a task of its own: before Python 3.12 `wait_for`, which the library uses while it
        connects, may swallow a cancellation, and the bot would not end.
        """
        client = self._make(self._reads_messages)
        life = asyncio.create_task(self._connect(client))
        try:
            await asyncio.wait([life])
        finally:
            self._is_logged_in.clear()
            self._client = None
            await _end(life)
            await _close(client)
        life.result()

    async def _connect(self, client: HomeroomClient) -> None:
        """Only a token that is wrong ends the bot."""
        try:
            await client.login(self._token)
            self._client = client
            self._is_logged_in.set()
            await client.connect()
        except discord.LoginFailure as error:
            raise ConfigError("DISCORD_TOKEN is not accepted by Discord") from error
        except discord.PrivilegedIntentsRequired:
            self._do_without_content()
        except Exception:
            log.exception("client_ended")

    def _do_without_content(self) -> None:
        """Mentions, replies, slash commands and direct messages are there without the intent."""
        if not self._reads_messages:
            raise ConfigError("Discord refuses the intents, though none of them is privileged")
        log.warning("message_content_refused", mend="Developer Portal > Bot > Message Content")
        self._reads_messages = False


async def _end(life: asyncio.Task[None]) -> None:
    while not life.done():
        life.cancel()
        await asyncio.wait([life], timeout=0.1)


async def _close(client: HomeroomClient) -> None:
    """Within seconds, also when the other side does not answer (aiohttp would wait for 30)."""
    with suppress(TimeoutError, AttributeError):  # the latter: it was never set up
        async with asyncio.timeout(_GOODBYE):
            await client.close()
    await client.http.close()
