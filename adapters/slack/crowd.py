"""Whether answers have to queue: Slack takes one message a second in a channel.

Then each answer costs one call. Nothing is streamed, no session is opened, and who has to wait is
told once that she is in line.
"""

from dataclasses import dataclass

from adapters.slack.budget import Budget
from adapters.slack.origins import SlackOrigin
from bot.core.messages import Message

_IN_A_CHANNEL = 5  # questions open at once; their answers wait no longer than they are written
_IN_A_WORKSPACE = 20
_LONGEST = 900.0  # seconds; what is open for longer has gone to another process


@dataclass(frozen=True, slots=True)
class _Open:
    team: str
    channel: str
    order: float
    since: float


class Crowd:
    """The questions that are open at the moment, by where they were asked."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._open: dict[str, _Open] = {}

    def enter(self, question: Message) -> None:
        origin, now = SlackOrigin.of(question), self._budget.now()
        recent = {name: one for name, one in self._open.items() if one.since > now - _LONGEST}
        entered = _Open(origin.team, origin.channel, origin.order, now)
        self._open = {question.id: entered} | recent

    def leave(self, question: Message) -> None:
        self._open.pop(question.id, None)

    def is_one(self, question: Message) -> bool:
        """Whether answers have to queue where this was asked."""
        origin = SlackOrigin.of(question)
        here = [one for one in self._open.values() if one.team == origin.team]
        in_channel = sum(one.channel == origin.channel for one in here)
        return (
            in_channel > _IN_A_CHANNEL
            or len(here) > _IN_A_WORKSPACE
            or not self._budget.is_free("chat.postMessage", origin.team, origin.channel)
        )

    def ahead(self, question: Message) -> int:
        """How many are answered before this one: in its channel."""
        origin = SlackOrigin.of(question)
        here = [one for one in self._open.values() if one.team == origin.team]
        return sum(one.channel == origin.channel and one.order < origin.order for one in here)
