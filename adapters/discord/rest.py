"""The way out: requests to Discord that need no gateway, logged in when somebody makes the first.

So answers are posted while the gateway is gone, at a shut-down, and by a process that hears
nothing at all.
"""

import asyncio

import discord

from adapters.discord.errors import discord_errors
from adapters.discord.limiter import Gate
from bot.core.errors import OutcomeUnknown, PlatformUnavailable

_PATIENCE = 30.0  # seconds for a login


class Rest:
    def __init__(self, token: str, gate: Gate) -> None:
        self._token = token
        self.gate = gate
        self._logging_in = asyncio.Lock()
        self._client: discord.Client | None = None
        self._is_closed = False

    async def client(self) -> discord.Client:
        """A client that is logged in, and never connected."""
        async with self._logging_in:
            if self._client is None and not self._is_closed:
                self._client = await self._log_in()
            if self._is_closed:  # perhaps just now
                await self.close()
                raise PlatformUnavailable("the way to Discord is closed")
            assert self._client  # noqa: S101 - it was logged in above
            return self._client

    async def close(self) -> None:
        """Nothing will be posted any more."""
        self._is_closed = True
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    async def _log_in(self) -> discord.Client:
        client = discord.Client(
            intents=discord.Intents(guilds=True),  # the library warns of none at all
            max_messages=None,
            max_ratelimit_timeout=60.0,
            http_trace=self.gate.trace(),
        )
        try:
            await self._greet(client)
        except BaseException:
            await client.close()
            raise
        return client

    async def _greet(self, client: discord.Client) -> None:
        try:
            with discord_errors():
                async with asyncio.timeout(_PATIENCE):
                    await client.login(self._token)
        except OutcomeUnknown as error:  # but nothing can have been posted
            raise PlatformUnavailable(str(error)) from error
