"""What students are to do by themselves, and what an answer about it must not give away."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from bot.core.messages import Message


class Mode(StrEnum):
    """How the bot helps."""

    ANSWER = "answer"  # as it can
    HINT = "hint"  # step by step, and never with the solution
    SOCRATIC = "socratic"  # with questions alone
    LOGISTICS = "logistics"  # about dates, rooms and tools, and nothing else

    @property
    def is_guarded(self) -> bool:
        """Whether an answer must show no solution."""
        return self is not Mode.ANSWER


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """Times are seconds since the epoch. What staff have kept goes into no prompt, ever."""

    name: str
    scope: str = ""  # the channel it is talked about in; else the whole course
    mode: str = ""  # else that of the place
    rules: str = ""
    avoid: tuple[str, ...] = ()  # words that an answer does without
    tools: tuple[str, ...] = ()  # that alone may be used; else all that the assistant has
    material: tuple[str, ...] = ()  # documents that alone are answered from; else all there are
    opens_at: float = 0.0
    closes_at: float = 0.0  # 0: never
    kept: tuple[str, ...] = field(default=(), repr=False)  # solutions, each in full

    def is_open(self, now: float) -> bool:
        return self.opens_at <= now and (not self.closes_at or now < self.closes_at)


def held_here(
    assignments: Sequence[Assignment], message: Message, now: float
) -> Sequence[Assignment]:
    """Those that are open, and that staff hold where something is asked; the nearest first."""
    scopes = message.key.scopes()
    held = [one for one in assignments if one.scope in scopes and one.is_open(now)]
    return sorted(held, key=lambda one: -one.scope.count(":"))
