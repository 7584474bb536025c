"""What was used, summed up, and as a sheet."""

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from io import StringIO

from bot.core.ports.storage import Spent, Used
from bot.core.ports.views import SpendingRecord
from bot.core.prices import in_dollars

Price = Callable[[Spent], Decimal | None]

_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # OWASP, "CSV Injection"
_FIELDS = [one.name for one in fields(Used)]
_COUNTS = [name for name in _FIELDS if name not in {"cost", "unpriced"}]


@dataclass(frozen=True, slots=True)
class Total:
    name: str
    used: Used
    cost: Decimal | None  # US dollars; None: nobody knows what a part of it cost


def totals(records: Sequence[SpendingRecord], price: Price) -> list[Total]:
    """By name, the dearest first, and the most used of those that cost the same."""
    found: dict[str, Total] = {}
    for record in records:
        cost, known = _cost(record, price), found.get(record.name)
        if known is None:
            found[record.name] = Total(record.name, record.used, cost)
        else:
            whole = None if known.cost is None or cost is None else known.cost + cost
            found[record.name] = Total(record.name, _sum(known.used, record.used), whole)
    return sorted(found.values(), key=lambda one: (-(one.cost or 0), -one.used.input_tokens))


def total(parts: Sequence[Total]) -> Total:
    """Of all of them."""
    used = Used()
    for part in parts:
        used = _sum(used, part.used)
    costs = [part.cost for part in parts]
    return Total("all", used, None if None in costs else sum(filter(None, costs), Decimal(0)))


def _cost(record: SpendingRecord, price: Price) -> Decimal | None:
    """By the mean of runs that are alike in length: what is longer may cost more a token."""
    used = record.used
    if not used.unpriced:
        return in_dollars(used.cost)
    counted = used.runs - used.uncounted
    if used.uncounted or not counted:
        return None
    means = (used.input_tokens, used.cached_tokens, used.output_tokens)
    each = price(Spent(record.backend, record.model, *(one // counted for one in means)))
    return None if each is None else each * counted


def _sum(one: Used, other: Used) -> Used:
    return Used(*(getattr(one, name) + getattr(other, name) for name in _FIELDS))


def as_sheet(rows: Sequence[Total], heading: str) -> str:
    """CSV, which opens as what it says."""
    target = StringIO()
    writer = csv.writer(target)
    writer.writerow([heading, *_COUNTS, "cost_usd"])
    for row in rows:
        counts = [getattr(row.used, name) for name in _COUNTS]
        writer.writerow([as_cell(row.name), *counts, "unknown" if row.cost is None else row.cost])
    return target.getvalue()


def as_cell(value: object) -> object:
    """A word that a spreadsheet would take for a formula is told that it is a word."""
    is_formula = isinstance(value, str) and value.startswith(_FORMULA)
    return f"'{value}" if is_formula else value
