"""What there is to look at, for the command line, exports and pages. Nothing here changes a turn.

Times are seconds since the epoch.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.core.answers import Usage
from bot.core.messages import ConversationKey
from bot.core.ports.storage import Used
from bot.core.turns import Change


@dataclass(frozen=True, slots=True)
class ConversationLine:
    """A conversation in a list."""

    key: str
    created_at: float
    turns: int
    open: int
    last_at: float
    last_by: str  # the name of who spoke last
    session: str | None  # the backend and its id
    newest: int  # the id of its newest turn: the next page begins before it


@dataclass(frozen=True, slots=True)
class SessionRecord:
    backend: str
    session: str
    cursor: str | None
    opened_at: float
    ended_at: float | None


@dataclass(frozen=True, slots=True)
class Memo:
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class MessageRecord:
    message_key: str
    author_id: str
    author_name: str
    command: str | None
    text: str
    accepted_at: float


@dataclass(frozen=True, slots=True)
class AnswerRecord:
    answer: str | None
    kind: str | None
    remark: str | None
    thoughts: str | None
    model: str | None
    answered_at: float | None


@dataclass(frozen=True, slots=True)
class PostRecord:
    part: int
    ref: str | None


@dataclass(frozen=True, slots=True)
class RunRecord:
    step: int
    run: str | None
    session: str | None
    backend: str | None
    model: str | None
    usage: Usage | None


@dataclass(frozen=True, slots=True)
class CallRecord:
    id: int
    step: int
    tool: str
    arguments: str
    decision: str | None
    made_at: float
    begun_at: float | None
    ended_at: float | None
    output: str | None
    is_error: int | None
    is_hosted: int = 0  # by the model's server itself


@dataclass(frozen=True, slots=True)
class TurnRecord:
    id: int
    message: MessageRecord
    state: str
    step: str | None
    epoch: int
    attempts: int
    failures: int
    reruns: int
    due_at: float
    error: str | None
    assistant: str | None
    backend: str | None
    session: str | None
    run: str | None
    run_at: float | None
    changes: tuple[Change, ...]
    answer: AnswerRecord
    usage: Usage | None  # of all runs
    runs: tuple[RunRecord, ...]
    calls: tuple[CallRecord, ...]
    posts: tuple[PostRecord, ...]
    done_at: float | None


@dataclass(frozen=True, slots=True)
class ConversationRecord:
    """Everything there is about one conversation, in the order it happened."""

    key: str
    created_at: float
    begins_after: int
    sessions: tuple[SessionRecord, ...]
    assistants: tuple[Memo, ...]  # made on a server
    turns: tuple[TurnRecord, ...]


@dataclass(frozen=True, slots=True)
class UsageRecord:
    """What one person used in one conversation with one model.

    The cost of all its runs is known, or of none; then they are alike to the token.
    """

    key: str
    author_id: str
    author_name: str
    assistant: str | None
    backend: str | None
    model: str | None
    used: Used


@dataclass(frozen=True, slots=True)
class ToolUsage:
    """`tokens`: of what came of its calls, which later runs were told; estimated."""

    tool: str
    calls: int
    failed: int
    tokens: int


@dataclass(frozen=True, slots=True)
class CourseQuestion:
    """A student's; `at`: seconds since the epoch."""

    person: str  # as the course knows her
    at: float
    kind: str | None  # of what it came to: an answer, a notice
    level: int | None  # of the hint it was answered with
    vote: str | None  # of hers
    asked_human: bool  # about it


@dataclass(frozen=True, slots=True)
class Choice:
    """Which conversations are listed: all, or some of them."""

    since: float = 0.0
    user: str | None = None  # an id, or a name as the platform has it
    before: int | None = None  # turns below this one only
    most: int = 50


class Records(Protocol):
    async def conversations(self, choice: Choice) -> Sequence[ConversationLine]:
        """The one last spoken in first."""

    async def conversation(self, key: ConversationKey) -> ConversationRecord | None: ...

    async def delete(self, key: ConversationKey) -> bool:
        """Forget a conversation with all that hangs on it; False if there was none."""

    async def usage(self, since: float) -> Sequence[UsageRecord]:
        """Of what was asked since then."""

    async def asked_in(self, course: int) -> Sequence[CourseQuestion]:
        """What students have asked under a course's rules, wherever that was."""

    async def tools(self, since: float) -> Sequence[ToolUsage]:
        """How often each was called since then, the most used first."""
