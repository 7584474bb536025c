"""Keeps the bot connected: whatever ends a client, another one is begun, later and later."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import aiohttp
import discord
import structlog

from adapters.discord.client import HomeroomClient
from adapters.discord.pace import DiscordWaits
from adapters.discord.reach import Reach
from bot.core.errors import ConfigError, PlatformUnavailable, StartAnew

log = structlog.get_logger()

_LONGEST = 300.0  # seconds between two clients
_PATIENCE = 3600.0  # with a wait that Discord names
_SOUND = 60.0  # a client that lived this long was not the fault
# With the last words within the five seconds of a shut-down, most of which belong to the answers:
_GOODBYE = 0.5  # for the gateway to say it, too
_MORE_SHARDS = 4011  # Discord's code for a bot that has grown too large for those it asked for
_AWAY = (OSError, aiohttp.ClientError, discord.HTTPException, discord.GatewayNotFound)

MakeClient = Callable[[bool], HomeroomClient]
"""Makes a client; whether it is to ask for the message-content intent."""


class Supervisor:
    """discord.py reconnects and resumes by itself; this is for what it gives up on."""

    def __init__(
        self,
        make: MakeClient,
        token: str,
        reach: Reach,
        waits: DiscordWaits,
        *,
        reads_messages: bool,
    ) -> None:
        self._make = make
        self._token = token
        self._reach = reach
        self._waits = waits
        self._reads_messages = reads_messages

    async def run(self) -> None:
        """Until it is cancelled, or the token turns out to be none."""
        wait = first = self._waits.between_clients
        loop = asyncio.get_running_loop()
        with self._reach.watching():
            while True:
                began = loop.time()
                named = await self._live()
                wait = first if loop.time() - began > _SOUND else min(wait * 2, _LONGEST)
                await asyncio.sleep(longer(wait, named))

    async def _live(self) -> float | None:
        """One client's life; returns for how long Discord wants to be left alone, if it says so.

        It is a task of its own: before Python 3.12 `wait_for`, which the library uses while it
        connects, may swallow a cancellation, and the bot would not end.
        """
        client = self._make(self._reads_messages)
        life = asyncio.create_task(self._connect(client))
        try:
            await asyncio.wait([life])
        finally:
            await _end(life)
            await client.inbox.settle(self._waits.last_words)
            await _close(client, _GOODBYE)
        return life.result()

    async def _connect(self, client: HomeroomClient) -> float | None:
        """Only what no new client can mend ends the bot."""
        try:
            await client.login(self._token)
            await client.connect()
        except discord.LoginFailure as error:
            raise ConfigError("DISCORD_TOKEN is not accepted by Discord") from error
        except discord.PrivilegedIntentsRequired:
            self._do_without_content()
        except discord.ConnectionClosed as error:
            if error.code == _MORE_SHARDS and client.group:
                raise StartAnew("Discord wants more shards now: start the bot anew") from error
            log.error("connection_refused", code=error.code)  # noqa: TRY400
        except (discord.RateLimited, PlatformUnavailable) as error:
            self._reach.lost(error)
            return error.retry_after
        except _AWAY as error:
            self._reach.lost(error)
        except Exception:
            log.exception("client_ended")
        return None

    def _do_without_content(self) -> None:
        """Mentions, replies, slash commands and direct messages are there without the intent."""
        if not self._reads_messages:
            raise ConfigError("Discord refuses the intents, though none of them is privileged")
        log.warning("message_content_refused", mend="Developer Portal > Bot > Message Content")
        self._reads_messages = False


def longer(wait: float, named: float | None) -> float:
    """Seconds until the next client: no shorter than ours, and an hour at most."""
    return max(wait, min(named or 0.0, _PATIENCE))


async def _end(life: asyncio.Task[Any]) -> None:
    while not life.done():
        life.cancel()
        await asyncio.wait([life], timeout=0.1)


async def _close(client: HomeroomClient, within: float) -> None:
    """Within seconds, also when the other side does not answer (aiohttp would wait for 30)."""
    with suppress(TimeoutError, AttributeError):  # the latter: it was never set up
        async with asyncio.timeout(within):
            await client.close()
    await client.http.close()
