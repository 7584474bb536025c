"""A backup takes the database's place whole, and nothing is lost over it."""

import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from bot.core.errors import ConfigError, StorageDamaged
from bot.core.messages import Author, ConversationKey, Message
from storage.locks import FileLock
from storage.migrate import backup, known_migrations, migrate
from storage.restoring import Backup, restore
from storage.store import open_file

NOW = 1000.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "homeroom.db"


async def say(path: Path, *texts: str) -> None:
    key = ConversationKey("test", "class", "general")
    async with open_file(path) as store:
        for text in texts:
            await store.storage.turns.add(Message(key, text, Author("u", "Ada"), text), NOW)


def texts(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as database:
        return [row[0] for row in database.execute("SELECT text FROM turns ORDER BY id")]


def leave_a_log(path: Path, text: str) -> None:
    """As a process that was killed leaves it: its newest words stand beside the file."""
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("UPDATE turns SET text = ?", [text])
    copies = {side: path.with_name(path.name + side).read_bytes() for side in ("-wal", "-shm")}
    before = path.read_bytes()
    database.close()
    path.write_bytes(before)
    for side, data in copies.items():
        path.with_name(path.name + side).write_bytes(data)


async def test_a_backup_is_what_is_there_and_the_old_file_is_kept_whole(path: Path) -> None:
    await say(path, "before")
    await backup(path, path.with_name("old.db"))
    await say(path, "after")
    leave_a_log(path, "newest")
    found, kept = await restore(path.with_name("old.db"), path)
    assert (found, texts(path)) == (Backup(known_migrations()[-1].version, 1, 1), ["before"])
    assert kept
    assert texts(kept) == ["newest", "newest"]


async def test_a_log_that_belongs_to_a_damaged_file_is_moved_with_it(path: Path) -> None:
    await say(path, "before")
    await backup(path, path.with_name("old.db"))
    leave_a_log(path, "newest")
    path.write_bytes(b"no database at all" * 1000)
    _, kept = await restore(path.with_name("old.db"), path)
    assert kept
    assert kept.with_name(f"{kept.name}-wal").exists()
    assert not path.with_name("homeroom.db-wal").exists()
    assert texts(path) == ["before"]


@pytest.mark.parametrize(("answers_open", "left"), [(True, 1), (False, 0)])
async def test_what_was_open_in_a_backup_is_answered_only_where_that_is_said(
    path: Path, *, answers_open: bool, left: int
) -> None:
    await say(path, "answered since")
    await backup(path, path.with_name("old.db"))
    found, _ = await restore(path.with_name("old.db"), path, answers_open=answers_open)
    assert (found.turns, found.open) == (1, 1)
    async with open_file(path) as store:
        key = ConversationKey("test", "class", "general")
        assert len(await store.storage.looks.open_turns(key, 9)) == left


async def test_where_there_is_nothing_a_backup_is_put_there(path: Path) -> None:
    await say(path, "before")
    await backup(path, path.with_name("old.db"))
    path.unlink()
    assert (await restore(path.with_name("old.db"), path))[1] is None
    assert texts(path) == ["before"]


async def test_a_dry_run_changes_nothing(path: Path) -> None:
    await say(path, "before")
    await backup(path, path.with_name("old.db"))
    await say(path, "after")
    found, kept = await restore(path.with_name("old.db"), path, dry_run=True)
    assert (found.turns, kept, texts(path)) == (1, None, ["before", "after"])
    assert {file.name for file in path.parent.iterdir()} == {
        "homeroom.db", "homeroom.db.lock", "old.db"
    }  # fmt: skip


@pytest.mark.parametrize("version", [one.version for one in known_migrations()])
async def test_a_backup_of_every_schema_there_was_is_restored_and_opened(
    path: Path, version: int
) -> None:
    old = path.with_name("old.db")
    await migrate(old, [one for one in known_migrations() if one.version <= version])
    with closing(sqlite3.connect(old, isolation_level=None)) as database:
        database.execute("INSERT INTO conversations (key, created_at) VALUES ('test:a:b', 1)")
        database.execute(
            "INSERT INTO turns (conversation_id, message_key, message_id, author_id, author_name,"
            " text, accepted_at) VALUES (1, 'k', 'k', 'u', 'Ada', 'then', 1)"
        )
    found, _ = await restore(old, path)
    await say(path, "now")
    assert (found.version, texts(path)) == (version, ["then", "now"])


async def test_a_database_in_use_is_left_alone(path: Path) -> None:
    await say(path, "before")
    await backup(path, path.with_name("old.db"))
    lock = FileLock(path).acquire()
    with pytest.raises(ConfigError, match="in use"):
        await restore(path.with_name("old.db"), path)
    lock.release()


async def test_what_is_no_sound_backup_is_refused_and_changes_nothing(path: Path) -> None:
    await say(path, "here")
    other, text, newer = (path.with_name(name) for name in ("other.db", "text.db", "newer.db"))
    with closing(sqlite3.connect(other)) as database:
        database.execute("CREATE TABLE turns (id)")
    text.write_text("words" * 1000)
    await backup(path, newer)
    with closing(sqlite3.connect(newer)) as database:
        database.execute("PRAGMA user_version = 99")
    for file in (other, text, newer):
        with pytest.raises(StorageDamaged, match=file.name):
            await restore(file, path)
    for file in (path, path.with_name("nowhere.db")):
        with pytest.raises(ConfigError):
            await restore(file, path)
    assert texts(path) == ["here"]


async def test_only_the_owner_may_read_the_database_and_its_copies(path: Path) -> None:
    before = os.umask(0)
    try:
        await say(path, "secret")
        await backup(path, path.with_name("old.db"))
        await restore(path.with_name("old.db"), path)
        async with open_file(path) as store:
            await store.database.fetch("UPDATE turns SET text = 'new'", {})
            modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    finally:
        os.umask(before)
    assert modes == dict.fromkeys(modes, 0o600)
    assert "homeroom.db-wal" in modes


@pytest.mark.parametrize("version", [one.version for one in known_migrations()])
async def test_a_backup_of_each_schema_there_ever_was_is_restored_and_brought_up_to_date(
    version: int, path: Path, tmp_path: Path
) -> None:
    old = tmp_path / "old.db"
    await migrate(old, known_migrations()[:version])
    with closing(sqlite3.connect(old, isolation_level=None)) as database:
        database.execute("INSERT INTO conversations VALUES (1, 'test:class:general:', 0, 1000)")
        database.execute(
            "INSERT INTO turns (conversation_id, message_key, message_id, author_id, author_name,"
            " text, state, accepted_at) VALUES (1, 'test:1', '1', 'u', 'Ada', 'of old', 'done', 1)"
        )
    await say(path, "of now")
    found, kept = await restore(old, path)
    assert (found, texts(path)) == (Backup(version, 1), ["of old"])
    assert kept is not None
    await say(path, "and on")
    assert texts(path) == ["of old", "and on"]
