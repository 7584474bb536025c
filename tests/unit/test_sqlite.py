"""SQLite: what it does when things go wrong, and that it looks at few rows among many."""

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.answers import Answer
from bot.core.errors import StorageDamaged, StorageUnavailable
from bot.core.messages import Author, ConversationKey, Message, Vote
from bot.core.ports.storage import Storage
from bot.core.posts import Post
from bot.core.turns import Session, Turn
from storage import choices, looks, memos, posts, sessions
from storage import statements as sql
from storage.database import Statement
from storage.migrate import migrate
from storage.sqlite import PRAGMAS, SqliteDatabase
from storage.store import storage_over
from tests.databases import make_database

NOW = 1000.0

KEY = ConversationKey("test", "class", "general")
FINISHED = 200_000
CONVERSATIONS = 200


def say(number: int | str, text: str = "Hello") -> Message:
    return Message(KEY, str(number), Author("u", "Ada"), text)


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[SqliteDatabase]:
    await make_database(path)
    database = await SqliteDatabase.open(path)
    try:
        yield database
    finally:
        await database.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "homeroom.db"


@pytest.fixture
async def database(path: Path) -> AsyncIterator[SqliteDatabase]:
    async with opened(path) as database:
        await database.fetch("PRAGMA busy_timeout = 1", {})  # tests do not wait for a lock
        yield database


@pytest.fixture
def storage(database: SqliteDatabase) -> Storage:
    return storage_over(database)


# What happens at a fault, whatever it is: nothing is half done, nothing is lost, it goes on.


@asynccontextmanager
async def locked(database: SqliteDatabase, path: Path) -> AsyncIterator[None]:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield


@asynccontextmanager
async def full(database: SqliteDatabase, path: Path) -> AsyncIterator[None]:
    await database.fetch("PRAGMA max_page_count = 1", {})  # SQLite takes what there is already
    yield
    await database.fetch("PRAGMA max_page_count = 1000000", {})


@asynccontextmanager
async def read_only(database: SqliteDatabase, path: Path) -> AsyncIterator[None]:
    await database.fetch("PRAGMA query_only = ON", {})
    yield
    await database.fetch("PRAGMA query_only = OFF", {})


@pytest.mark.parametrize("fault", [locked, full, read_only])
async def test_a_fault_that_may_pass_writes_nothing_and_loses_nothing(
    storage: Storage,
    database: SqliteDatabase,
    path: Path,
    fault: Callable[[SqliteDatabase, Path], AbstractAsyncContextManager[None]],
) -> None:
    long = "x" * 100_000
    await storage.turns.add(say(1), NOW)
    turn = await storage.turns.claim(1, NOW)
    assert turn
    answered = turn.answered(Answer(long), NOW)
    async with fault(database, path):
        for step in (storage.turns.add(say(2, long), NOW), storage.turns.save(answered)):
            with pytest.raises(StorageUnavailable):
                await step
        assert [one.question for one in await storage.turns.history(replace(turn, id=9), 9)] == []
        assert await storage.turns.due_at(1) == 0
    await storage.turns.save(answered)
    assert (await storage.turns.add(say(2, long), NOW)).ahead == 1
    again = await storage.turns.claim(1, NOW)
    assert again
    assert (again.answer, again.epoch) == (Answer(long), 2)


async def test_a_fault_leaves_no_transaction_open(
    storage: Storage, database: SqliteDatabase, path: Path
) -> None:
    async with locked(database, path):
        with pytest.raises(StorageUnavailable):
            await storage.turns.add(say(1), NOW)
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        other.execute("ROLLBACK")


async def test_a_reader_does_not_wait_for_a_writer(storage: Storage, path: Path) -> None:
    await storage.turns.add(say(1), NOW)
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        assert await storage.turns.due_at(1) == 0


async def test_a_step_that_is_cancelled_leaves_the_next_one_alone(storage: Storage) -> None:
    steps = [asyncio.create_task(storage.turns.add(say(number), NOW)) for number in range(50)]
    await asyncio.sleep(0)
    for step in steps[::2]:
        step.cancel()
    await asyncio.gather(*steps, return_exceptions=True)
    receipts = [await storage.turns.add(say(number), NOW) for number in range(50)]
    assert all(receipt.is_duplicate for receipt in receipts[1::2])


async def test_what_belongs_together_is_written_whole_or_not_at_all(
    database: SqliteDatabase,
) -> None:
    first: Statement = ("INSERT INTO memos (name, value) VALUES ('a', '1') RETURNING name", {})
    broken: Statement = ("INSERT INTO memos (name, value) VALUES ('b', NULL)", {})
    with pytest.raises(sqlite3.IntegrityError):
        await database.together([first, broken])
    assert await database.fetch("SELECT * FROM memos", {}) == []


async def test_a_step_that_does_not_begin_leaves_nothing(database: SqliteDatabase) -> None:
    first: Statement = ("UPDATE memos SET value = '2' WHERE name = 'a' RETURNING name", {})
    second: Statement = ("INSERT INTO memos (name, value) VALUES ('b', '1')", {})
    assert await database.together([first, second]) == [[], []]
    assert await database.fetch("SELECT * FROM memos", {}) == []


async def test_a_damaged_file_is_refused_when_it_is_read(path: Path) -> None:
    async with opened(path) as database:
        for number in range(100):
            await storage_over(database).turns.add(say(number, "x" * 1000), NOW)
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\x07" * (path.stat().st_size - 4096))
    with pytest.raises(StorageDamaged):
        async with opened(path) as database:
            await storage_over(database).turns.open_conversations()


async def test_a_file_that_is_no_database_is_refused_and_left_alone(path: Path) -> None:
    path.write_text("Dear diary, " * 500, encoding="utf-8")
    with pytest.raises(StorageDamaged, match=f"{path} is damaged: file is not a database"):
        await SqliteDatabase.open(path)
    assert path.read_text(encoding="utf-8") == "Dear diary, " * 500


@pytest.mark.parametrize("place", ["no folder/homeroom.db", ".", "/proc/homeroom.db"])
async def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, place: str) -> None:
    with pytest.raises(StorageUnavailable, match=f"{tmp_path / place}: unable to open"):
        await SqliteDatabase.open(tmp_path / place)


async def test_a_mistake_of_ours_is_no_fault_of_the_database(database: SqliteDatabase) -> None:
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        await database.fetch("SELECT * FROM nowhere", {})


async def test_what_was_accepted_is_on_disk_before_it_is_said(path: Path) -> None:
    async with opened(path) as database:
        await storage_over(database).turns.add(say(1), NOW)
        # As after a crash: another reader, with what the file and its log hold.
        with closing(sqlite3.connect(path)) as reader:
            assert reader.execute("SELECT message_key FROM turns").fetchall() == [("test:1",)]
        settings = {
            name: next(iter((await database.fetch(f"PRAGMA {name}", {}))[0]))
            for name in (
                "journal_mode",
                "synchronous",
                "foreign_keys",
                "busy_timeout",
                "secure_delete",
            )
        }
    assert settings == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 5000,
        "secure_delete": 1,
    }
    assert len(PRAGMAS) == 6


# 200,000 finished turns in the file change nothing about the work at hand.


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("crowded") / "homeroom.db"
    asyncio.run(migrate(path))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.executemany(
            "INSERT INTO conversations (id, key, created_at) VALUES (?, ?, 0)",
            ((number, f"test:class:{number}:") for number in range(1, CONVERSATIONS + 1)),
        )
        connection.executemany(
            """
            INSERT INTO turns (conversation_id, message_key, client_key, message_id, author_id,
                               author_name, text, state, answer, kind, accepted_at)
            VALUES (?1 % ?2 + 1, 'test:' || ?1, 'test:client ' || ?1, ?1, 'u', 'Ada', 'question',
                    'done', 'answer', 'answer', ?1)
            """,
            ((number, CONVERSATIONS) for number in range(FINISHED)),
        )
    return path


VERBS = ("SELECT", "INSERT", "UPDATE", "DELETE")
# All there are: what a message meets on its way must not look through the file.
HOT = {
    name if module is sql else f"{module.__name__}{name}": text.replace("{scopes}", ":one, :two")
    for module in (sql, sessions, posts, choices, looks, memos)
    for name, text in vars(module).items()
    if isinstance(text, str) and text.lstrip().startswith(VERBS)
}
# A few rows: a conversation's sessions, what one person asked within the hour, models.
SORTED = {"storage.sessions_CURRENT", "storage.looks_ASKED", "storage.looks_SPENT"}
# Indexes of open turns alone, and of answers that nobody was given.
FEW = {
    "SCAN turns USING INDEX turns_open",
    "SCAN turns USING INDEX turns_in_line",
    "SCAN owed USING INDEX turns_undelivered",
    "SCAN newest",  # one row, found by an index
}


@contextmanager
def reader(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path)) as connection:
        yield connection


def plan(path: Path, statement: str) -> list[str]:
    """How SQLite goes about a statement, a line for each thing it looks at."""
    names = dict.fromkeys(re.findall(r":(\w+)", statement))
    with reader(path) as connection:
        rows = connection.execute(f"EXPLAIN QUERY PLAN {statement}", names).fetchall()
    return [row[3] for row in rows]


@pytest.mark.parametrize("name", HOT)
def test_a_statement_finds_its_rows_by_an_index(crowded: Path, name: str) -> None:
    steps = plan(crowded, HOT[name])
    scans = [step for step in steps if step.startswith("SCAN") and step not in FEW]
    assert scans == []
    assert name in SORTED or not any("TEMP B-TREE" in step for step in steps)


@pytest.mark.parametrize("name", ["CLAIM_TURN", "DUE_AT", "OPEN_CONVERSATIONS"])
def test_what_is_open_is_found_without_looking_at_what_is_done(crowded: Path, name: str) -> None:
    steps = [step for step in plan(crowded, HOT[name]) if " turns " in step or " later " in step]
    by_id = "SEARCH turns USING INTEGER PRIMARY KEY (rowid=?)"
    assert steps
    assert all(re.search("turns_(open|in_line)", step) for step in steps if step != by_id)


Steps = list[Callable[[Storage], Awaitable[object]]]


def _line_of_work(turn: Turn) -> Steps:
    place = turn.conversation_id
    return [
        lambda storage: storage.turns.add(say("new 1"), NOW),
        lambda storage: storage.turns.add(say("new 1"), NOW),
        lambda storage: storage.turns.open_conversations(),
        lambda storage: storage.turns.due_at(place),
        lambda storage: storage.turns.claim(place, NOW),
        lambda storage: storage.turns.history(turn, 3),
        lambda storage: storage.turns.kind_before(place, turn.id),
        lambda storage: storage.sessions.save(place, "chat", Session("s", "c"), NOW),
        lambda storage: storage.sessions.current(place, "chat"),
        lambda storage: storage.posts.intend(turn, 0, Post()),
        lambda storage: storage.posts.save(turn.id, 0, "ref"),
        lambda storage: storage.turns.save(turn.answered(Answer("Hi"), NOW)),
        lambda storage: storage.people.vote("test:new 1", "u", Vote.UP, "", NOW),
        lambda storage: storage.turns.cancel("test:new 1", NOW),
    ]


async def _work_of_steps(path: Path) -> list[int]:
    """How many instructions of SQLite's machine each step of the line of work takes."""
    counts: list[int] = []
    async with opened(path) as database:
        storage = storage_over(database)
        for number in range(5):  # there is always some history
            await _finish(storage, number)
        receipt = await storage.turns.add(say("new 0"), NOW)
        turn = await storage.turns.claim(receipt.conversation_id, NOW)
        assert turn
        await storage.turns.save(turn.released())
        taken = replace(turn, epoch=2)

        def count() -> int:
            counts[-1] += 1
            return 0

        await database._connection.set_progress_handler(count, 1)
        for step in _line_of_work(taken):
            counts.append(0)
            await step(storage)
    return counts


async def _finish(storage: Storage, number: int) -> None:
    receipt = await storage.turns.add(say(f"old {number}"), NOW)
    turn = await storage.turns.claim(receipt.conversation_id, NOW)
    assert turn
    await storage.turns.save(turn.answered(Answer("Hi"), NOW).delivered(NOW))


async def test_among_200_000_finished_turns_a_step_takes_no_more_work_than_among_five(
    crowded: Path, path: Path
) -> None:
    among_few, among_many = await _work_of_steps(path), await _work_of_steps(crowded)
    assert all(many <= few + 5 for few, many in zip(among_few, among_many, strict=True))
