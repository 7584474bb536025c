"""Whatever happens in whatever order, a storage does what a dictionary would."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine

from bot.core.answers import Answer, Kind, Usage
from bot.core.errors import StaleTurn
from bot.core.messages import Author, ConversationKey, Message, Receipt
from bot.core.ports.storage import Storage
from bot.core.prompts import Exchange
from bot.core.turns import State, Turn
from tests.contract.conftest import Opener

# Hundreds of databases are made, one after the other, which takes its time on a busy disk.
pytestmark = pytest.mark.timeout(1800)

KEYS = [ConversationKey("test", "class", name) for name in "abc"]

Change = Callable[[Turn, float], Turn]
WHILE_PENDING: dict[str, Change] = {
    "submitting": lambda turn, now: turn.submitting(),
    "running": lambda turn, now: turn.running("run", now),
    "lost run": lambda turn, now: turn.lost_run(),
    "answered": lambda turn, now: turn.answered(Answer("yes", usage=Usage(9)), now),
    "failed": lambda turn, now: turn.failed("no", "refused", now),
    "stopped": lambda turn, now: turn.stopped("half", now),
}
WHILE_ANSWERED: dict[str, Change] = {
    "delivered": lambda turn, now: turn.delivered(now),
    "undeliverable": lambda turn, now: turn.undeliverable("gone", now),
}
WHILE_OPEN: dict[str, Change] = {
    "cancelled": lambda turn, now: turn.cancelled(now),
    "again": lambda turn, now: turn.again(5, "busy", now),
    "released": lambda turn, now: turn.released(),
}
CHANGES = {
    State.PENDING: {**WHILE_PENDING, **WHILE_OPEN},
    State.ANSWERED: {**WHILE_ANSWERED, **WHILE_OPEN},
}


class StorageMachine(RuleBasedStateMachine):
    open_storage: Opener

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.loop = asyncio.Runner()
        self.now = 1000.0
        self.turns: dict[int, Turn] = {}  # the model: what is on disk, in order
        self.begins_after: dict[int, int] = {}
        self.held: list[Turn] = []  # what workers believe, right or wrong
        self.storage = self._open()

    def _open(self) -> Storage:
        self.opened = self.open_storage(Path(self.folder.name))
        return self.loop.run(self.opened.__aenter__())

    @rule(key=st.sampled_from(KEYS), number=st.integers(0, 30), command=st.sampled_from(
        [None, None, "stop", "help"]
    ), client=st.none() | st.integers(0, 9))  # fmt: skip
    def add(
        self, key: ConversationKey, number: int, command: str | None, client: int | None
    ) -> None:
        client_id = None if client is None else f"c{client}"
        message = Message(key, f"m{number}", Author("u", "Ada"), "Hello", command, client_id)
        receipt = self.loop.run(self.storage.turns.add(message, self.now))
        if self._is_known(message):
            assert receipt.is_duplicate
            return
        assert receipt.turn_id is not None
        assert receipt.turn_id > max(self.turns, default=0)
        self.turns[receipt.turn_id] = Turn(
            id=receipt.turn_id,
            conversation_id=receipt.conversation_id,
            message=message,
            accepted_at=self.now,
        )
        assert receipt.ahead == len(self._open_turns(receipt.conversation_id)) - 1

    def _is_known(self, message: Message) -> bool:
        return any(
            message.id == turn.message.id
            or (message.client_id and message.client_id == turn.message.client_id)
            for turn in self.turns.values()
        )

    @precondition(lambda self: self.turns)
    @rule(data=st.data())
    def claim(self, data: st.DataObject) -> None:
        known = {turn.conversation_id for turn in self.turns.values()}
        conversation = data.draw(st.sampled_from(sorted(known)))
        claimed = self.loop.run(self.storage.turns.claim(conversation, self.now))
        # What is owed to a person from before has a test of its own.
        turn = claimed and replace(claimed, is_owed=False)
        assert turn == self._claimable(conversation)
        if turn:
            self.turns[turn.id] = turn
            self.held.append(turn)
            history = self.loop.run(self.storage.turns.history(turn, 3))
            assert history == self._history(turn)[-3:]

    def _claimable(self, conversation: int) -> Turn | None:
        for turn in self._open_turns(conversation)[:1]:
            is_stopped = any(
                later.message.command == "stop" for later in self._open_turns(conversation)[1:]
            )
            if turn.due_at <= self.now or (is_stopped and turn.state is State.PENDING):
                return replace(
                    turn, epoch=turn.epoch + 1, attempts=turn.attempts + 1, is_stopped=is_stopped
                )
        return None

    def _history(self, turn: Turn) -> list[Exchange]:
        begins_after = self.begins_after.get(turn.conversation_id, 0)
        return [
            Exchange(other.message.text, other.answer.text)
            for other in self.turns.values()
            if other.conversation_id == turn.conversation_id
            and begins_after < other.id < turn.id
            and other.message.command is None
            and other.answer
            and other.answer.kind is Kind.ANSWER
        ]

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def save(self, data: st.DataObject) -> None:
        place = data.draw(st.integers(0, len(self.held) - 1))
        turn = self.held[place]
        if turn.state is State.DONE:
            return
        change = data.draw(st.sampled_from(sorted(CHANGES[turn.state])))
        changed = CHANGES[turn.state][change](turn, self.now)
        if self._is_stale(changed):
            with pytest.raises(StaleTurn):
                self.loop.run(self.storage.turns.save(changed))
        else:
            self.loop.run(self.storage.turns.save(changed))
            self.turns[turn.id] = self.held[place] = changed

    def _is_stale(self, turn: Turn) -> bool:
        there = self.turns[turn.id]
        goes_back = there.state is State.ANSWERED and turn.state is State.PENDING
        return there.epoch != turn.epoch or there.state is State.DONE or goes_back

    @rule(number=st.integers(0, 30))
    def cancel(self, number: int) -> None:
        found = [turn for turn in self._open_turns() if turn.message.id == f"m{number}"]
        receipt = self.loop.run(self.storage.turns.cancel(f"test:m{number}", self.now))
        there = [Receipt(turn.id, turn.conversation_id) for turn in found]
        assert ([receipt] if receipt else []) == there
        for turn in found:
            self.turns[turn.id] = replace(turn, state=State.DONE, epoch=turn.epoch + 1)

    @precondition(lambda self: self.turns)
    @rule(data=st.data())
    def begin_anew(self, data: st.DataObject) -> None:
        turn = self.turns[data.draw(st.sampled_from(sorted(self.turns)))]
        self.loop.run(self.storage.sessions.begin_anew(turn.conversation_id, turn.id, self.now))
        self.begins_after[turn.conversation_id] = turn.id

    @rule(seconds=st.integers(1, 6))
    def wait(self, seconds: int) -> None:
        self.now += seconds

    @rule()
    def restart(self) -> None:
        self.loop.run(self.opened.__aexit__(None, None, None))
        self.storage = self._open()

    @invariant()
    def what_is_open_is_known(self) -> None:
        there = dict(self.loop.run(self.storage.turns.open_conversations()))
        model = {turn.conversation_id: turn.message.key for turn in self._open_turns()}
        assert there == model
        for conversation in model:
            due = self.loop.run(self.storage.turns.due_at(conversation))
            assert due == self._open_turns(conversation)[0].due_at

    def _open_turns(self, conversation: int | None = None) -> list[Turn]:
        return [
            turn
            for turn in self.turns.values()
            if turn.state is not State.DONE and conversation in (None, turn.conversation_id)
        ]

    def teardown(self) -> None:
        self.loop.run(self.opened.__aexit__(None, None, None))
        self.loop.close()
        self.folder.cleanup()


def test_a_storage_does_what_a_dictionary_would(open_storage: Opener) -> None:
    class Machine(StorageMachine):
        pass

    Machine.open_storage = staticmethod(open_storage)
    run_machine(
        Machine,
        settings=settings(max_examples=25, stateful_step_count=40, deadline=None, derandomize=True),
    )
