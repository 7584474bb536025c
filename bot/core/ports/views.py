"""What the page looks at. Each look is brief, or says that it would not be.

Times are seconds since the epoch. All of it raises StorageUnavailable, also where a look would
take too long.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from bot.core.messages import Attachment, ConversationKey
from bot.core.ports.records import Choice, ConversationLine, TurnRecord
from bot.core.ports.storage import Used
from bot.core.posts import PagePart
from bot.core.turns import State


@dataclass(frozen=True, slots=True)
class OpenWork:
    """What is not done."""

    open: Mapping[str, int]  # how many, by state
    oldest_at: float | None
    now: float


@dataclass(frozen=True, slots=True)
class TurnLine:
    """A turn in a list."""

    id: int
    key: str
    author_id: str
    author_name: str
    command: str | None
    text: str  # its beginning
    is_shared: bool  # others could hear it
    state: str
    step: str | None
    status: str  # the last that was shown
    error: str | None
    accepted_at: float
    done_at: float | None


@dataclass(frozen=True, slots=True)
class TurnView:
    """One turn whole, with where it stands and what came along with it."""

    key: str
    turn: TurnRecord
    files: tuple[Attachment, ...]
    is_shared: bool  # others could hear it
    parts: tuple[PagePart, ...] = ()  # below it on the page, if it was asked there

    @property
    def is_posted(self) -> bool:
        """Where an answer is kept back, the row has it and nobody was shown it."""
        return self.turn.state == State.DONE and any(post.ref for post in self.turn.posts)


@dataclass(frozen=True, slots=True)
class EndedTurn:
    accepted_at: float
    done_at: float
    has_failed: bool


@dataclass(frozen=True, slots=True)
class Found:
    """`back_to`: when what was looked through last was said; None: all was looked through."""

    turns: tuple[TurnLine, ...]
    back_to: float | None


class Dimension(StrEnum):
    """What usage is summed up by."""

    DAY = "day"
    MODEL = "model"
    PERSON = "person"
    CHANNEL = "channel"
    ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True)
class SpendingRecord:
    """What was used under a name of a dimension, in runs of one model that are alike in length."""

    name: str
    backend: str | None
    model: str | None
    used: Used


class Views(Protocol):
    async def queue(self) -> OpenWork: ...

    async def waiting(self, most: int) -> Sequence[TurnLine]:
        """Open turns, the oldest first."""

    async def ended(self, since: float, most: int) -> Sequence[EndedTurn]:
        """Questions accepted since then that are done, the newest first."""

    async def troubled(self, since: float, most: int) -> Sequence[TurnLine]:
        """What failed or could not be delivered, the newest first."""

    async def conversations(self, choice: Choice) -> Sequence[ConversationLine]:
        """The one last spoken in first."""

    async def found(self, words: str, before: int | None, most: int) -> Found:
        """Turns that hold these words, in what was said or in a name, the newest first."""

    async def said_by(
        self, person: str, words: str, before: int | None, most: int
    ) -> Sequence[TurnLine]:
        """What a person, as in a course, said that holds these words, the newest first."""

    async def heard_in(
        self, scope: str, words: str, before: int | None, most: int
    ) -> Sequence[TurnLine]:
        """Questions before others within a scope that hold these words, the newest first."""

    async def turns(
        self, keys: Sequence[ConversationKey], before: int | None, most: int
    ) -> Sequence[TurnView]:
        """The newest of these conversations below an id, in the order they were asked."""

    async def turn(self, turn_id: int) -> TurnView | None: ...

    async def spending(self, since: float, by: Dimension) -> Sequence[SpendingRecord]:
        """Of what was asked since then."""
