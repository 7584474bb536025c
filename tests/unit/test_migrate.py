"""The schema goes forward only, never half a step, and never without a copy."""

import asyncio
import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from bot.core.errors import ConfigError, StorageDamaged, StorageUnavailable
from storage.examine import examine
from storage.migrate import Migration, backup, known_migrations, migrate
from storage.sqlite import SqliteDatabase
from tests.patience import PATIENCE

FIRST = """
-- People; a line with a ; in a comment.
CREATE TABLE people (name TEXT NOT NULL);
CREATE TRIGGER once AFTER INSERT ON people BEGIN
    UPDATE people SET name = name || ';' WHERE rowid = new.rowid;
END;
-- The end.
"""
SECOND = """ALTER TABLE people ADD COLUMN age INTEGER;
UPDATE people SET age = 17;"""
FAILING = {
    "its SQL": SECOND + "\nINSERT INTO nowhere VALUES (1);",
    "its view of the data": SECOND + "\nCREATE UNIQUE INDEX one ON people (age);",
}

PROCESS = """
import asyncio, json, sys
from pathlib import Path
from storage.migrate import known_migrations, migrate
print("ready", flush=True)
sys.stdin.readline()
applied = asyncio.run(migrate(Path(sys.argv[1]), known_migrations(Path(sys.argv[2]))))
print(json.dumps(list(applied)))
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "homeroom.db"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of two migrations."""
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "0001_people.sql").write_text(FIRST, encoding="utf-8")
    (folder / "0002_ages.sql").write_text(SECOND, encoding="utf-8")
    (folder / "notes.txt").write_text("no migration", encoding="utf-8")
    return folder


@pytest.fixture
async def old(path: Path, folder: Path) -> Path:
    """A database of the first version, with two people in it."""
    await migrate(path, known_migrations(folder)[:1])
    run(path, "INSERT INTO people VALUES ('Ada'), ('Grace')")
    return path


def run(path: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(statement).fetchall()


def version(path: Path) -> object:
    return run(path, "PRAGMA user_version")[0][0]


def files(path: Path) -> list[str]:
    return sorted(file.name for file in path.parent.iterdir() if file.is_file())


def scratch(path: Path) -> None:
    """Spoil the second page a little: where its free space begins."""
    with path.open("r+b") as file:
        file.seek(4096 + 5)
        file.write(b"\x00\x09")


def damage(path: Path) -> None:
    """Spoil the second page, where the first table is."""
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\x07" * 4096)


async def test_a_new_file_gets_the_whole_schema(path: Path) -> None:
    assert await migrate(path) == [migration.name for migration in known_migrations()]
    assert version(path) == known_migrations()[-1].version
    assert await migrate(path) == []
    assert files(path) == ["homeroom.db"]


def test_our_own_migrations_are_numbered_without_a_gap() -> None:
    versions = [migration.version for migration in known_migrations()]
    assert versions == list(range(1, len(versions) + 1))


async def test_an_older_schema_is_copied_and_brought_up_to_date(old: Path, folder: Path) -> None:
    assert await migrate(old, known_migrations(folder)) == ["0002_ages.sql"]
    assert run(old, "SELECT * FROM people") == [("Ada;", 17), ("Grace;", 17)]
    copy = old.with_name("homeroom.db.before-0002.bak")
    assert version(copy) == 1
    assert run(copy, "SELECT * FROM people") == [("Ada;",), ("Grace;",)]
    assert files(old) == ["homeroom.db", copy.name]


@pytest.mark.parametrize("reason", FAILING)
async def test_a_failing_migration_leaves_schema_and_data_as_they_were(
    old: Path, folder: Path, reason: str
) -> None:
    before = run(old, "SELECT * FROM sqlite_schema")
    (folder / "0002_ages.sql").write_text(FAILING[reason], encoding="utf-8")
    for _ in range(2):
        with pytest.raises(StorageDamaged, match=r"0002_ages\.sql failed, nothing changed"):
            await migrate(old, known_migrations(folder))
    assert version(old) == 1
    assert run(old, "SELECT * FROM sqlite_schema") == before
    assert run(old, "SELECT * FROM people") == [("Ada;",), ("Grace;",)]


async def test_steps_before_a_failing_one_stay_taken(old: Path, folder: Path) -> None:
    (folder / "0003_more.sql").write_text("nonsense", encoding="utf-8")
    with pytest.raises(StorageDamaged, match="0003_more"):
        await migrate(old, known_migrations(folder))
    assert version(old) == 2


async def test_a_new_file_has_all_steps_or_none(path: Path, folder: Path) -> None:
    (folder / "0003_more.sql").write_text("nonsense", encoding="utf-8")
    with pytest.raises(StorageDamaged, match="0003_more"):
        await migrate(path, known_migrations(folder))
    assert version(path) == 0
    assert run(path, "SELECT * FROM sqlite_schema") == []
    (folder / "0003_more.sql").unlink()
    assert await migrate(path, known_migrations(folder)) == ["0001_people.sql", "0002_ages.sql"]
    assert files(path) == ["homeroom.db"]


async def test_without_a_sound_copy_nothing_is_changed(old: Path, folder: Path) -> None:
    scratch(old)
    before = old.read_bytes()
    with pytest.raises(StorageDamaged, match="copy is not sound"):
        await migrate(old, known_migrations(folder))
    assert old.read_bytes() == before
    assert files(old) == ["homeroom.db"]


def test_processes_that_migrate_at_once_take_each_step_once(path: Path, folder: Path) -> None:
    asyncio.run(migrate(path, known_migrations(folder)[:1]))
    run(path, "INSERT INTO people VALUES ('Ada')")
    command = [sys.executable, "-c", PROCESS, str(path), str(folder)]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    applied = _let_go(processes)
    assert sorted(applied) == [[], [], [], ["0002_ages.sql"]]
    assert run(path, "SELECT * FROM people") == [("Ada;", 17)]
    copy = path.with_name("homeroom.db.before-0002.bak")
    assert version(copy) == 1


def test_processes_that_start_at_once_on_a_new_file_all_find_it_ready(
    path: Path, folder: Path
) -> None:
    command = [sys.executable, "-c", PROCESS, str(path), str(folder)]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    applied = _let_go(processes)
    assert sorted(step for steps in applied for step in steps) == [
        "0001_people.sql",
        "0002_ages.sql",
    ]


def _let_go(processes: Sequence[subprocess.Popen[str]]) -> list[list[str]]:
    for process in processes:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    outputs = [process.communicate(timeout=PATIENCE)[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * len(processes)
    return [json.loads(output.splitlines()[-1]) for output in outputs]


async def test_a_newer_schema_is_refused_and_left_alone(path: Path) -> None:
    await migrate(path)
    run(path, "PRAGMA user_version = 99")
    before = path.read_bytes()
    with pytest.raises(StorageDamaged, match=r"newer Homeroom \(schema 99"):
        await migrate(path)
    assert path.read_bytes() == before
    findings = await examine(path)
    assert findings
    assert findings.version == 99 > findings.newest_version


async def test_a_file_that_is_no_database_is_refused_and_left_alone(path: Path) -> None:
    path.write_text("Dear diary, " * 500, encoding="utf-8")
    for step in (migrate(path), backup(path, path.with_name("copy.db")), examine(path)):
        with pytest.raises(StorageDamaged, match=str(path)):
            await step
    assert path.read_text(encoding="utf-8") == "Dear diary, " * 500
    assert files(path) == ["homeroom.db"]


@pytest.mark.parametrize("place", ["no folder/homeroom.db", ".", "/proc/homeroom.db"])
async def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, place: str) -> None:
    path = tmp_path / place
    with pytest.raises(StorageUnavailable, match=f"{path}: unable to open"):
        await migrate(path)


async def test_a_database_that_is_locked_is_left_for_later(old: Path, folder: Path) -> None:
    with closing(sqlite3.connect(old, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        outcomes = await asyncio.gather(
            migrate(old, known_migrations(folder)),
            backup(old, old.with_name("copy.db")),
            examine(old),
            SqliteDatabase.open(old),
            return_exceptions=True,
        )
        other.execute("ROLLBACK")
    assert [str(outcome) for outcome in outcomes] == [f"{old}: database is locked"] * 4
    assert {type(outcome) for outcome in outcomes} == {StorageUnavailable}
    assert files(old) == ["homeroom.db"]
    assert await migrate(old, known_migrations(folder)) == ["0002_ages.sql"]


async def test_a_full_disk_leaves_the_old_schema(old: Path, folder: Path) -> None:
    # Ten pages of four thousand bytes each do not hold a megabyte.
    filling = "PRAGMA max_page_count = 10;\nUPDATE people SET name = zeroblob(1000000);"
    migrations = [
        *known_migrations(folder)[:1],
        Migration(2, "0002_filling.sql", f"ALTER TABLE people ADD COLUMN age;\n{filling}"),
    ]
    with pytest.raises(StorageUnavailable, match="full"):
        await migrate(old, migrations)
    assert version(old) == 1
    assert run(old, "SELECT * FROM people") == [("Ada;",), ("Grace;",)]


async def test_a_database_in_use_is_copied_whole(path: Path) -> None:
    await migrate(path)
    database = await SqliteDatabase.open(path)
    try:
        insert = "INSERT INTO memos VALUES (:name, 'value')"
        await database.fetch(insert, {"name": 0})
        writing = asyncio.create_task(_repeat(database, insert))
        await backup(path, path.with_name("copy.db"))
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        kept = (await database.fetch("SELECT count(*) AS kept FROM memos", {}))[0]["kept"]
    finally:
        await database.close()
    copy = path.with_name("copy.db")
    names = [int(str(name)) for (name,) in run(copy, "SELECT name FROM memos ORDER BY rowid")]
    assert names == list(range(len(names)))
    assert 1 <= len(names) <= kept
    assert files(path) == ["copy.db", "homeroom.db"]


async def _repeat(database: SqliteDatabase, statement: str) -> None:
    for number in range(1, 1_000_000):
        await database.fetch(statement, {"name": number})


async def test_a_backup_replaces_nothing(old: Path) -> None:
    target = old.with_name("copy.db")
    target.write_text("precious", encoding="utf-8")
    with pytest.raises(ConfigError, match="exists already"):
        await backup(old, target)
    assert target.read_text(encoding="utf-8") == "precious"


async def test_a_backup_of_nothing_or_to_nowhere_is_refused(old: Path) -> None:
    with pytest.raises(ConfigError, match="no such database"):
        await backup(old.with_name("other.db"), old.with_name("copy.db"))
    assert not old.with_name("other.db").exists()
    for target in (old.with_name("nowhere") / "copy.db", Path("/proc/copy.db")):
        with pytest.raises(ConfigError, match=f"{target} cannot be written"):
            await backup(old, target)


@pytest.mark.parametrize("spoil", [scratch, damage])
async def test_an_unsound_database_leaves_no_copy_behind(
    old: Path, spoil: Callable[[Path], None]
) -> None:
    spoil(old)
    with pytest.raises(StorageDamaged):
        await backup(old, old.with_name("copy.db"))
    assert files(old) == ["homeroom.db"]


async def test_a_sound_database_has_no_problems(path: Path) -> None:
    assert await examine(path) is None
    await migrate(path)
    before = path.read_bytes()
    findings = await examine(path)
    assert findings
    assert (findings.problems, findings.version) == ((), findings.newest_version)
    assert findings.free_bytes
    assert path.read_bytes() == before
    assert files(path) == ["homeroom.db"]


async def test_damage_is_found(old: Path) -> None:
    scratch(old)
    findings = await examine(old)
    assert findings
    assert findings.problems
    damage(old)
    with pytest.raises(StorageDamaged, match="malformed"):
        await examine(old)


def test_each_migration_has_a_number_of_its_own() -> None:
    numbers = [migration.version for migration in known_migrations()]
    assert numbers == [*range(1, len(numbers) + 1)]
