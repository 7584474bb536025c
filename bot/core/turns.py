"""The durable turn: one message and its answer, from accepted to done.

All that affects the state machine is in this file. A step that is not in `STEPS` raises
`InvalidStep` and changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Self

from bot.core.answers import Answer, Kind, Status, Usage
from bot.core.errors import InvalidStep
from bot.core.messages import Attachment, Message


class State(StrEnum):
    """What a turn waits for."""

    PENDING = "pending"  # the backend
    ANSWERED = "answered"  # the platform
    DONE = "done"  # nothing


class Step(StrEnum):
    """What takes a turn from one state to the next."""

    ANSWER = "answered"
    FAIL = "failed"
    STOP = "stopped"
    CANCEL = "cancelled"
    DELIVER = "delivered"
    ABANDON = "undeliverable"


STEPS: Mapping[tuple[State, Step], State] = {
    (State.PENDING, Step.ANSWER): State.ANSWERED,
    (State.PENDING, Step.FAIL): State.ANSWERED,
    (State.PENDING, Step.STOP): State.ANSWERED,
    (State.PENDING, Step.CANCEL): State.DONE,
    (State.ANSWERED, Step.DELIVER): State.DONE,
    (State.ANSWERED, Step.ABANDON): State.DONE,
    (State.ANSWERED, Step.CANCEL): State.DONE,
}


@dataclass(frozen=True, slots=True)
class Change:
    """A status, and when it began (seconds since the epoch)."""

    status: str
    at: float


@dataclass(frozen=True, slots=True)
class Session:
    """The backend's own id of a conversation, and its newest item that we know of."""

    id: str
    cursor: str | None = None
    tokens: int = 0  # estimated: of all that was said in it
    since: int = 0  # the turn up to which it began with a summary
    is_outdated: bool = False  # there is a newer summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One computation of a turn, as it is paid for."""

    step: int  # how many runs of the turn had ended in calls before
    run: str | None = None
    session: str | None = None
    backend: str | None = None
    model: str | None = None
    usage: Usage | None = None  # None: nobody said


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A message on its way to being answered. Times are seconds since the epoch.

    `epoch` is the fencing number: each claim raises it, and a save with an older one fails.
    """

    id: int
    conversation_id: int
    message: Message
    state: State = State.PENDING
    step: Step | None = None  # the last one taken
    epoch: int = 0
    attempts: int = 0  # begun and not ended: more than one means a process died over it
    failures: int = 0  # ended, one after the other, with an error that may pass
    failing_since: float | None = None
    reruns: int = 0  # runs the server lost
    due_at: float = 0.0
    error: str | None = None  # the last one, for the operator
    is_owed: bool = False  # an earlier answer did not reach the same person
    is_stopped: bool = False  # a later message in this conversation says stop
    assistant: str | None = None
    backend: str | None = None
    session: str | None = None
    prompt: str | None = None  # the words for the model, where they are not the message's
    is_submitted: bool = False  # a run may have been started whose id is not known
    run: str | None = None
    run_at: float | None = None
    tool_steps: int = 0  # runs that ended in calls, which are saved
    changes: tuple[Change, ...] = field(default=())
    under: str = ""  # the exams under whose rules the model was asked
    answer: Answer | None = None
    accepted_at: float = 0.0
    answered_at: float | None = None
    done_at: float | None = None

    @property
    def is_reworded(self) -> bool:
        """Whether it was delivered before, and only some of its words are others."""
        return self.state is State.ANSWERED and self.done_at is not None

    def asked(self, assistant: str, backend: str, under: str = "") -> Self:
        """Somebody is about to be asked: who, as whom, and under which rules."""
        return replace(self, assistant=assistant, backend=backend, under=under)

    def in_session(self, session: str) -> Self:
        return replace(self, session=session)

    def prompted(self, words: str, files: tuple[Attachment, ...]) -> Self:
        """What the model is sent is settled: a later attempt sends, and looks for, the same."""
        message = replace(self.message, attachments=files)
        return replace(self, message=message, prompt=None if words == message.text else words)

    def submitting(self) -> Self:
        """A run is about to be started: the intent, saved before the act."""
        return replace(self, is_submitted=True)

    def running(self, run: str, now: float) -> Self:
        return replace(self, run=run, run_at=self.run_at or now, is_submitted=True)

    def stepped(self) -> Self:
        """The run has ended in calls, and they are saved: another one comes after it."""
        return replace(self, tool_steps=self.tool_steps + 1, is_submitted=False)

    def changed(self, status: Status, now: float) -> Self:
        return replace(self, changes=(*self.changes, Change(status.value, now)))

    def without_run(self) -> Self:
        """The run is gone, or never began: the next attempt starts another."""
        return replace(self, run=None, run_at=None, is_submitted=False)

    def lost_run(self) -> Self:
        return replace(self.without_run(), reruns=self.reruns + 1)

    def again(self, wait: float, error: str, now: float) -> Self:
        """Let go for now; it is claimed again after `wait` seconds."""
        return replace(
            self,
            attempts=0,
            failures=self.failures + 1,
            failing_since=self.failing_since or now,
            due_at=now + wait,
            error=error,
        )

    def released(self) -> Self:
        """Let go without a failure, as at a shut-down."""
        return replace(self, attempts=0)

    def answered(self, answer: Answer, now: float) -> Self:
        return self._take(Step.ANSWER, answer=answer, answered_at=now)

    def failed(self, notice: str, error: str, now: float) -> Self:
        answer = Answer(notice, Kind.NOTICE)
        return self._take(Step.FAIL, answer=answer, answered_at=now, error=error)

    def stopped(self, text: str, now: float) -> Self:
        return self._take(Step.STOP, answer=Answer(text, Kind.STOPPED), answered_at=now)

    def withheld(self, notice: str) -> Self:
        """The answer is kept elsewhere; what it took is still counted here."""
        answer = replace(self.answer or Answer(""), text=notice, kind=Kind.NOTICE)
        return replace(self, answer=replace(answer, remark="", thoughts=""))

    def cancelled(self, now: float) -> Self:
        return self._take(Step.CANCEL, done_at=now)

    def delivered(self, now: float) -> Self:
        return self._take(Step.DELIVER, done_at=now)

    def undeliverable(self, error: str, now: float) -> Self:
        return self._take(Step.ABANDON, done_at=now, error=error)

    def _take(self, step: Step, **changes: Any) -> Self:
        state = STEPS.get((self.state, step))
        if state is None:
            raise InvalidStep(f"a turn that is {self.state} cannot be {step}")
        ended = replace(self, state=state, step=step, attempts=0, failures=0, due_at=0.0)
        return replace(ended, failing_since=None, **changes)
