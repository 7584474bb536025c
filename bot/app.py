"""The program, from its settings to its end: opens the premises, and has the duties done there."""

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from pathlib import Path

from bot.config import Settings
from bot.core.errors import ConfigError
from bot.core.ports.adapter import Adapter
from bot.core.ports.memory import Memory
from bot.core.ports.onlooker import Nobody, Onlooker
from bot.duties import Duties
from bot.homeroom_toml import FILE, AssistantFile
from bot.minds import open_minds
from bot.platforms import TABLE
from bot.premises import Premises, opened_tools
from bot.searching import Searching, open_searching
from bot.stores import open_store
from bot.work.retries import RetryPolicy
from storage.locks import FileLock
from storage.store import Store, only_terminal

PAGE = "web"  # the role of a process on whose page one talks


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

    `roles` and `to_the_end` as in `Duties`, `announce` as in `Premises.host`, which is not there
    without it; `weights`: serve this file in place of the configured backend.
    """
    async with (
        _admitted(settings, roles),
        open_store(settings) as store,
        tracing(settings) as traces,
        open_searching(settings, store) as searching,
        _premises(settings, store, searching, opening, weights) as premises,
    ):
        host = premises.host(roles, announce) if announce else None
        await Duties(
            bot=premises.bot(traces, host, retries),
            store=store,
            host=host,
            also=premises.duties(host),
            roles=roles,
            to_the_end=to_the_end,
        ).run()


@asynccontextmanager
async def _premises(
    settings: Settings,
    store: Store,
    searching: Searching,
    opening: Opening,
    weights: Path | None,
) -> AsyncIterator[Premises]:
    assistants = AssistantFile(FILE, TABLE, () if weights else settings.hosts)
    assistants.load()
    memos = store.storage.memos
    async with open_minds(settings, memos, weights) as minds:
        adapters = {adapter.platform: adapter for adapter in opening(memos)}
        finder = searching.finder
        async with opened_tools(settings, store, assistants, adapters, finder) as toolbox:
            yield Premises(
                settings=settings,
                store=store,
                assistants=assistants,
                minds=minds,
                searching=searching,
                adapters=adapters,
                toolbox=toolbox,
            )


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
