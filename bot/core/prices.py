"""What a model costs, where the operator says so."""

from decimal import Decimal

from pydantic import BaseModel, ConfigDict, Field

PER_DOLLAR = 1_000_000_000  # a cost is kept in billionths of one
_MILLION = 1_000_000


class ModelPrice(BaseModel):
    """US dollars for a million tokens."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    input: Decimal = Field(ge=0)
    cached: Decimal | None = Field(default=None, ge=0)  # None: as all other input
    output: Decimal = Field(ge=0)

    def of(self, *, input_tokens: int, cached: int, output_tokens: int) -> Decimal:
        """US dollars."""
        known = self.input if self.cached is None else self.cached
        new = max(input_tokens - cached, 0)
        return (new * self.input + cached * known + output_tokens * self.output) / _MILLION


def as_cost(dollars: Decimal | None) -> int | None:
    """As it is kept."""
    return None if dollars is None else round(dollars * PER_DOLLAR)


def in_dollars(cost: int) -> Decimal:
    return Decimal(cost) / PER_DOLLAR


def as_money(dollars: Decimal) -> str:
    """As people read it: cents where it is dollars, and two digits that say something below."""
    if dollars >= 1 or not dollars:
        return f"{dollars:.2f} USD"
    digits = max(2, 1 - dollars.adjusted())
    return f"{dollars:.{digits}f} USD"
