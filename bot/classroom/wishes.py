"""What somebody wants of a course, once it is known that she may."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.core.courses import Course, Role
from bot.core.messages import Message
from bot.core.standing import Standing
from bot.rules.courses import read_channels


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

    @property
    def space(self) -> str:
        return self.message.key.scopes()[-2]

    def places(self) -> tuple[str, ...]:
        """The scopes of the channels that she names, else of the one she is in.

        Raises InvalidSetting where what she writes is none.
        """
        named = tuple(f"{self.space}:{channel}" for channel in read_channels(self.words))
        return named or (scope_of(self.message),)


def scope_of(message: Message) -> str:
    """The channel, whatever the thread."""
    return message.key.scopes()[-3]


def is_of(trait: str, platform: str) -> bool:
    return trait.startswith(f"{platform}:") or ":" not in trait


Note = Callable[..., Awaitable[None]]
"""Writes down who did what: `(wish, verb, *, subject, was, became)`."""
