"""A file that was put beside the log of another is noticed before a word is mixed or lost."""

import asyncio
import shutil
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path

import pytest

from bot.core.errors import StorageDamaged
from bot.core.messages import Author, ConversationKey, Message
from storage.belonging import require_own_log
from storage.copying import copy
from storage.examine import examine
from storage.migrate import backup, migrate
from storage.nightly import checked_copy
from storage.restoring import restore
from storage.store import Store, open_file
from tests.patience import PATIENCE

KEY = ConversationKey("test", "class", "general")
SIDES = ("", "-wal", "-shm", ".brand")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "homeroom.db"


@asynccontextmanager
async def working(path: Path) -> AsyncIterator[Store]:
    """As the process that works on it."""
    async with open_file(path) as store:
        before = brands(path)
        watch = asyncio.create_task(store.database.watch())
        await eventually(lambda: len(brands(path)) == 1 and brands(path) != before)
        yield store
        watch.cancel()
        with suppress(asyncio.CancelledError):
            await watch


async def eventually(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not is_so():  # noqa: ASYNC110 - a file tells nobody
            await asyncio.sleep(0.001)


def brands(path: Path) -> list[str]:
    notes = path.with_name(f"{path.name}.brand")
    return notes.read_text().split() if notes.exists() else []


async def say(store: Store, *texts: str) -> None:
    for text in texts:
        await store.storage.turns.add(Message(KEY, text, Author("u", "Ada"), text), 1000.0)


async def killed(path: Path, *texts: str) -> None:
    """A process says this, and dies: what it leaves is what lies there in mid-work."""
    async with working(path) as store:
        await say(store, *texts)
        left = {side: _beside(path, side).read_bytes() for side in SIDES}
    for side, data in left.items():
        _beside(path, side).write_bytes(data)


def _beside(path: Path, side: str) -> Path:
    return path.with_name(path.name + side)


def texts(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as database:
        return [row[0] for row in database.execute("SELECT text FROM turns ORDER BY id")]


def everything(path: Path) -> dict[str, bytes]:
    return {one.name: one.read_bytes() for one in path.parent.glob(f"{path.name}*")}


async def old_one(path: Path) -> Path:
    target = path.with_name("old.db")
    async with working(path) as store:
        await say(store, "old")
        await backup(path, target)
    return target


async def test_a_killed_process_leaves_what_is_gone_on_with(path: Path) -> None:
    for text in ("one", "two", "three"):
        await killed(path, text)
    async with working(path):
        pass
    assert texts(path) == ["one", "two", "three"]


async def test_a_backup_of_the_same_hour_beside_the_log_is_noticed_by_all(path: Path) -> None:
    target = path.with_name("old.db")
    async with working(path) as store:
        await say(store, "old")
        await backup(path, target)
        await say(store, "newest")
        left = {side: _beside(path, side).read_bytes() for side in SIDES}
    for side, data in left.items():
        _beside(path, side).write_bytes(data)
    shutil.copyfile(target, path)
    before = everything(path)
    for opening in (
        migrate(path),
        examine(path),
        backup(path, path.with_name("another.db")),
        copy(path, "postgresql://127.0.0.1:1/none"),
    ):
        with pytest.raises(StorageDamaged, match=r"is not the file that homeroom\.db-wal"):
            await opening
    assert everything(path) == before


async def test_the_copy_of_the_night_is_another_file_as_well(path: Path) -> None:
    await killed(path, "old")
    async with working(path):
        await checked_copy(path, path.with_name("night.db"))
    await killed(path, "new")
    shutil.copyfile(path.with_name("night.db"), path)
    with pytest.raises(StorageDamaged):
        require_own_log(path)


@pytest.mark.parametrize("is_there", [True, False], ids=["emptied", "removed"])
async def test_a_file_that_is_gone_takes_its_log_along_with_no_word(
    path: Path, *, is_there: bool
) -> None:
    await killed(path, "one")
    path.unlink()
    if is_there:
        path.touch()
    with pytest.raises(StorageDamaged):
        await migrate(path)
    assert _beside(path, "-wal").stat().st_size > 0


async def test_restoring_puts_both_aside_and_nothing_is_lost(path: Path) -> None:
    target = await old_one(path)
    await killed(path, "newest")
    mains = path.read_bytes()
    shutil.copyfile(target, path)
    _, kept = await restore(target, path)
    assert kept
    assert texts(path) == ["old"]
    (log,) = path.parent.glob("*.log-alone-wal")
    assert texts(kept) == ["old"]  # it is no mixture
    assert log.name.startswith(kept.name)
    rescued = path.with_name("rescued.db")  # what the old file was goes with its log
    rescued.write_bytes(mains)
    shutil.copyfile(log, _beside(rescued, "-wal"))
    assert texts(rescued) == ["old", "newest"]


async def test_the_old_file_put_back_is_gone_on_with(path: Path) -> None:
    target = await old_one(path)
    await killed(path, "newest")
    aside = shutil.copyfile(path, path.with_name("aside"))
    shutil.copyfile(target, path)
    with pytest.raises(StorageDamaged):
        await migrate(path)
    shutil.copyfile(aside, path)
    await migrate(path)
    assert texts(path) == ["old", "newest"]


async def test_a_backup_with_no_log_beside_it_is_taken_and_may_crash_at_once(path: Path) -> None:
    target = await old_one(path)
    shutil.copyfile(target, path)
    async with open_file(path) as store:  # nobody works on it: it has no brand yet
        await say(store, "new")
        left = {side: _beside(path, side).read_bytes() for side in SIDES}
    for side, data in left.items():
        _beside(path, side).write_bytes(data)
    await migrate(path)
    assert texts(path) == ["old", "new"]


@pytest.mark.parametrize("notes", [None, b"", b"\xff", b"x\n"])
async def test_where_nobody_noted_anything_nothing_is_said(path: Path, notes: bytes | None) -> None:
    await killed(path, "one")
    brand = _beside(path, ".brand")
    brand.unlink()
    if notes is not None:
        brand.write_bytes(notes)
    await migrate(path)
    assert texts(path) == ["one"]


async def test_a_reader_in_the_way_leaves_both_brands(path: Path) -> None:
    async with open_file(path) as store:
        await say(store, "one")
        with closing(sqlite3.connect(path)) as shell:
            shell.execute("BEGIN")
            shell.execute("SELECT * FROM turns").fetchall()
            await say(store, "two")
            watch = asyncio.create_task(store.database.watch())
            await eventually(lambda: len(brands(path)) > 1)
            require_own_log(path)
            assert len(brands(path)) == 2
            watch.cancel()
            with suppress(asyncio.CancelledError):
                await watch


async def test_a_folder_that_takes_no_notes_stops_nobody(path: Path) -> None:
    _beside(path, ".brand.partial").mkdir()
    async with open_file(path) as store:
        watch = asyncio.create_task(store.database.watch())
        await say(store, "one")
        watch.cancel()
        with suppress(asyncio.CancelledError):
            await watch
    assert texts(path) == ["one"]


_READER = """
import sqlite3, sys
reader = sqlite3.connect(sys.argv[1])
reader.execute("SELECT count(*) FROM turns").fetchall()
reader.close()
"""


async def test_a_reader_of_another_process_leaves_the_log_where_it_is(path: Path) -> None:
    """Whoever works on a file has looked at it, and still holds his locks."""
    async with working(path) as store:
        await say(store, "one")
        require_own_log(path)  # as the doctor does, on the page
        reader = await asyncio.create_subprocess_exec(sys.executable, "-c", _READER, path)
        assert await reader.wait() == 0
        await say(store, "two")
    assert texts(path) == ["one", "two"]
