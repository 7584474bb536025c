"""PostgreSQL: its schema, its errors as ours, its locks, and the way there from SQLite."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import psycopg
import pytest

from bot.core.answers import Answer, Usage
from bot.core.errors import ConfigError, StatementRefused, StorageDamaged, StorageUnavailable
from bot.core.messages import Author, ConversationKey, Message, Vote
from bot.core.ports.storage import Storage
from bot.core.turns import Session
from storage.copying import copy
from storage.database import Writable
from storage.jobs import PostgresTurns
from storage.migrate import Migration, known_migrations
from storage.postgres import PostgresDatabase
from storage.postgres_schema import examine, migrate
from storage.records import SqlRecords
from storage.seats import Seats, only_seat
from storage.store import open_file, storage_over
from tests.patience import PATIENCE
from tests.postgres import Postgres

KEY = ConversationKey("test", "class", "general")
NOW = 1000.0

FIRST = """
INSERT INTO turns (conversation_id, message_key, message_id, author_id, author_name, text,
                   accepted_at)
SELECT id, 'k', 'k', 'u', 'Ada', 'first', 0 FROM conversations
"""


def say(number: int | str, text: str = "Hello", command: str | None = None) -> Message:
    return Message(KEY, str(number), Author("u", "Ada"), text, command)


@pytest.fixture
def url(postgres: Postgres) -> str:
    return postgres.create_migrated()


@pytest.fixture
async def database(url: str) -> AsyncIterator[PostgresDatabase]:
    database = await PostgresDatabase.open(url)
    yield database
    await database.close()


@pytest.fixture
def storage(database: PostgresDatabase) -> Storage:
    return storage_over(database, PostgresTurns(Writable(database)))


async def count(database: PostgresDatabase, table: str) -> int:
    rows = await database.fetch(f"SELECT count(*) AS rows FROM {table}", {})  # noqa: S608
    return int(rows[0]["rows"])


async def test_what_is_missing_is_applied_once(postgres: Postgres) -> None:
    url, names = postgres.create(), [migration.name for migration in known_migrations()]
    assert await examine(url) is None
    assert sorted(map(list, await asyncio.gather(*(migrate(url) for _ in range(3))))) == [
        [], [], names,
    ]  # fmt: skip
    findings = await examine(url)
    assert findings
    assert (findings.version, findings.problems) == (findings.newest_version, ())


async def test_a_newer_schema_is_refused(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE homeroom_schema SET version = 99")
    with pytest.raises(StorageDamaged, match="newer Homeroom"):
        await migrate(url)


async def test_a_migration_that_fails_changes_nothing(url: str) -> None:
    good = Migration(98, "0098_good.sql", "CREATE TABLE good (id INTEGER PRIMARY KEY);")
    bad = Migration(99, "0099_bad.sql", "INSERT INTO nowhere VALUES (1);")
    before = await examine(url)
    with pytest.raises(StorageDamaged, match=r"0099_bad\.sql failed"):
        await migrate(url, [*known_migrations(), good, bad])
    assert await examine(url) == before
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT to_regclass('good')").fetchone() == (None,)


@pytest.mark.parametrize("url", ["postgresql://x@127.0.0.1:1/x", "postgresql://nowhere.invalid/x"])
async def test_a_server_that_is_not_there_is_unavailable(url: str) -> None:
    with pytest.raises(StorageUnavailable, match="DATABASE_URL"):
        await migrate(url)


@pytest.mark.parametrize("url", ["postgresql://u:secret@[h/d", "postgresql://u:secret@h/d?x=y"])
async def test_an_address_that_is_none_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ConfigError, match="DATABASE_URL") as caught:
        await migrate(url)
    assert "secret" not in str(caught.value)


async def test_a_restart_of_the_server_costs_no_statement(
    postgres: Postgres, storage: Storage
) -> None:
    await asyncio.gather(*(storage.turns.add(say(number), NOW) for number in range(8)))
    postgres.stop("fast")
    postgres.start()
    await asyncio.gather(*(storage.turns.add(say(number), NOW) for number in range(8, 16)))


async def test_what_a_server_that_is_away_does_not_take_is_unavailable(
    postgres: Postgres, storage: Storage
) -> None:
    await storage.turns.add(say(1), NOW)
    postgres.stop("immediate")
    try:
        with pytest.raises(StorageUnavailable):
            await storage.turns.add(say(2), NOW)
    finally:
        postgres.start()
    assert (await storage.turns.add(say(1), NOW)).is_duplicate
    assert (await storage.turns.add(say(2), NOW)).turn_id


async def test_a_character_postgresql_does_not_have_is_replaced(storage: Storage) -> None:
    await storage.memos.remember("memo", "a\x00b")
    assert await storage.memos.recall("memo") == "a\ufffdb"


async def test_a_turn_and_its_job_are_one(storage: Storage, database: PostgresDatabase) -> None:
    message = say(1)
    for _ in range(2):  # the second time it is a duplicate
        await storage.turns.add(message, NOW)
        assert await count(database, "procrastinate_jobs") == 1
    await storage.turns.cancel(message.unique_key, NOW)
    assert await count(database, "procrastinate_jobs") == 2
    assert await storage.turns.cancel(message.unique_key, NOW) is None
    assert await count(database, "procrastinate_jobs") == 2


async def test_a_turn_without_its_job_is_not_written(
    storage: Storage, database: PostgresDatabase
) -> None:
    await database.fetch("ALTER TABLE procrastinate_jobs RENAME TO elsewhere", {})
    with pytest.raises(StatementRefused):
        await storage.turns.add(say(1), NOW)
    assert await count(database, "turns") == 0


async def test_turns_accepted_at_once_become_visible_in_order(storage: Storage, url: str) -> None:
    """What is claimed first was accepted first, also while another process is still writing."""
    await storage.turns.add(say(0), NOW)
    async with await psycopg.AsyncConnection.connect(url) as slow:
        await slow.execute("SELECT id FROM conversations FOR NO KEY UPDATE")
        waiting = asyncio.create_task(storage.turns.add(say(1), NOW))
        await _until_blocked(url)
        await slow.execute(FIRST)
    receipt = await waiting
    assert receipt.turn_id == 3  # what was being written came first, and has the second id


async def _until_blocked(url: str) -> None:
    query = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    async with (
        asyncio.timeout(PATIENCE),
        await psycopg.AsyncConnection.connect(url, autocommit=True) as connection,
    ):
        while not await (await connection.execute(query)).fetchone():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_a_claim_finds_nothing_in_a_turn_that_ends_meanwhile(
    storage: Storage, url: str
) -> None:
    conversation = (await storage.turns.add(say(1), NOW)).conversation_id
    async with await psycopg.AsyncConnection.connect(url) as other:
        await other.execute("UPDATE turns SET state = 'done'")
        claiming = asyncio.create_task(storage.turns.claim(conversation, NOW))
        await _until_blocked(url)
    assert await claiming is None


async def test_stopped_and_withdrawn_turns_are_unwanted(
    storage: Storage, database: PostgresDatabase
) -> None:
    turns = PostgresTurns(Writable(database))
    receipts = [await storage.turns.add(say(number), NOW) for number in (1, 2)]
    stop = await storage.turns.add(say(3, command="stop"), NOW)
    later = await storage.turns.add(say(4), NOW)
    ids = [receipt.turn_id or 0 for receipt in (*receipts, stop, later)]
    assert sorted(await turns.unwanted(ids)) == ids[:2]
    await storage.turns.cancel(say(4).unique_key, NOW)
    assert sorted(await turns.unwanted(ids)) == [*ids[:2], ids[3]]
    assert await turns.unwanted(ids[2:3]) == []


async def test_a_seat_is_for_one_and_others_stand_by(url: str) -> None:
    log: list[str] = []
    sitting = {name: asyncio.Event() for name in "ab"}

    async def sit(name: str) -> None:
        log.append(name)
        sitting[name].set()
        await asyncio.Event().wait()

    first = asyncio.create_task(Seats(url).hold("discord", lambda: sit("a")))
    async with asyncio.timeout(PATIENCE):
        await sitting["a"].wait()
        second = asyncio.create_task(Seats(url).hold("discord", lambda: sit("b")))
        with pytest.raises(ConfigError, match="discord"):
            async with only_seat(url, "discord"):
                pass
        async with only_seat(url, "console"):
            pass
        assert log == ["a"]
        first.cancel()
        await sitting["b"].wait()
        second.cancel()


async def test_who_has_a_seat_leaves_the_next_to_who_has_none(url: str) -> None:
    log = asyncio.Queue[str]()

    async def sit(name: str) -> None:
        log.put_nowait(name)
        await asyncio.Event().wait()

    def come(name: str) -> asyncio.Future[list[None]]:
        seats = Seats(url)
        holding = [seats.hold(seat, partial(sit, name)) for seat in ("0-15/32", "16-31/32")]
        return asyncio.gather(*holding)

    async with asyncio.timeout(PATIENCE):
        first = come("a")
        assert await log.get() == "a"
        second = come("b")
        assert await log.get() == "b"
    for coming in (first, second):
        coming.cancel()
    await asyncio.gather(first, second, return_exceptions=True)


async def test_who_loses_its_connection_loses_its_seat(postgres: Postgres, url: str) -> None:
    ended, begun = asyncio.Event(), asyncio.Queue[None]()

    async def sit() -> None:
        begun.put_nowait(None)
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    holding = asyncio.create_task(Seats(url).hold("discord", sit))
    async with asyncio.timeout(PATIENCE):
        await begun.get()
        postgres.stop("immediate")
        postgres.start()
        await ended.wait()
        await begun.get()
    holding.cancel()


async def test_the_end_of_what_is_done_in_a_seat_leaves_it(url: str) -> None:
    async def fail() -> None:
        raise ConfigError("no token")

    with pytest.raises(ConfigError, match="no token"):
        await Seats(url).hold("discord", fail)
    async with only_seat(url, "discord"):
        pass


@pytest.fixture
async def file(tmp_path: Path) -> Path:
    """A database of one machine, with one of everything in it."""
    path = tmp_path / "homeroom.db"
    async with open_file(path) as store:
        storage = store.storage
        receipt = await storage.turns.add(say(1, "schéma \x00 🙂"), NOW)
        turn = await storage.turns.claim(receipt.conversation_id, NOW)
        assert turn
        answer = Answer("Hi", usage=Usage(1, 2, 3, 4, 5))
        await storage.turns.save(turn.answered(answer, NOW + 0.1).delivered(NOW + 1 / 3))
        await storage.posts.save(turn.id, 0, "ref")
        await storage.sessions.save(receipt.conversation_id, "chat", Session("s", "c"), NOW)
        await storage.choices.save("test", "assistant", "Tutor", NOW)
        await storage.people.vote(turn.message.unique_key, "u", Vote.UP, "", NOW)
        await storage.memos.remember("memo", "value")
        await storage.turns.add(say(2, "open"), NOW)
    return path


async def test_all_of_a_file_is_copied_and_goes_on_where_it_was(
    file: Path, url: str, storage: Storage, database: PostgresDatabase
) -> None:
    copied = await copy(file, url)
    ones = dict.fromkeys(["conversations", "sessions", "posts", "bindings", "votes", "memos"], 1)
    assert {name: rows for name, rows in copied.items() if rows} == {**ones, "turns": 2}
    records = SqlRecords(database)
    async with open_file(file) as store:
        assert await records.conversations() == await store.records.conversations()
        assert await records.usage(0) == await store.records.usage(0)
        there = await store.records.conversation(KEY)
    here = await records.conversation(KEY)
    assert here
    assert there
    first, *rest = here.turns
    text = there.turns[0].message.text.replace("\x00", "\ufffd")
    assert (first.message.text, rest) == (text, [*there.turns[1:]])
    assert replace(here, turns=()) == replace(there, turns=())
    assert await count(database, "procrastinate_jobs") == 1
    statement = "SELECT nextval(pg_get_serial_sequence(:table, 'id')) AS id"
    assert (await database.fetch(statement, {"table": "turns"}))[0]["id"] == 3
    assert (await storage.turns.add(say(3), NOW)).ahead == 1


async def test_a_target_that_is_not_empty_is_left_alone(
    file: Path, url: str, storage: Storage, database: PostgresDatabase
) -> None:
    await storage.memos.remember("memo", "mine")
    with pytest.raises(ConfigError, match="not empty: there is something in memos"):
        await copy(file, url)
    assert await count(database, "turns") == 0


async def test_what_does_not_arrive_as_it_was_is_not_copied(
    file: Path, url: str, database: PostgresDatabase
) -> None:
    await database.fetch(
        "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN NEW.value = 'spoilt'; RETURN NEW; END $$", {}
    )  # fmt: skip
    await database.fetch(
        "CREATE TRIGGER spoil BEFORE INSERT ON memos FOR EACH ROW EXECUTE FUNCTION spoil()", {}
    )
    with pytest.raises(StorageDamaged, match="memos did not arrive"):
        await copy(file, url)
    assert await count(database, "turns") == 0


async def test_a_file_of_an_older_schema_is_brought_up_to_date_first(file: Path, url: str) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA user_version = 0")
    with pytest.raises(ConfigError, match="homeroom migrate"):
        await copy(file, url)
    with pytest.raises(ConfigError, match="no such database"):
        await copy(file.with_name("nothing.db"), url)
