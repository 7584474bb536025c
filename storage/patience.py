"""Procrastinate's way to the database, made to outlast a restart of it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, LiteralString, TypeVar

import structlog
from procrastinate import PsycopgConnector
from procrastinate.connector import Notify
from procrastinate.exceptions import ConnectorException
from psycopg.errors import RaiseException

from storage.connections import PASSING

log = structlog.get_logger()

T = TypeVar("T")

_PAUSE = 0.5  # seconds
_SILENCE = 6.0  # seconds for an answer: as long as for a statement of our own


class PatientConnector(PsycopgConnector):
    """Waits for a database that is away: left to itself, the engine's worker ends over it."""

    is_patient = True

    async def execute_query_async(self, query: LiteralString, **arguments: Any) -> None:
        """What ends a job or puts it back; one that is not ours any more is left alone."""
        run = super().execute_query_async
        try:
            await self._patiently(lambda: run(query, **arguments))
        except ConnectorException as error:
            if not isinstance(error.__cause__, RaiseException):
                raise
            log.info("job_taken_over", job=arguments.get("job_id"))

    async def execute_query_one_async(
        self, query: LiteralString, **arguments: Any
    ) -> dict[str, Any]:
        run = super().execute_query_one_async
        return await self._patiently(lambda: run(query, **arguments))

    async def listen_notify(self, on_notification: Notify, channels: Iterable[str]) -> None:
        listen = super().listen_notify
        await self._patiently(lambda: listen(on_notification, channels), limit=None)

    async def _patiently(
        self, action: Callable[[], Awaitable[T]], limit: float | None = _SILENCE
    ) -> T:
        while True:
            try:
                async with asyncio.timeout(limit):
                    return await action()
            except (ConnectorException, TimeoutError) as error:
                if not (self.is_patient and _is_away(error)):
                    raise
                await asyncio.sleep(_PAUSE)


def _is_away(error: BaseException) -> bool:
    return isinstance(error, TimeoutError) or isinstance(error.__cause__, PASSING)
