"""What there is to look at, and that deleting leaves nothing of it."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bot.core.answers import Answer, Kind, Status, Usage
from bot.core.messages import Author, ConversationKey, Message, Vote
from bot.core.ports.records import (
    AnswerRecord,
    Choice,
    ConversationLine,
    Memo,
    PostRecord,
    SessionRecord,
)
from bot.core.ports.storage import Storage
from bot.core.posts import Post
from bot.core.turns import Change, Session
from storage import records
from storage.records import SqlRecords
from storage.sqlite import SqliteDatabase
from storage.store import storage_over
from tests.databases import make_database

KEY = ConversationKey("test", "class", "general")
ELSEWHERE = ConversationKey("test", "class", "elsewhere")
USAGE = Usage(100, 40, 20, 10, 5)


@dataclass
class Store:
    path: Path
    database: SqliteDatabase
    storage: Storage
    records: SqlRecords

    async def converse(
        self, number: int, answer: Answer, key: ConversationKey = KEY, name: str = "Ada"
    ) -> int:
        """A question at that time, answered and delivered one second later."""
        message = Message(key, str(number), Author(f"u{name}", name), f"question {number}")
        receipt = await self.storage.turns.add(message, float(number))
        turn = await self.storage.turns.claim(receipt.conversation_id, float(number))
        assert turn
        turn = turn.asked("Tutor", "responses").in_session("conv_1")
        turn = turn.changed(Status.WRITING, number + 0.5).running(f"run_{number}", number + 0.25)
        await self.storage.posts.intend(turn, 0, Post())
        await self.storage.posts.save(turn.id, 0, f"ref {number}")
        await self.storage.turns.save(turn.answered(answer, number + 1).delivered(number + 1))
        return receipt.conversation_id


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    path = tmp_path / "homeroom.db"
    await make_database(path)
    database = await SqliteDatabase.open(path)
    yield Store(path, database, storage_over(database), SqlRecords(database))
    await database.close()


async def test_conversations_are_listed_the_one_last_spoken_in_first(store: Store) -> None:
    assert await store.records.conversations() == []
    conversation = await store.converse(1, Answer("Hi"))
    await store.converse(2, Answer("Hi"), ELSEWHERE)
    await store.converse(3, Answer("Hi"))
    await store.storage.turns.add(Message(KEY, "4", Author("u", "Bo"), "open"), 4.0)
    await store.storage.sessions.save(conversation, "responses", Session("conv_1"), 1.0)
    await store.storage.sessions.end(conversation, 2.0)
    await store.storage.sessions.save(conversation, "responses", Session("conv_2"), 3.0)
    assert await store.records.conversations() == [
        ConversationLine(str(KEY), 1.0, 3, 1, 4.0, "Bo", "responses conv_2", 4),
        ConversationLine(str(ELSEWHERE), 2.0, 1, 0, 2.0, "Ada", None, 2),
    ]


async def test_a_list_is_cut_into_pages(store: Store) -> None:
    for number in range(1, 6):
        await store.converse(number, Answer("Hi"), ConversationKey("test", "class", str(number)))
    first = await store.records.conversations(Choice(most=2))
    rest = await store.records.conversations(Choice(before=first[-1].newest))
    assert [line.last_at for line in (*first, *rest)] == [5.0, 4.0, 3.0, 2.0, 1.0]


async def test_a_list_can_be_of_what_was_said_since_and_of_one_person(store: Store) -> None:
    await store.converse(1, Answer("Hi"), name="Grace")
    await store.converse(2, Answer("Hi"), ELSEWHERE)
    await store.converse(3, Answer("Hi"))

    async def keys(choice: Choice) -> list[str]:
        return [line.key for line in await store.records.conversations(choice)]

    assert await keys(Choice(since=2.5)) == [str(KEY)]
    assert await keys(Choice(user="uGrace")) == [str(KEY)]
    assert await keys(Choice(user="grace")) == [str(KEY)]
    assert await keys(Choice(user="uAda")) == [str(KEY), str(ELSEWHERE)]
    assert await keys(Choice(user="uAda", since=2.5)) == [str(KEY)]
    assert await keys(Choice(user="nobody")) == []


async def test_a_list_costs_what_is_on_it_and_not_what_there_is(store: Store) -> None:
    """Counted in steps of SQLite's machine: a hundred times as many turns are as few steps."""
    await store.converse(1, Answer("Hi"))
    few = await _steps_of_a_page(store)
    add = """
        INSERT INTO turns (conversation_id, message_key, message_id, author_id, author_name, text,
                           state, accepted_at)
        WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 20000)
        SELECT 1, 'k' || n, 'k', 'u', 'Ada', 'x', 'done', 0 FROM number"""
    await store.database.fetch(add, {})
    for number in range(2, 60):
        await store.converse(number, Answer("Hi"), ConversationKey("test", "class", str(number)))
    assert await _steps_of_a_page(store) < 100 * max(few, 1) + 100


async def _steps_of_a_page(store: Store) -> int:
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    with closing(sqlite3.connect(store.path)) as connection:
        connection.set_progress_handler(count, 100)
        values = {"since": 0.0, "most": 50, "before": 10**9}
        connection.execute(records.OF_ALL, values).fetchall()
    return steps


async def test_a_conversation_shows_all_that_happened_in_it(store: Store) -> None:
    conversation = await store.converse(1, Answer("Hi", model="m-1", usage=USAGE))
    await store.storage.sessions.save(conversation, "responses", Session("conv_1", "item_9"), 1.0)
    await store.storage.memos.remember("assistant Tutor", "asst_1")
    await store.storage.memos.remember("something else", "1")
    await store.converse(2, Answer("Hi"), ELSEWHERE)
    record = await store.records.conversation(KEY)
    assert record
    assert (record.key, record.created_at, record.begins_after) == (str(KEY), 1.0, 0)
    assert record.assistants == (Memo("assistant Tutor", "asst_1"),)
    assert record.sessions == (SessionRecord("responses", "conv_1", "item_9", 1.0, None),)
    [turn] = record.turns
    assert (turn.message.text, turn.message.author_name) == ("question 1", "Ada")
    assert (turn.state, turn.step, turn.run) == ("done", "delivered", "run_1")
    assert turn.changes == (Change("writing", 1.5),)
    assert turn.answer == AnswerRecord("Hi", "answer", "", "", "m-1", 2.0)
    assert turn.usage == USAGE
    assert (turn.posts, turn.done_at) == ((PostRecord(0, "ref 1"),), 2.0)


async def test_tokens_that_nobody_counted_are_not_zero(store: Store) -> None:
    await store.converse(1, Answer("Hi"))
    record = await store.records.conversation(KEY)
    assert record
    assert record.turns[0].usage is None


async def test_a_conversation_that_is_not_there_has_no_record(store: Store) -> None:
    assert await store.records.conversation(KEY) is None
    assert not await store.records.delete(KEY)


async def test_nothing_of_a_deleted_conversation_is_left_and_all_of_the_others(
    store: Store,
) -> None:
    for number, key in ((1, KEY), (2, ELSEWHERE)):
        conversation = await store.converse(number, Answer("Hi"), key)
        await store.storage.sessions.save(conversation, "chat", Session(f"conv_{number}"), 1.0)
        await store.storage.choices.save(str(key), "assistant", "poet", 1.0)
        await store.storage.people.vote(f"test:{number}", "u1", Vote.UP, "", 1.0)
    await store.storage.choices.save("test:class", "assistant", "poet", 1.0)
    kept = await store.records.conversation(ELSEWHERE)
    assert await store.records.delete(KEY)
    assert await store.records.conversation(KEY) is None
    assert await store.records.conversation(ELSEWHERE) == kept
    left = {name: count for name, count in _rows(store.path).items() if count}
    assert left == {
        "conversations": 1,
        "turns": 1,
        "sessions": 1,
        "posts": 1,
        "bindings": 2,
        "votes": 1,
    }


async def test_a_message_of_a_deleted_conversation_begins_a_new_one(store: Store) -> None:
    before = await store.converse(1, Answer("Hi"))
    await store.records.delete(KEY)
    assert await store.storage.turns.claim(before, 9.0) is None
    assert await store.converse(1, Answer("Hi again"))
    record = await store.records.conversation(KEY)
    assert record
    assert [turn.answer.answer for turn in record.turns] == ["Hi again"]


async def test_usage_is_told_by_person_and_model_and_of_runs_that_were_alike(
    store: Store,
) -> None:
    longer = replace(USAGE, input_tokens=9_000)
    await store.converse(1, Answer("too early", model="m-1", usage=USAGE))
    await store.converse(2, Answer("one", model="m-1", usage=USAGE))
    await store.converse(3, Answer("two", model="m-1", usage=USAGE))
    await store.converse(4, Answer("uncounted", model="m-1"))
    await store.converse(5, Answer("other model", model="m-2", usage=USAGE))
    await store.converse(6, Answer("other person", model="m-1", usage=USAGE), name="Grace")
    await store.converse(7, Answer("other place", model="m-1", usage=USAGE), ELSEWHERE)
    await store.converse(8, Answer("longer", model="m-1", usage=longer))
    await store.converse(9, Answer("I could not.", Kind.NOTICE))
    told = {
        (row.key, row.author_name, row.model, row.used.runs, row.used.input_tokens)
        for row in await store.records.usage(since=2.0)
    }
    assert told == {
        (str(KEY), "Ada", "m-1", 2, 200),
        (str(KEY), "Ada", "m-1", 1, 9_000),
        (str(KEY), "Ada", "m-1", 1, 0),  # uncounted
        (str(KEY), "Ada", "m-2", 1, 100),
        (str(KEY), "Grace", "m-1", 1, 100),
        (str(ELSEWHERE), "Ada", "m-1", 1, 100),
        (str(KEY), "Ada", None, 1, 0),  # a failed run was paid for, too
    }


_WITHOUT = {
    *("erasures", "leftovers"),
    *("courses", "course_scopes", "members", "windows", "audit", "shares", "cards"),
}
"""No conversation is in them."""


def _rows(path: Path) -> dict[str, int]:
    with closing(sqlite3.connect(path)) as connection:
        names = [
            name
            for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
            if not name.startswith(("sqlite_", "passage_words_"))  # the latter: an index's own
        ]
        return {
            name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]  # noqa: S608
            for name in names
            if name not in _WITHOUT
        }
