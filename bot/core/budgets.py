"""What may be used in a time: written `500000 tokens a day, 20 USD a month`.

A course writes it in a unit of its own as well, at the rate that its owner sets and nobody looks
up: `2 EUR a day, 0.92 EUR a USD`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

TOKENS, MONEY = "tokens", "USD"
_PART = re.compile(
    r"(?P<amount>\d{1,12}(?:\.\d{1,2})?) (?P<unit>[^\W\d_]{1,12}) a (?P<span>day|month)"
)
_RATE = re.compile(rf"(?P<amount>\d{{1,9}}(?:\.\d{{1,6}})?) (?P<unit>[^\W\d_]{{1,12}}) a {MONEY}")


@dataclass(frozen=True, slots=True)
class Allowance:
    amount: Decimal
    unit: str
    span: str
    rate: Decimal = Decimal(1)  # of the unit for a US dollar

    @property
    def dollars(self) -> Decimal:
        return self.amount / self.rate

    def __str__(self) -> str:
        return f"{self.amount:,} {self.unit} a {self.span}"

    def since(self, now: float) -> float:
        """When the day or month began, in UTC."""
        begun = datetime.fromtimestamp(now, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return (begun if self.span == "day" else begun.replace(day=1)).timestamp()


def parse_budgets(written: str) -> Sequence[Allowance]:
    """All that are written there. Raises ValueError."""
    return [_parse(part, {}) for part in _parts(written)]


def parse_course_budgets(written: str) -> Sequence[Allowance]:
    """The same for a course: one of tokens and one of money in each time. Raises ValueError."""
    rates = {one["unit"]: Decimal(one["amount"]) for one in _rates(written)}
    budgets = [_parse(part, rates) for part in _parts(written) if not _RATE.fullmatch(part)]
    purses = {(one.unit == TOKENS, one.span) for one in budgets}
    is_whole = len(purses) == len(budgets) and rates.keys() <= {one.unit for one in budgets}
    if not is_whole or not all(rates.values()):
        raise ValueError(written)
    return budgets


def _parts(written: str) -> Sequence[str]:
    return [part.strip() for part in written.split(",") if part.strip()]


def _rates(written: str) -> Iterator[re.Match[str]]:
    for part in _parts(written):
        found = _RATE.fullmatch(part)
        if found is not None and found["unit"] not in {TOKENS, MONEY}:
            yield found


def _parse(part: str, rates: Mapping[str, Decimal]) -> Allowance:
    found = _PART.fullmatch(part)
    if found is None or found["unit"] not in {TOKENS, MONEY, *rates}:
        raise ValueError(part)
    unit = found["unit"]
    return Allowance(Decimal(found["amount"]), unit, found["span"], rates.get(unit, Decimal(1)))
