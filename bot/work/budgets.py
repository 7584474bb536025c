"""What all may cost in a day or a month: nothing is asked of a model once it is used up.

What is being answered is counted when it ends, so as much as is at work can come on top.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal

import structlog

from bot.core.budgets import TOKENS, Allowance, parse_budgets
from bot.core.catalogue import Chosen
from bot.core.errors import Refusal
from bot.core.ports.storage import Spent
from bot.core.prices import in_dollars
from bot.words import say
from bot.work.holding import HeldTurn, Ports

log = structlog.get_logger()

_NAMES = {"budget": "", "budget_each": "for one person "}  # the settings, and whose they are


class BudgetSpent(Refusal):
    """What may be used here is used up."""


async def budget_spent(held: HeldTurn, ports: Ports) -> Refusal | None:
    """A gate. All budgets of all scopes count; what was let through once is let through again."""
    turn = held.turn
    if turn.message.command or turn.backend:
        return None
    now = held.now()
    for scope, name, budget in _budgets(await held.scene.chosen()):
        person = turn.message.author.id if name == "budget_each" else None
        spent = await ports.storage.looks.spent(scope, budget.since(now), person)
        if _amount(spent, budget) >= budget.amount:
            log.warning("budget_spent", scope=scope, budget=str(budget), each=bool(person))
            return BudgetSpent(f"{budget} in {scope}", notice=_notice(budget, _NAMES[name]))
    return None


def _budgets(chosen: Chosen) -> Iterator[tuple[str, str, Allowance]]:
    """The widest last: of all there is, whatever the platform."""
    for scope in chosen.scopes:
        for name in _NAMES:
            for value in chosen.each(scope, name):
                yield from ((scope, name, budget) for budget in parse_budgets(value))
    yield from (("", "budget", budget) for budget in parse_budgets(chosen.catalogue.budget))


def _amount(spent: Sequence[Spent], budget: Allowance) -> Decimal:
    """In the budget's unit; what nobody knows the price of costs nothing."""
    if budget.unit == TOKENS:
        return Decimal(sum(one.input_tokens + one.output_tokens for one in spent))
    return in_dollars(sum(one.cost for one in spent))


def _notice(budget: Allowance, whose: str) -> str:
    when = say("tomorrow" if budget.span == "day" else "when the next month begins")
    return say(
        "What may be used {whose}here in a {span} is used up, so I did not ask the "
        "model. Please try again {when} (00:00 UTC).",
        whose=say(whose),
        span=say(budget.span),
        when=when,
    )
