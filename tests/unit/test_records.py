"""What there is to look at, and that deleting leaves nothing of it."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.core.answers import Answer, Kind, Status, Usage
from bot.core.messages import Author, ConversationKey, Message, Vote
from bot.core.ports.storage import Storage
from bot.core.posts import Post
from bot.core.turns import Session
from storage.migrate import migrate
from storage.records import SqlRecords
from storage.sqlite import SqliteDatabase
from storage.store import storage_over

KEY = ConversationKey("test", "class", "general")
ELSEWHERE = ConversationKey("test", "class", "elsewhere")
USAGE = Usage(100, 40, 20, 10, 5)


@dataclass
class Store:
    path: Path
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
    await migrate(path)
    database = await SqliteDatabase.open(path)
    yield Store(path, storage_over(database), SqlRecords(database))
    await database.close()


async def test_conversations_are_listed_the_one_last_spoken_in_first(store: Store) -> None:
    assert await store.records.conversations() == []
    conversation = await store.converse(1, Answer("Hi"))
    await store.converse(2, Answer("Hi"), ELSEWHERE)
    await store.converse(3, Answer("Hi"))
    await store.storage.turns.add(Message(KEY, "4", Author("u", "Ada"), "open"), 4.0)
    await store.storage.sessions.save(conversation, "responses", Session("conv_1"), 1.0)
    await store.storage.sessions.end(conversation, 2.0)
    await store.storage.sessions.save(conversation, "responses", Session("conv_2"), 3.0)
    assert await store.records.conversations() == [
        {
            "key": str(KEY),
            "created_at": 1.0,
            "turns": 3,
            "open": 1,
            "last_at": 4.0,
            "session": "responses conv_2",
        },
        {
            "key": str(ELSEWHERE),
            "created_at": 2.0,
            "turns": 1,
            "open": 0,
            "last_at": 2.0,
            "session": None,
        },
    ]


async def test_a_conversation_shows_all_that_happened_in_it(store: Store) -> None:
    conversation = await store.converse(1, Answer("Hi", model="m-1", usage=USAGE))
    await store.storage.sessions.save(conversation, "responses", Session("conv_1", "item_9"), 1.0)
    await store.storage.memos.remember("assistant Tutor", "asst_1")
    await store.storage.memos.remember("something else", "1")
    await store.converse(2, Answer("Hi"), ELSEWHERE)
    record = await store.records.conversation(KEY)
    assert record
    assert (record["key"], record["created_at"], record["begins_after"]) == (str(KEY), 1.0, 0)
    assert record["assistants"] == [{"name": "assistant Tutor", "value": "asst_1"}]
    assert record["sessions"] == [
        {
            "backend": "responses",
            "session": "conv_1",
            "cursor": "item_9",
            "opened_at": 1.0,
            "ended_at": None,
        }
    ]
    [turn] = record["turns"]
    assert turn["message"]["text"] == "question 1"
    assert turn["message"]["author_name"] == "Ada"
    assert (turn["state"], turn["step"], turn["run"]) == ("done", "delivered", "run_1")
    assert turn["changes"] == [{"status": "writing", "at": 1.5}]
    assert turn["answer"] == {
        "answer": "Hi",
        "kind": "answer",
        "remark": "",
        "thoughts": "",
        "model": "m-1",
        "answered_at": 2.0,
    }
    assert turn["usage"] == {
        "input_tokens": 100,
        "history_tokens": 40,
        "cached_tokens": 20,
        "output_tokens": 10,
        "reasoning_tokens": 5,
    }
    assert turn["posts"] == [{"part": 0, "ref": "ref 1"}]
    assert turn["done_at"] == 2.0


async def test_tokens_that_nobody_counted_are_not_zero(store: Store) -> None:
    await store.converse(1, Answer("Hi"))
    record = await store.records.conversation(KEY)
    assert record
    assert record["turns"][0]["usage"] is None


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
    assert _rows(store.path) == {
        "conversations": 1,
        "turns": 1,
        "sessions": 1,
        "posts": 1,
        "bindings": 2,
        "votes": 1,
        "memos": 0,
    }


async def test_a_message_of_a_deleted_conversation_begins_a_new_one(store: Store) -> None:
    before = await store.converse(1, Answer("Hi"))
    await store.records.delete(KEY)
    assert await store.storage.turns.claim(before, 9.0) is None
    assert await store.converse(1, Answer("Hi again"))
    record = await store.records.conversation(KEY)
    assert record
    assert [turn["answer"]["answer"] for turn in record["turns"]] == ["Hi again"]


async def test_usage_is_told_by_conversation_person_and_model(store: Store) -> None:
    await store.converse(1, Answer("too early", model="m-1", usage=USAGE))
    await store.converse(2, Answer("one", model="m-1", usage=USAGE))
    await store.converse(3, Answer("two", model="m-1", usage=USAGE))
    await store.converse(4, Answer("uncounted", model="m-1"))
    await store.converse(5, Answer("other model", model="m-2", usage=USAGE))
    await store.converse(6, Answer("other person", model="m-1", usage=USAGE), name="Grace")
    await store.converse(7, Answer("other place", model="m-1", usage=USAGE), ELSEWHERE)
    await store.converse(8, Answer("I could not.", Kind.NOTICE))
    rows = await store.records.usage(since=2.0)
    told = {
        (row["key"], row["author_name"], row["model"]): (row["runs"], row["input_tokens"])
        for row in rows
    }
    assert told == {
        (str(KEY), "Ada", "m-1"): (3, 200),
        (str(KEY), "Ada", "m-2"): (1, 100),
        (str(KEY), "Grace", "m-1"): (1, 100),
        (str(ELSEWHERE), "Ada", "m-1"): (1, 100),
        (str(KEY), "Ada", None): (1, 0),  # a failed run was paid for, too
    }
    assert [row["uncounted"] for row in rows if row["runs"] == 3] == [1]


def _rows(path: Path) -> dict[str, int]:
    with closing(sqlite3.connect(path)) as connection:
        names = [
            name
            for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
            if not name.startswith("sqlite_")
        ]
        return {
            name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]  # noqa: S608
            for name in names
        }
