"""A file that goes away under the process: nothing more is taken, and the file is named."""

import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from bot.core.errors import StorageGone, StorageUnavailable
from bot.core.messages import Author, ConversationKey, Message
from storage.store import Store, open_file

KEY = ConversationKey("test", "class", "general")


def say(number: int) -> Message:
    return Message(KEY, str(number), Author("u", "Ada"), "Hello")


def move(path: Path) -> None:
    path.with_name("away").mkdir()
    for file in path.parent.glob("homeroom.db*"):
        file.rename(path.with_name("away") / file.name)


def remove(path: Path) -> None:
    for file in path.parent.glob("homeroom.db*"):
        file.unlink()


def replace(path: Path) -> None:
    shutil.copy(path, path.with_name("other"))
    path.with_name("other").rename(path)


def remove_the_log(path: Path) -> None:
    path.with_name("homeroom.db-wal").unlink()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_file(tmp_path / "homeroom.db") as store:
        await store.storage.turns.add(say(1), 1.0)
        yield store


@pytest.mark.parametrize("fault", [move, remove, replace, remove_the_log])
async def test_what_goes_to_a_file_nobody_will_find_is_not_acknowledged(
    store: Store, tmp_path: Path, fault: Callable[[Path], None]
) -> None:
    fault(tmp_path / "homeroom.db")
    for number in (2, 3):
        with pytest.raises(StorageUnavailable, match=r"homeroom\.db"):
            await store.storage.turns.add(say(number), 1.0)
    with pytest.raises(StorageGone, match=r"homeroom\.db"):
        await store.database.watch()


async def test_a_file_that_is_there_is_taken_for_what_it_is(store: Store, tmp_path: Path) -> None:
    (tmp_path / "homeroom.db").touch()
    await store.database.fetch("PRAGMA wal_checkpoint(TRUNCATE)", {})
    assert (await store.storage.turns.add(say(2), 1.0)).turn_id
