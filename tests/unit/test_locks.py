"""One process at a time works on a database file."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.core.errors import ConfigError
from storage.locks import FileLock

OWNER = """
import sys
from pathlib import Path
from storage.locks import FileLock
FileLock(Path(sys.argv[1])).acquire()
print("locked", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "my class.db"


@contextmanager
def owner_of(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock."""
    command = [sys.executable, "-c", OWNER, str(path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "locked\n"
        try:
            yield process
        finally:
            process.kill()


def test_a_database_in_use_is_refused_naming_file_and_process(path: Path) -> None:
    with owner_of(path) as owner, pytest.raises(ConfigError) as caught:
        FileLock(path).acquire()
    assert f"{path} is in use by another Homeroom (process {owner.pid})" in str(caught.value)


def test_the_lock_of_a_killed_process_is_free(path: Path) -> None:
    with owner_of(path):
        pass
    lock = FileLock(path).acquire()
    with pytest.raises(ConfigError, match=str(os.getpid())):
        FileLock(path).acquire()
    lock.release()


def test_a_second_lock_in_the_same_process_is_refused(path: Path) -> None:
    lock = FileLock(path).acquire()
    with pytest.raises(ConfigError, match=str(os.getpid())):
        FileLock(path).acquire()
    lock.release()
    FileLock(path).acquire().release()


def test_a_lock_can_be_released_twice_and_taken_again(path: Path) -> None:
    lock = FileLock(path).acquire()
    lock.release()
    lock.release()
    again = lock.acquire()
    with pytest.raises(ConfigError):
        FileLock(path).acquire()
    again.release()


def test_two_databases_have_two_locks(path: Path) -> None:
    locks = [FileLock(one).acquire() for one in (path, path.with_name("other.db"))]
    for one in (path, path.with_name("other.db")):
        with pytest.raises(ConfigError, match=one.name):
            FileLock(one).acquire()
    for lock in locks:
        lock.release()


def test_a_shorter_process_id_leaves_nothing_of_a_longer_one(path: Path) -> None:
    file = path.with_name("my class.db.lock")
    file.write_text("123456789\n", encoding="ascii")
    lock = FileLock(path).acquire()
    assert file.read_text(encoding="ascii") == f"{os.getpid()}\n"
    lock.release()


def test_a_lock_holds_on_a_full_disk(path: Path) -> None:
    path.with_name("my class.db.lock").symlink_to("/dev/full")
    lock = FileLock(path).acquire()
    with pytest.raises(ConfigError, match="in use"):
        FileLock(path).acquire()
    lock.release()


@pytest.mark.parametrize("place", ["no folder/homeroom.db", "folder", "/proc/homeroom.db"])
def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path, place: str) -> None:
    (tmp_path / "folder.lock").mkdir()
    with pytest.raises(ConfigError, match="cannot be written"):
        FileLock(tmp_path / place).acquire()
