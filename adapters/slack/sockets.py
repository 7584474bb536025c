"""Socket Mode: no public address is needed. A socket that is dead is noticed, and replaced."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import structlog
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp

log = structlog.get_logger()

PING_INTERVAL = 10.0  # seconds; the library gives a silent socket up after four of them
_DEAD_AFTER = 6  # intervals: the library has had its chance


@dataclass(frozen=True, slots=True)
class Health:
    """How long ago Slack was last heard of, in seconds; None: never."""

    is_connected: bool
    silent_for: float | None


class SocketMode:
    def __init__(self, app_token: str, ping_interval: float = PING_INTERVAL) -> None:
        self._app_token = app_token
        self._ping_interval = ping_interval
        self._handler: AsyncSocketModeHandler | None = None
        self._heard_at: float | None = None

    async def run(self, app: AsyncApp) -> None:
        """Listen until cancelled."""
        handler = AsyncSocketModeHandler(app, self._app_token, ping_interval=self._ping_interval)
        handler.client.on_message_listeners.append(self._note)
        self._handler = handler
        try:
            await handler.connect_async()  # type: ignore[no-untyped-call]
            self._heard_at = time.time()
            await self._watch(handler)
        finally:
            await self._close(handler)

    async def health(self) -> Health:
        if self._handler is None:
            return Health(is_connected=False, silent_for=None)
        return Health(await self._handler.client.is_connected(), self._silent_for())

    async def _watch(self, handler: AsyncSocketModeHandler) -> None:
        while True:
            await asyncio.sleep(self._ping_interval)
            silent_for = self._silent_for() or 0.0
            if silent_for > _DEAD_AFTER * self._ping_interval:
                log.warning("socket_dead", silent_for=round(silent_for, 1))
                self._heard_at = time.time()
                with suppress(Exception):  # tried again when it stays silent
                    await handler.client.connect_to_new_endpoint(force=True)

    def _silent_for(self) -> float | None:
        """Since the last envelope or pong."""
        pong = self._handler.client.last_ping_pong_time if self._handler else None
        heard = [at for at in (self._heard_at, pong) if at is not None]
        return max(0.0, time.time() - max(heard)) if heard else None

    async def _note(self, message: Any) -> None:
        self._heard_at = time.time()

    async def _close(self, handler: AsyncSocketModeHandler) -> None:
        client = handler.client
        self._handler = None
        await handler.close_async()  # type: ignore[no-untyped-call]
        tasks = (client.message_processor, client.current_session_monitor, client.message_receiver)
        await asyncio.gather(*(task for task in tasks if task), return_exceptions=True)
