"""What waits for a person of the staff: a question, a draft of an answer, an alert.

It stands on a card in the staff's channel. Each step raises its epoch, and is taken only by whoever
knows the last one, so that no two answer the same.
"""

from dataclasses import dataclass, field
from enum import StrEnum


class Matter(StrEnum):
    """What a card is about."""

    HUMAN = "human"  # somebody wants a person
    DRAFT = "draft"  # an answer that staff see first
    EXAM = "exam"  # an answer that an exam kept back
    ALERT = "alert"  # somebody may be in danger, or threaten others
    NOTE = "note"  # flagged, and not urgent

    @property
    def is_alarm(self) -> bool:
        return self in {Matter.ALERT, Matter.NOTE}


class Stand(StrEnum):
    """How far a card has come."""

    OPEN = "open"
    CLAIMED = "claimed"
    ANSWERED = "answered"  # and whoever asked has not said yet that it is enough
    DONE = "done"
    DROPPED = "dropped"


class Shown(StrEnum):
    """What staff may see of what was said, as whoever asked has chosen."""

    QUESTION = "question"  # and its answer
    FIVE = "five"  # the last five
    OWN = "own"  # nothing but what she writes


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """Times are seconds since the epoch."""

    id: int = 0
    course: int
    matter: Matter
    nonce: str  # whatever is done twice makes one card
    about: str  # the key of the question
    place: str  # the key of its conversation
    person: str  # who asked, as courses know her
    name: str = ""  # hers, where staff may know it
    words: str = field(default="", repr=False)  # her own, or the draft's
    shown: Shown = Shown.QUESTION
    stand: Stand = Stand.OPEN
    holder: str = ""  # of the staff
    holder_name: str = ""
    epoch: int = 0
    due_at: float | None = None  # when it is brought up again
    raised: int = 0  # times it was
    created_at: float = 0.0

    @property
    def is_open(self) -> bool:
        return self.stand in {Stand.OPEN, Stand.CLAIMED}
