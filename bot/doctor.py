"""Checks a set-up: each finding comes with the line that mends it."""

import os
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from importlib.metadata import packages_distributions, version

from bot.config import Settings, load_settings, unknown_names
from bot.core.checks import Check, Level
from bot.core.errors import BotError, ConfigError, StorageDamaged
from bot.core.ports.memory import Memory
from bot.core.text import plural
from bot.core.tool_settings import is_meant
from bot.homeroom_toml import FILE, AssistantFile, read_catalogue
from bot.loops import FAST, fast_loop
from bot.platforms import TABLE, require_complete, set_up
from bot.stores import open_store
from bot.tools.box.opening import UnfitBox, no_files, open_box, open_code
from bot.tools.box.toolbox import RUN_PYTHON
from bot.tools.checks import check_tools
from bot.tools.chest import Drawer
from bot.tools.material import MaterialToolbox, nothing_found
from bot.trial import NothingKept, check_model, check_moderation
from storage.examine import Findings, examine
from storage.filesystem import network_file_system
from storage.store import extra

_FOLDERS = ("bot", "adapters", "storage")  # names that others have given their packages, too
_AT_FIRST = "at the first start"
_LONG_QUEUE = 20  # questions that wait for one another
_SCARCE = 100 * 1024 * 1024  # bytes of free disk


async def check_all(*, may_ask: bool = False) -> AsyncIterator[Check]:
    """Configuration, database, model, platforms: in the order in which they need one another.

    `may_ask`: the model may be asked something, which costs.
    """
    try:
        settings = load_settings()
    except ConfigError as error:
        yield Check("configuration", Level.FAILURE, str(error), "mend it in .env")
        return
    complete = _guarded("configuration", lambda: require_complete(settings), "mend it in .env")
    yield complete
    for name in sorted(set(unknown_names()) - _of_servers()):
        yield Check(
            "configuration", Level.WARNING, f".env sets {name}, which is no setting",
            "compare with .env.example",
        )  # fmt: skip
    for other in strangers():
        words = f"{other} is installed over folders of the same name as Homeroom's"
        yield Check("installation", Level.WARNING, words, "install Homeroom in a venv of its own")
    yield _guarded("assistants", lambda: _describe_file(settings), f"mend it in {FILE}")
    for check in filter(None, (_check_loop(), await _check_code(settings))):
        yield check
    database = await _check_database(settings)
    yield database
    async for check in _check_tools(settings, database):
        yield check
    if complete.level is Level.OK and _costs_without_end(settings):
        words = f"{settings.openai_model} costs money, and no budget says how much"
        yield Check("budget", Level.WARNING, words, f'budget = "5 USD a day" in {FILE}')
    if complete.level is Level.OK:  # else we might ask a server nobody meant
        async for check in _check_servers(settings, may_ask=may_ask):
            yield check
        async for check in _check_platforms(settings):
            yield check


def strangers() -> list[str]:
    """Distributions that share a folder with ours, of which one has overwritten the other."""
    owners = packages_distributions()
    found = {owner for folder in _FOLDERS for owner in owners.get(folder, ())}
    return sorted(found - {"homeroom"})


def _guarded(name: str, look: Callable[[], str | None], mend: str) -> Check:
    """`look` says what it found, if there is more to say than that it is complete."""
    try:
        return Check(name, Level.OK, look() or "complete")
    except ConfigError as error:
        return Check(name, Level.FAILURE, str(error), mend)


def _describe_file(settings: Settings) -> str:
    catalogue = AssistantFile(FILE, TABLE, settings.hosts).load()
    count, places = len(catalogue.assistants), len(catalogue.settings)
    where = f"in {FILE}" if FILE.exists() else f"without a {FILE}"
    return f"{plural(count, 'assistant')}, and settings of {plural(places, 'place')}, {where}"


def _of_servers() -> set[str]:
    """Variables that are in `.env` for servers of tools."""
    with suppress(ConfigError):
        servers = read_catalogue(FILE, TABLE).servers.values()
        return {name for server in servers for name in server.variables}
    return set()


async def _check_tools(settings: Settings, database: Check) -> AsyncIterator[Check]:
    file = AssistantFile(FILE, TABLE)
    try:
        catalogue = file.load()
    except ConfigError:
        return  # which is told already
    if not catalogue.tools.files and not catalogue.servers:
        return
    others: Sequence[Drawer] = [open_code(settings, no_files), MaterialToolbox(nothing_found)]
    async with _looked_up(settings, database) as memory:
        async for check in check_tools(file, memory, time.time, others):
            yield check


@asynccontextmanager
async def _looked_up(settings: Settings, database: Check) -> AsyncIterator[Memory]:
    """What is remembered, where a database is there, and up to date: a look changes nothing."""
    if database.level is not Level.OK or database.finding.endswith(_AT_FIRST):
        yield NothingKept()
        return
    async with open_store(settings) as store:
        yield NothingKept(store.storage.memos)


def _costs_without_end(settings: Settings) -> bool:
    from bot.prices import price_of  # noqa: PLC0415 - the price table is large

    asked = (settings.backend_name, settings.openai_model)
    if not price_of(*asked, input_tokens=1000, cached=0, output_tokens=1000):
        return False
    try:
        catalogue = read_catalogue(FILE, TABLE)
    except ConfigError:
        return False  # which is told already
    places = catalogue.settings.values()
    return not (catalogue.budget or any("budget" in place for place in places))


def _check_loop() -> Check | None:
    found = f"{FAST} {version(FAST)}" if fast_loop() else ""
    return Check("event loop", Level.OK, found) if found else None


async def _check_code(settings: Settings) -> Check | None:
    """Where programs run, if an assistant may have any run."""
    try:
        assistants = read_catalogue(FILE, TABLE).assistants.values()
    except ConfigError:
        return None  # which is told already
    if not any(is_meant(RUN_PYTHON, one.tools) for one in assistants):
        return None
    try:
        box = await open_box(settings.code, settings.code_libraries)
    except UnfitBox as error:
        return Check("code", Level.WARNING, f"no programs are run: {error}", _MEND_BOX)
    return Check("code", Level.OK, f"programs run in {box.name}: {box.can}")


async def _check_database(settings: Settings) -> Check:
    return await (_check_server(settings) if settings.is_shared else _check_file(settings))


async def _check_server(settings: Settings) -> Check:
    try:
        with extra():
            from storage import machines  # noqa: PLC0415 - its libraries are an extra
        findings = await machines.examine(settings.database_url)
    except BotError as error:
        return Check("database", Level.FAILURE, str(error), "check DATABASE_URL and its server")
    if findings is None:
        return Check("database", Level.OK, f"PostgreSQL is empty: filled {_AT_FIRST}")
    return _judge("PostgreSQL", findings)


async def _check_file(settings: Settings) -> Check:
    try:
        path = settings.database_path()
        findings = await examine(path)
    except StorageDamaged as error:
        return Check("database", Level.FAILURE, str(error), "homeroom restore a backup")
    except BotError as error:
        return Check("database", Level.FAILURE, str(error), "check DATABASE_URL and its file")
    if findings is None and not os.access(path.absolute().parent, os.W_OK):
        return Check("database", Level.FAILURE, f"{path} cannot be made there", "set DATABASE_URL")
    if kind := network_file_system(path.absolute()):
        words = (
            f"{path} lies on {kind}, which several machines share: SQLite's log is not made for it"
        )
        return Check("database", Level.WARNING, words, "use a local disk, or PostgreSQL")
    if findings is None:
        return Check("database", Level.OK, f"{path} will be made {_AT_FIRST}")
    return _judge(str(path), findings)


def _judge(path: str, findings: Findings) -> Check:
    sound = Check("database", Level.OK, f"{path} is sound, schema {findings.version}")
    return next(_faults(path, findings), sound)


def _faults(path: str, findings: Findings) -> Iterator[Check]:
    """The worst first."""
    version = f"schema {findings.version}"
    if findings.problems:
        mend = "homeroom restore a backup"
        yield Check("database", Level.FAILURE, findings.problems[0], mend)
    if findings.version > findings.newest_version:
        yield Check("database", Level.FAILURE, f"{path} is newer: {version}", "upgrade Homeroom")
    if not findings.is_private:
        words = f"{path} can be read by others on this machine"
        yield Check("database", Level.WARNING, words, f"chmod 600 {path}*")
    if findings.version < findings.newest_version:
        yield Check("database", Level.WARNING, f"{path} has {version}", "homeroom migrate")
    if findings.free_bytes is not None and findings.free_bytes < _SCARCE:
        yield Check("database", Level.WARNING, "less than 100 MB of disk are free", "make room")
    if findings.queue and findings.queue.waiting >= _LONG_QUEUE:
        words = f"{findings.queue.waiting} questions wait in one conversation, {findings.queue.key}"
        mend = 'give each person one: conversation = "person" (docs/classes.md), or set a limit'
        yield Check("database", Level.WARNING, words, mend)


async def _check_servers(settings: Settings, *, may_ask: bool) -> AsyncIterator[Check]:
    async for check in check_model(settings, may_ask=may_ask):
        yield check
    if moderation := await check_moderation(settings):
        yield moderation


async def _check_platforms(settings: Settings) -> AsyncIterator[Check]:
    for platform in set_up(settings):
        async for check in platform.check(settings):
            yield check
    if not set_up(settings):
        yield Check("platforms", Level.OK, "no tokens: `homeroom run` talks in the terminal")


_MEND_BOX = "docs/code.md says what a box takes; CODE=off if none is wanted"
