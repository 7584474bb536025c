"""What somebody wants of a course, once it is known that she may."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.core.courses import Course, Role
from bot.core.messages import Message
from bot.core.standing import Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    message: Message
    words: str
    standing: Standing
    person: str
    course: Course
    role: Role | None

    @property
    def platform(self) -> str:
        return self.message.key.platform


Note = Callable[..., Awaitable[None]]
"""Writes down who did what: `(wish, verb, *, subject, was, became)`."""
