"""What a model costs, where the operator says so."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from bot.core.assistants import HostedTool
from bot.core.tools import EndedCall
from bot.words import fraction

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


TRANSCRIPTION, A_MINUTE = "transcription", "transcription_minute"
_Heard = Literal["transcription", "transcription_minute"]
HostedPrices = Mapping[HostedTool | _Heard, Annotated[Decimal, Field(ge=0)]]
"""US dollars for each time that a server does something itself: a model's, or who hears voices.

`transcription_minute` is for a minute, where it is known how long something lasts.
"""


HostedPrice = Callable[[EndedCall], Decimal | None]
"""US dollars of one; None when nobody knows them."""


def with_hosted(cost: int | None, hosted: Sequence[EndedCall], price: HostedPrice) -> int | None:
    """What a run cost with what its server did itself, as far as that is known."""
    own = sum(filter(None, map(price, hosted)), Decimal(0))
    return None if cost is None else cost + round(own * PER_DOLLAR)


def unpriced(hosted: Sequence[EndedCall], price: HostedPrice) -> Sequence[str]:
    """The names of those that nobody knows the price of, each once."""
    return [*dict.fromkeys(one.call.tool for one in hosted if price(one) is None)]


def as_cost(dollars: Decimal | None) -> int | None:
    """As it is kept."""
    return None if dollars is None else round(dollars * PER_DOLLAR)


def in_dollars(cost: int) -> Decimal:
    return Decimal(cost) / PER_DOLLAR


def as_money(dollars: Decimal) -> str:
    """As people read it: cents where it is dollars, and two digits that say something below."""
    digits = 2 if dollars >= 1 or not dollars else max(2, 1 - dollars.adjusted())
    return f"{fraction(f'{dollars:.{digits}f}')} USD"
