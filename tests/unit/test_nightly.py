"""A backup each night: made, checked, and only then an old one let go."""

import shutil
import sqlite3
import stat
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.core.errors import StorageDamaged, StorageUnavailable
from bot.core.messages import Author, ConversationKey, Message
from storage.nightly import MADE, Nightly, kept, next_night
from storage.restoring import restore
from storage.store import open_file
from tests.fakes.memory import FakeMemory

NIGHT = datetime(2026, 11, 28, 3, 0, tzinfo=UTC)
WORDS = "what nobody shall read again " * 400


class Clock:
    def __init__(self, at: datetime = NIGHT) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at.timestamp()


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    path = tmp_path / "homeroom.db"
    key = ConversationKey("test", "class", "general")
    async with open_file(path) as store:
        await store.storage.turns.add(Message(key, "1", Author("u", "Ada"), WORDS), 1000.0)
    return path


def nightly_of(path: Path, clock: Clock | None = None, memory: FakeMemory | None = None) -> Nightly:
    return Nightly(path, memory or FakeMemory(), clock or Clock(), lambda at, size: None)


def names(path: Path) -> list[str]:
    return sorted(one.name for one in (path.parent / "backups").iterdir())


async def test_a_backup_is_named_by_its_time_private_and_can_be_restored(path: Path) -> None:
    told: list[tuple[float, int]] = []
    memory = FakeMemory()
    made = await Nightly(path, memory, Clock(), lambda *one: told.append(one)).back_up()
    assert names(path) == ["homeroom-2026-11-28T0300Z.db"] == [made.name]
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    assert stat.S_IMODE(made.parent.stat().st_mode) == 0o700
    assert told == [(NIGHT.timestamp(), made.stat().st_size)]
    assert await memory.recall(MADE) == str(NIGHT.timestamp())
    found, _ = await restore(made, path)
    assert found.turns == 1


async def test_what_was_deleted_is_not_in_it(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA secure_delete = off")
        database.execute("UPDATE turns SET text = ''")
    made = await nightly_of(path).back_up()
    assert b"nobody shall read" not in made.read_bytes()


async def test_it_is_made_while_somebody_writes(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        database.execute("UPDATE turns SET text = 'not yet'")
        made = await nightly_of(path).back_up()
        database.execute("COMMIT")
    with closing(sqlite3.connect(made)) as copy:
        assert copy.execute("SELECT text FROM turns").fetchone()[0] == WORDS


def test_seven_days_four_weeks_and_six_months_are_kept() -> None:
    all_year = [NIGHT - timedelta(days=day) for day in range(365)]
    found = sorted((at.date().isoformat() for at in kept(all_year)), reverse=True)
    days = [f"2026-11-{day}" for day in range(28, 21, -1)]
    assert found == [*days, "2026-11-15", "2026-11-08", "2026-10-31", "2026-09-30",
                     "2026-08-31", "2026-07-31", "2026-06-30"]  # fmt: skip
    assert kept([]) == set()


async def test_old_ones_go_and_what_is_not_ours_stays(path: Path) -> None:
    folder = path.parent / "backups"
    folder.mkdir()
    for name in ("mine.db", "homeroom-2020-01-01.db", "other-2020-01-01T0300Z.db"):
        (folder / name).write_text("x")
    for day in range(1, 31):
        (folder / f"homeroom-2026-10-{day:02}T0300Z.db").write_text("x")
    await nightly_of(path).back_up()
    ours = [name for name in names(path) if name.startswith("homeroom-2026")]
    assert len(ours) < 12
    assert "homeroom-2026-11-28T0300Z.db" in ours
    assert {"mine.db", "homeroom-2020-01-01.db", "other-2020-01-01T0300Z.db"} < set(names(path))


async def test_one_that_is_not_sound_takes_no_other_s_place(path: Path) -> None:
    await nightly_of(path).back_up()
    before = names(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA foreign_keys = off")
        database.execute("INSERT INTO votes VALUES (99, 'u', 'up', '', 0)")
    clock = Clock(NIGHT + timedelta(days=1))
    with pytest.raises(StorageDamaged):
        await nightly_of(path, clock).back_up()
    assert names(path) == before


async def test_where_there_is_no_room_nothing_is_begun(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = shutil.disk_usage(path.parent)._replace(free=0)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: full)
    with pytest.raises(StorageUnavailable, match="room"):
        await nightly_of(path).back_up()
    assert names(path) == []


async def test_one_is_due_at_three_and_at_once_where_it_was_missed(path: Path) -> None:
    memory, clock = FakeMemory(), Clock()
    job = nightly_of(path, clock, memory)
    assert await job._wait() == 0
    await memory.remember(MADE, str(clock() - 27 * 3600))
    assert await job._wait() == 0
    await memory.remember(MADE, str(clock() - 3600))
    assert 0 < await job._wait() <= 24 * 3600 + 1800
    night = datetime.fromtimestamp(next_night(clock())).astimezone()
    assert (night.hour, night.minute) == (3, 0)
