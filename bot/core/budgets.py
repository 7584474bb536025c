"""What may be used in a time: written `500000 tokens a day, 20 USD a month`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

TOKENS, MONEY = "tokens", "USD"
_PART = re.compile(r"(?P<amount>\d{1,12}(?:\.\d{1,2})?) (?P<unit>tokens|USD) a (?P<span>day|month)")


@dataclass(frozen=True, slots=True)
class Allowance:
    amount: Decimal
    unit: str
    span: str

    def __str__(self) -> str:
        return f"{self.amount:,} {self.unit} a {self.span}"

    def since(self, now: float) -> float:
        """When the day or month began, in UTC."""
        begun = datetime.fromtimestamp(now, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return (begun if self.span == "day" else begun.replace(day=1)).timestamp()


def parse_budgets(written: str) -> Sequence[Allowance]:
    """All that are written there. Raises ValueError."""
    parts = (part.strip() for part in written.split(","))
    return [_parse(part) for part in parts if part]


def _parse(part: str) -> Allowance:
    found = _PART.fullmatch(part)
    if found is None:
        raise ValueError(part)
    return Allowance(Decimal(found["amount"]), found["unit"], found["span"])
