"""The storage's verbs among a million finished turns."""

import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median
from typing import TypeVar

from bot.core.answers import Answer
from bot.core.messages import Author, ConversationKey, Message
from bot.core.ports.storage import Storage
from bot.core.posts import Post
from bot.core.turns import Session
from storage.migrate import migrate
from storage.sqlite import SqliteDatabase
from storage.store import storage_over
from tests.bench.figures import Figure
from tests.bench.scenes import Stage

T = TypeVar("T")
_CONVERSATIONS, _TURNS = 100_000, 1_000_000
_SIZE = {"conversations": _CONVERSATIONS, "turns": _TURNS}
_FILL = (
    "PRAGMA synchronous = OFF",
    """
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :conversations)
    INSERT INTO conversations (id, key, created_at) SELECT i, 'slack:T:C' || i || ':', 0 FROM n
    """,
    """
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :turns)
    INSERT INTO turns (conversation_id, message_key, message_id, author_id, author_name, text,
        state, step, epoch, answer, kind, accepted_at, answered_at, done_at)
    SELECT 1 + i % :conversations, 'slack:m' || i, 'm' || i, 'U' || i % 1000, 'Ann',
        'a question', 'done', 'delivered', 1, 'an answer of a few words', 'answer', i, i, i
    FROM n
    """,
    """
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :turns)
    INSERT INTO posts (turn_id, part, ref) SELECT i, 0, 'C:' || i FROM n
    """,
    "ANALYZE",
)


async def measure(stage: Stage) -> None:
    path = stage.folder / "large.db"
    await _fill(path)
    database = await SqliteDatabase.open(path)
    try:
        rounds = Rounds(storage_over(database))
        for number in range(50 if stage.is_quick else 300):
            await rounds.play(number)
    finally:
        await database.close()
    disk = 1000 * median(_wait_for_disk(stage.folder / "disk") for _ in range(100))
    stage.add(Figure(name="the disk alone: a page written for good", value=disk, unit="ms"))
    for verb, times in rounds.times.items():
        value = 1000 * median(times[len(times) // 5 :])  # the first fifth warms up
        stage.add(Figure(name=f"a million turns: {verb}", value=value, unit="ms", at_most=1))


def _wait_for_disk(path: Path) -> float:
    """Seconds that no database can save, on this disk, at this time."""
    with path.open("ab") as file:
        file.write(bytes(4096))
        file.flush()
        begun = time.perf_counter()
        os.fsync(file.fileno())
        return time.perf_counter() - begun


async def _fill(path: Path) -> None:
    await migrate(path)
    database = await SqliteDatabase.open(path)
    for statement in _FILL:
        await database.fetch(statement, _SIZE if ":" in statement else {})
    await database.close()


class Rounds:
    """One turn after the other, each in a conversation that is old already."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self.times: dict[str, list[float]] = {}

    async def play(self, number: int) -> None:
        storage, clocked, now = self.storage, self._clocked, time.time()
        conversation = 1 + number * 331 % _CONVERSATIONS
        message = _message(conversation - 1, number)
        receipt = await clocked("turns.add", lambda: storage.turns.add(message, now))
        place = receipt.conversation_id
        turn = await clocked("turns.claim", lambda: storage.turns.claim(place, now))
        assert turn
        await clocked("sessions.current", lambda: storage.sessions.current(place, "responses"))
        await clocked("choices.of", lambda: storage.choices.of(message.key.scopes()))
        await clocked("turns.kind_before", lambda: storage.turns.kind_before(place, turn.id))
        await clocked("turns.history", lambda: storage.turns.history(turn, 100))
        session = Session(f"conv_{number}", "msg_1")
        await clocked("sessions.save", lambda: storage.sessions.save(place, "chat", session, now))
        answered = turn.answered(Answer("an answer"), now)
        await clocked("turns.save", lambda: storage.turns.save(answered))
        await clocked("posts.intend", lambda: storage.posts.intend(turn, 0, Post()))
        await clocked("posts.save", lambda: storage.posts.save(turn.id, 0, "C:1"))
        await clocked("posts.of", lambda: storage.posts.of(turn.id))
        await storage.turns.save(answered.delivered(now))
        await clocked("turns.due_at", lambda: storage.turns.due_at(place))
        await clocked("turns.knows", lambda: storage.turns.knows(message.key))
        await clocked("turns.message", lambda: storage.turns.message(message.unique_key))
        await clocked("looks.usage_of", lambda: storage.looks.usage_of(place))
        await clocked("turns.open_conversations", storage.turns.open_conversations)

    async def _clocked(self, verb: str, step: Callable[[], Awaitable[T]]) -> T:
        begun = time.perf_counter()
        result = await step()
        self.times.setdefault(verb, []).append(time.perf_counter() - begun)
        return result


def _message(conversation: int, number: int) -> Message:
    key = ConversationKey("slack", "T", f"C{conversation + 1}")
    return Message(key, f"new{number}", Author("U1", "Ann"), "a question")
