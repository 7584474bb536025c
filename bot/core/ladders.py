"""The hint ladder: how far down a person has come on a subject, step by step."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Protocol


class HintLevel(IntEnum):
    """What a hint gives, the least first."""

    NUDGE = 1
    TARGETED = 2
    EXAMPLE = 3  # worked out, of another problem


class Why(StrEnum):
    """What a step was taken for."""

    BEGUN = "begun"
    TRIED = "tried"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderStep:
    """The n-th of a person on a subject, from 1; `at`: seconds since the epoch."""

    course: int
    person: str
    subject: str  # the name of an assignment, else the key of a conversation
    n: int
    turn_id: int
    level: HintLevel
    why: Why
    digest: str = ""  # of what was tried
    at: float


@dataclass(frozen=True, slots=True)
class Rung:
    """Where somebody stands as she is answered."""

    level: HintLevel
    last: HintLevel
    may_ask: bool = False  # what she has tried: nobody has asked her yet

    @property
    def is_last(self) -> bool:
        return self.level >= self.last

    @property
    def is_example(self) -> bool:
        return self.level is HintLevel.EXAMPLE


class Ladders(Protocol):
    async def of(self, course: int, person: str, subject: str) -> Sequence[LadderStep]:
        """The first one first."""

    async def of_person(self, person: str) -> Sequence[LadderStep]:
        """In all courses, the first one first."""

    async def add(self, step: LadderStep) -> bool:
        """False where its place is taken, or its turn has taken a step already."""

    async def purge(self, course: int, before: float) -> None: ...
