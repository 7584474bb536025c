"""The program, from its settings to its end: opens what `wiring` puts together."""

import asyncio
import gc
import signal
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from bot.config import Settings
from bot.core.ending import end
from bot.core.errors import ConfigError, WayClosed
from bot.core.messages import Attachment, Message
from bot.core.ports.adapter import Adapter, Reads
from bot.core.ports.memory import Memory
from bot.core.ports.onlooker import Nobody, Onlooker, Onlookers
from bot.core.ports.storage import Spent
from bot.crews import Alone, Crew
from bot.homeroom_toml import FILE, AssistantFile
from bot.keeping import keep_telling, tell
from bot.platforms import TABLE
from bot.stores import open_store
from bot.tools.box.opening import open_code
from bot.tools.material import MaterialToolbox, found_in
from bot.tools.opening import open_toolbox
from bot.wiring import Bot, build
from bot.work.holding import Ports
from bot.work.retries import RetryPolicy
from storage.locks import FileLock
from storage.nightly import Nightly
from storage.store import SharedStore, Store, only_terminal

if TYPE_CHECKING:
    from bot.hosting import Host

log = structlog.get_logger()

PAGE = "web"  # the role of a process on whose page one talks
WORKER = "worker"  # the role of a process that answers


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


Opening = Callable[[Memory], Sequence[Adapter]]
"""Opens the adapters, once there is a database for what they have to remember."""


async def serve(  # noqa: PLR0913 - a start has as many sides
    settings: Settings,
    opening: Opening,
    *,
    roles: Collection[str] | None = None,
    weights: Path | None = None,
    retries: RetryPolicy | None = None,
    to_the_end: bool = False,
    announce: Callable[[str], None] | None = None,
) -> None:
    """Answer until an adapter has nothing more to say, or a signal says to stop.

    `roles`: the platforms to listen to, and whether to answer; without them, all there is.
    `to_the_end`: first answer all that is open, also what an earlier process left. `announce`:
    serve the page, health and metrics, and tell it the link that signs somebody in.
    """
    async with (
        _admitted(settings, roles),
        open_store(settings) as store,
        tracing(settings) as traces,
    ):
        assistants = AssistantFile(FILE, TABLE)
        assistants.load()
        # Imported here: the model's library takes most of a second, which only this needs.
        from bot.backends.opening import (  # noqa: PLC0415
            open_backend,
            open_moderator,
            open_transcriber,
        )

        backend = open_backend(settings, store.storage.memos, weights)
        transcriber, moderator = open_transcriber(settings), open_moderator(settings)
        adapters = [*opening(store.storage.memos)]
        code = open_code(settings, partial(_fetched, adapters))
        material = MaterialToolbox(found_in(store.storage.materials))
        toolbox = open_toolbox(
            assistants, store.storage.memos, store.storage.notes, store.clock, [code, material]
        )
        host = None
        if announce is not None:
            # Imported here: whoever only talks in a terminal need not wait for it.
            from bot.hosting import open_host, open_talking  # noqa: PLC0415

            talking = open_talking(store)
            adapters.append(talking)
            heard = _heard(adapters, roles)
            host = open_host(
                settings,
                store,
                backend.name,
                heard,
                talking,
                door=lambda: bot.intake,
                doing=lambda id_: bot.ports.shown.get(id_),  # noqa: PLW0108 - it comes later
                announce=announce,
            )
        try:
            bot = build(
                store.storage,
                adapters,
                backend,
                store.clock,
                assistants=assistants,
                retries=retries,
                redact=settings.redactor(),
                scrub=store.database.scrub,
                at_once=settings.at_once,
                hire=_hire(settings, store),
                onlooker=Onlookers(host.onlooker, traces) if host else traces,
                toolbox=toolbox,
                transcriber=transcriber,
                moderator=moderator,
                unchecked=host.metrics.note_unchecked if host else lambda: None,
            )
            await _work(
                bot, store, host, roles, also=_nightly(settings, store, host), to_the_end=to_the_end
            )
        finally:
            await toolbox.close()
            await backend.close()
            if transcriber is not None:
                await transcriber.close()
            if moderator is not None:
                await moderator.close()


async def _fetched(adapters: Sequence[Adapter], message: Message, attachment: Attachment) -> bytes:
    """What a person attached, from where it was said. Raises BotError."""
    for adapter in adapters:
        if adapter.platform == message.key.platform and isinstance(adapter, Reads):
            return await adapter.fetch(message, attachment)
    raise WayClosed(f"{message.key.platform} has no files")


@asynccontextmanager
async def tracing(settings: Settings) -> AsyncIterator[Onlooker]:
    """Who sends traces, where there is a collector for them. Raises ConfigError."""
    if settings.otel_exporter_otlp_endpoint is None:
        yield Nobody()
        return
    try:
        from bot.telemetry import sending  # noqa: PLC0415 - its libraries are an extra
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"OTEL_EXPORTER_OTLP_ENDPOINT is set, but {error.name} is not installed: "
            'install Homeroom as "homeroom[otel]"'
        ) from error
    with sending(settings.otel_exporter_otlp_endpoint) as traces:
        yield traces


def _hire(settings: Settings, store: Store) -> Callable[[Ports], Crew]:
    if not isinstance(store, SharedStore):
        return Alone
    # Imported here: its libraries are an extra.
    from bot.sharing import Sharing  # noqa: PLC0415

    return partial(Sharing, settings.database_url, store)


def _nightly(
    settings: Settings, store: Store, host: "Host | None"
) -> Sequence[Coroutine[None, None, None]]:
    """Of a file; a server of many is backed up by its own tools."""
    if host is None or settings.is_shared:
        return ()
    path, memos = settings.database_path(), store.storage.memos
    return (Nightly(path, memos, store.clock, host.metrics.note_backup).run(),)


async def _work(  # noqa: PLR0913 - a start has as many sides
    bot: Bot[Crew],
    store: Store,
    host: "Host | None",
    roles: Collection[str] | None,
    *,
    also: Sequence[Coroutine[None, None, None]],
    to_the_end: bool,
) -> None:
    crew, adapters = bot.crew, bot.ports.adapters.values()
    if host is not None:
        await host.open()

    async def listen(adapter: Adapter) -> None:
        await crew.listen(adapter)
        if to_the_end:
            await crew.queue.idle()

    duties = [listen(adapter) for adapter in _heard(adapters, roles)]
    duties += [store.database.watch(), *also]
    if host is not None:
        duties.append(keep_telling(host.readiness.missing))
    if roles is None or WORKER in roles:
        await crew.start()
        duties += [crew.watch(), bot.forgetting.run(), bot.ports.classroom.reminders.run()]
        # The table of prices takes a second to read: not while somebody waits for an answer.
        some_run = Spent(bot.ports.backend.name, "gpt-4o-mini", 1, 0, 1)
        reading = asyncio.create_task(asyncio.to_thread(bot.ports.price, some_run))
        reading.add_done_callback(lambda task: task.cancelled() or task.exception())
    _calm_collector()
    log.info("started", backend=bot.ports.backend.name, platforms=sorted(bot.ports.adapters))
    try:
        await _until_done_or_told(duties)
    finally:
        tell("STOPPING=1")
        if host is not None:
            host.drain()
        await crew.queue.drain(crew.grace)
        await asyncio.gather(*(adapter.close() for adapter in adapters), return_exceptions=True)
        if host is not None:
            await host.close()
        log.info("stopped")


def _heard(adapters: Iterable[Adapter], roles: Collection[str] | None) -> list[Adapter]:
    """Those that are listened to in this process."""
    return [adapter for adapter in adapters if roles is None or adapter.platform in roles]


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
