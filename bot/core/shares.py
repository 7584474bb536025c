"""What a course shares out: hearts that come back with time, and money for a day and a month."""

import math
from dataclasses import dataclass

from bot.words import say

_CLOSE = 1e-6  # what sums of seconds and of money may be off by


@dataclass(frozen=True, slots=True)
class Purse:
    """Out of which something is spent: a person's hearts in a course, or the course's money."""

    course: int
    person: str  # or `day:2026-11-28`, `month:2026-11`
    room: float = 0.0  # what may be used, in the purse's unit
    rate: float = 0.0  # as much of it comes back in a second


@dataclass(frozen=True, slots=True)
class Hearts:
    """What is left to a person, and when more of it comes."""

    left: int
    most: int
    next_in: float  # seconds; 0 where none is missing

    def __str__(self) -> str:
        left = say("{left} of {most} hearts", left=self.left, most=self.most)
        if not self.next_in:
            return left
        return say("{left}, next in {wait}", left=left, wait=minutes(self.next_in))


@dataclass(frozen=True, slots=True)
class Pace:
    """How many hearts a person has, and in how many seconds one comes back."""

    most: int = 10
    every: float = 180.0

    def purse(self, course: int, person: str) -> Purse:
        """Counted in seconds: a heart is as many as it takes to come back."""
        return Purse(course, person, self.most * self.every, 1.0)

    def hearts(self, used: float) -> Hearts:
        used = min(used, self.most * self.every)
        gone = math.ceil(used / self.every - _CLOSE)
        return Hearts(self.most - gone, self.most, used - (gone - 1) * self.every if gone else 0.0)


def minutes(seconds: float) -> str:
    """As people say it; what is begun counts."""
    return say("{count} min", count=max(math.ceil(seconds / 60 - _CLOSE), 1))
