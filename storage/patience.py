"""Procrastinate's way to the database, made to outlast a restart of it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, LiteralString, TypeVar

import psycopg
import structlog
from procrastinate import PsycopgConnector
from procrastinate.connector import Notify
from procrastinate.exceptions import ConnectorException
from psycopg.errors import RaiseException

log = structlog.get_logger()

T = TypeVar("T")

_PAUSE = 0.5  # seconds


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
        await self._patiently(lambda: listen(on_notification, channels))

    async def _patiently(self, action: Callable[[], Awaitable[T]]) -> T:
        while True:
            try:
                return await action()
            except ConnectorException as error:
                if not (self.is_patient and _is_away(error.__cause__)):
                    raise
                await asyncio.sleep(_PAUSE)


def _is_away(error: BaseException | None) -> bool:
    return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
