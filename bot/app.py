"""The composition root: the only place that wires."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog

from bot.assistants import FILE, AssistantFile
from bot.commands import CommandBackend
from bot.config import Settings
from bot.errors import ConfigError
from bot.holding import Ports
from bot.intake import Intake
from bot.ports import Adapter, Backend, Storage
from bot.retries import RetryPolicy
from bot.worker import Worker
from storage.lanes import InProcessQueue
from storage.locks import FileLock
from storage.migrate import migrate
from storage.records import SqlRecords
from storage.sqlite import SqliteDatabase
from storage.turns import SqlStorage

log = structlog.get_logger()

_GRACE = 4.0  # seconds that work in flight gets at a shut-down; what is longer is taken up again


@dataclass(frozen=True, slots=True)
class Store:
    """The database, opened and up to date, and the two views of it."""

    database: SqliteDatabase
    turns: SqlStorage
    records: SqlRecords


@asynccontextmanager
async def open_store(settings: Settings) -> AsyncIterator[Store]:
    path = settings.database_path()
    if path.is_dir():
        raise ConfigError(f"DATABASE_URL: {path} is a folder and no file")
    if not path.absolute().parent.is_dir():
        raise ConfigError(f"DATABASE_URL: there is no folder {path.parent}")
    await migrate(path)
    database = await SqliteDatabase.open(path)
    try:
        yield Store(database, SqlStorage(database), SqlRecords(database))
    finally:
        await database.close()


@asynccontextmanager
async def locked(settings: Settings) -> AsyncIterator[None]:
    """Only one process at a time answers out of a database."""
    lock = FileLock(settings.database_path()).acquire()
    try:
        yield
    finally:
        lock.release()


Opening = Callable[[Storage, AssistantFile], Sequence[Adapter]]
"""Opens the adapters, once there is a database for what they have to remember."""


async def serve(
    settings: Settings,
    opening: Opening,
    *,
    weights: Path | None = None,
    retries: RetryPolicy | None = None,
    to_the_end: bool = False,
) -> None:
    """Answer until an adapter has nothing more to say, or a signal says to stop.

    `to_the_end`: first answer all that is open, also what an earlier process left.
    """
    async with locked(settings), open_store(settings) as store:
        assistants = AssistantFile(FILE)
        assistants.load()
        # Imported here: the model's library takes most of a second, which only this needs.
        from bot.backends.opening import open_backend  # noqa: PLC0415

        backend = open_backend(settings, store.turns, weights)
        try:
            adapters = opening(store.turns, assistants)
            ports = _ports(store, backend, assistants, adapters, retries or RetryPolicy())
            await _work(ports, adapters, to_the_end=to_the_end)
        finally:
            await backend.close()


def _ports(
    store: Store,
    backend: Backend,
    assistants: AssistantFile,
    adapters: Sequence[Adapter],
    retries: RetryPolicy,
) -> Ports:
    return Ports(
        storage=store.turns,
        adapters={adapter.platform: adapter for adapter in adapters},
        backend=backend,
        commands=CommandBackend(store.turns, assistants, time.time, backend.name),
        assistants=assistants,
        clock=time.time,
        retries=retries,
    )


async def _work(ports: Ports, adapters: Sequence[Adapter], *, to_the_end: bool) -> None:
    queue = InProcessQueue(ports.clock)
    worker = Worker(ports, queue)
    intake = Intake(ports.storage, ports.assistants, worker, ports.clock)

    async def listen(adapter: Adapter) -> None:
        await adapter.listen()
        if to_the_end:
            await queue.idle()

    for adapter in adapters:
        adapter.open(intake)
    await worker.start()
    log.info("started", backend=ports.backend.name, platforms=sorted(ports.adapters))
    try:
        await _until_done_or_told([listen(adapter) for adapter in adapters])
    finally:
        await queue.drain(_GRACE)
        await asyncio.gather(*(adapter.close() for adapter in adapters), return_exceptions=True)
        log.info("stopped")


async def _until_done_or_told(listening: Sequence[Coroutine[None, None, object]]) -> None:
    """Listen until the first one has ended, or SIGTERM or SIGINT comes."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    tasks = [asyncio.create_task(one) for one in (*listening, told.wait())]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
