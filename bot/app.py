"""The composition root: the only place that wires."""

import asyncio
import gc
import signal
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from pathlib import Path
from typing import Protocol

import structlog

from bot.config import Settings
from bot.core.assistants import FILE, AssistantFile
from bot.core.ending import end
from bot.core.ports.adapter import Adapter
from bot.core.ports.backend import Backend
from bot.core.ports.queue import Queue
from bot.core.ports.storage import Storage
from bot.work.commands import CommandBackend
from bot.work.holding import Ports
from bot.work.intake import Intake
from bot.work.retries import RetryPolicy
from bot.work.worker import Worker
from storage.lanes import InProcessQueue
from storage.locks import FileLock
from storage.store import Store, only_terminal, open_file, open_server

log = structlog.get_logger()

WORKER = "worker"  # the role of a process that answers


def open_store(settings: Settings) -> AbstractAsyncContextManager[Store]:
    if settings.is_shared:
        return open_server(settings.database_url)
    return open_file(settings.database_path())


@asynccontextmanager
async def locked(settings: Settings) -> AsyncIterator[None]:
    """Only one process at a time answers out of a database file."""
    lock = FileLock(settings.database_path()).acquire()
    try:
        yield
    finally:
        lock.release()


def _admitted(
    settings: Settings, roles: Collection[str] | None
) -> AbstractAsyncContextManager[None]:
    """Any number may share a server, but for terminals: nobody knows which one was asked."""
    if not settings.is_shared:
        return locked(settings)
    return nullcontext() if roles else only_terminal(settings.database_url)


class Crew(Protocol):
    """Who works, and how it is listened: alone, or as one process of several."""

    grace: float  # seconds that work in flight gets at a shut-down

    @property
    def queue(self) -> Queue: ...

    @property
    def worker(self) -> Worker: ...

    async def listen(self, adapter: Adapter) -> None: ...

    async def watch(self) -> None:
        """What goes on besides the work."""


class Alone:
    grace = 3.2  # with all else below five; what is longer is taken up by the next start

    def __init__(self, ports: Ports) -> None:
        self.queue = InProcessQueue(ports.clock)
        self.worker = Worker(ports, self.queue)

    async def listen(self, adapter: Adapter) -> None:
        await adapter.listen()

    async def watch(self) -> None:
        await asyncio.Event().wait()


Opening = Callable[[Storage], Sequence[Adapter]]
"""Opens the adapters, once there is a database for what they have to remember."""


async def serve(  # noqa: PLR0913 - a start has as many sides
    settings: Settings,
    opening: Opening,
    *,
    roles: Collection[str] | None = None,
    weights: Path | None = None,
    retries: RetryPolicy | None = None,
    to_the_end: bool = False,
) -> None:
    """Answer until an adapter has nothing more to say, or a signal says to stop.

    `roles`: the platforms to listen to, and whether to answer; without them, all there is.
    `to_the_end`: first answer all that is open, also what an earlier process left.
    """
    async with _admitted(settings, roles), open_store(settings) as store:
        assistants = AssistantFile(FILE)
        assistants.load()
        # Imported here: the model's library takes most of a second, which only this needs.
        from bot.backends.opening import open_backend  # noqa: PLC0415

        backend = open_backend(settings, store.turns, weights)
        try:
            adapters = opening(store.turns)
            ports = _ports(store, backend, assistants, adapters, retries or RetryPolicy())
            crew = _open_crew(settings, store, ports)
            await _work(crew, ports, adapters, roles, to_the_end=to_the_end)
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
        commands=CommandBackend(store.turns, assistants, store.clock, backend),
        assistants=assistants,
        clock=store.clock,
        retries=retries,
    )


def _open_crew(settings: Settings, store: Store, ports: Ports) -> Crew:
    if not settings.is_shared:
        return Alone(ports)
    # Imported here: its libraries are an extra.
    from bot.sharing import Sharing  # noqa: PLC0415

    return Sharing(settings.database_url, store, ports)


async def _work(
    crew: Crew,
    ports: Ports,
    adapters: Sequence[Adapter],
    roles: Collection[str] | None,
    *,
    to_the_end: bool,
) -> None:
    intake = Intake(ports.storage, ports.assistants, crew.worker, ports.clock)

    async def listen(adapter: Adapter) -> None:
        await crew.listen(adapter)
        if to_the_end:
            await crew.queue.idle()

    for adapter in adapters:
        adapter.open(intake)
    duties = [listen(adapter) for adapter in adapters if roles is None or adapter.platform in roles]
    if roles is None or WORKER in roles:
        await crew.worker.start()
        duties.append(crew.watch())
    _calm_collector()
    log.info("started", backend=ports.backend.name, platforms=sorted(ports.adapters))
    try:
        await _until_done_or_told(duties)
    finally:
        await crew.queue.drain(crew.grace)
        await asyncio.gather(*(adapter.close() for adapter in adapters), return_exceptions=True)
        log.info("stopped")


def _calm_collector() -> None:
    """Make the pauses of the garbage collector fewer and shorter: they were 100 ms and more.

    What is imported stays, so it need not be looked through again; and what is in hand in a rush is
    looked through whole less often.
    """
    gc.freeze()
    young, middle, _ = gc.get_threshold()
    gc.set_threshold(max(young, 1000), middle, 30)


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
        await end(tasks)
