"""What a course may spend in a day and a month, by its own clock: put aside first, settled after.

It is a chain as hearts are, so whatever is asked at once, not a question is let through beyond it.
What a run has really cost is settled with the next question, or with the next look.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from zoneinfo import ZoneInfo

from bot.classroom.board import StaffBoard
from bot.core.budgets import MONEY, TOKENS, Allowance, parse_course_budgets
from bot.core.courses import Course
from bot.core.errors import Refusal
from bot.core.ports.clock import Clock
from bot.core.ports.shares import Reserve, Shares
from bot.core.shares import Purse
from bot.words import say

_BILLION = 10**9
_UNPRICED = 0.05  # US dollars put aside for what nobody knows the price of
_TOLD_AT = (50, 80, 100)  # per cent
_USED = "{course} has used {percent} % of its {budget}."
_OVER = "{course} has used its {budget}: no question is asked until there is more."


class CourseSpent(Refusal):
    """What this course may use is used up, so I did not ask the model."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a question may take at most, roughly."""

    tokens: int
    dollars: Decimal | None  # None: nobody knows the price

    def amount(self, unit: str) -> float:
        if unit == TOKENS:
            return float(self.tokens)
        return float(_UNPRICED if self.dollars is None else self.dollars) * _BILLION


def purses(course: Course, at: float) -> Sequence[tuple[Allowance, Purse]]:
    """Each budget of a course, and what it is taken out of at a time."""
    now = datetime.fromtimestamp(at, UTC).astimezone(ZoneInfo(course.zone))
    spans = {"day": f"{now:%Y-%m-%d}", "month": f"{now:%Y-%m}"}
    found = []
    for budget in parse_course_budgets(course.plan.budget):
        is_money = budget.unit != TOKENS  # counted in dollars, whatever it is written in
        room = float(budget.dollars) * _BILLION if is_money else float(budget.amount)
        unit = MONEY if is_money else TOKENS
        name = f"{budget.span}:{spans[budget.span]}:{unit}"
        found.append((budget, Purse(course.id, name, room)))
    return found


class Treasury:
    def __init__(self, shares: Shares, board: StaffBoard, clock: Clock) -> None:
        self._shares = shares
        self._board = board
        self._clock = clock

    async def reserve(self, course: Course, turn_id: int, expected: Expected) -> Refusal | None:
        """Put aside what a turn may take, in each purse there is; a Refusal where one is empty."""
        for budget, purse in purses(course, self._clock()):
            await self._settle(purse, budget.unit)
            amount, now = expected.amount(budget.unit), self._clock()
            used = await self._shares.spend(purse, turn_id, amount, now)
            if used is None:
                await self._tell(course, budget, purse, _TOLD_AT[-1])
                return CourseSpent(f"{budget} in {course.id}", notice=_notice(budget))
            for percent in _TOLD_AT[:-1]:
                if used - amount < purse.room * percent / 100 <= used:
                    await self._tell(course, budget, purse, percent)
        return None

    async def told(self, course: Course) -> str:
        """What is used of each budget."""
        lines = []
        for budget, purse in purses(course, self._clock()):
            await self._settle(purse, budget.unit)
            used = await self._shares.used(purse, self._clock())
            lines.append(f"- {100 * used / purse.room:.0f} % of {budget}")
        return "\n".join(lines) or say("No budget is set: `/class budget 2 USD a day`.")

    async def _settle(self, purse: Purse, unit: str) -> None:
        for reserve in await self._shares.unsettled(purse):
            await self._shares.settle(purse, reserve.turn_id, _cost(reserve, unit), self._clock())

    async def _tell(self, course: Course, budget: Allowance, purse: Purse, percent: int) -> None:
        """Once for each purse and mark: it has a name of its own."""
        is_over = percent == _TOLD_AT[-1]
        name = f"budget/{course.id}/{purse.person}/{percent}"
        told = {"course": course.name, "budget": budget, "percent": percent}
        words = partial(say, _OVER if is_over else _USED, **told)
        await self._board.tell(course, name, words)


def _cost(reserve: Reserve, unit: str) -> float:
    """What nobody counted is taken to have used what was put aside."""
    usage = reserve.usage
    if not reserve.was_begun:
        return 0.0
    if usage is None:
        return reserve.amount
    if unit == TOKENS:
        return float(usage.input_tokens + usage.output_tokens)
    return reserve.amount if usage.cost is None else float(usage.cost)


def _notice(budget: Allowance) -> str:
    when = say("tomorrow" if budget.span == "day" else "when the next month begins")
    return say(
        "What this course may use in a {span} is used up, so I did not ask the model. "
        "Please try again {when}, or ask a human: `/human`.",
        span=say(budget.span),
        when=when,
    )
