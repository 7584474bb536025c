"""What tokens cost: as the operator says, else by the price table of `genai-prices`.

What neither knows is unknown. The table is large: it is read where a model of OpenAI's is used.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal

from bot.core.ports.storage import Spent
from bot.core.prices import ModelPrice

# The backends of OpenAI's own API; what other servers cost nobody here can know.
_PROVIDERS = {"responses": "openai", "responses-foreground": "openai"}
_FREE = {"demo"}

OwnPrices = Mapping[str, ModelPrice]


def price_of(  # noqa: PLR0913 - a run, and its tokens
    backend: str | None,
    model: str | None,
    *,
    input_tokens: int,
    cached: int,
    output_tokens: int,
    own: OwnPrices | None = None,
) -> Decimal | None:
    """US dollars of one run; None when nobody knows the price."""
    if price := (own or {}).get(model or ""):
        return price.of(input_tokens=input_tokens, cached=cached, output_tokens=output_tokens)
    if backend in _FREE:
        return Decimal(0)
    provider = _PROVIDERS.get(backend or "")
    if provider is None:
        return None
    from genai_prices import Usage, calc_price  # noqa: PLC0415 - it takes half a second

    usage = Usage(input_tokens=input_tokens, cache_read_tokens=cached, output_tokens=output_tokens)
    try:
        return calc_price(usage, model or "", provider_id=provider).total_price
    except (LookupError, ValueError):
        return None


class Prices:
    """Of runs, by what holds now. `own`: what stands in homeroom.toml."""

    def __init__(self, own: Callable[[], OwnPrices]) -> None:
        self._own = own

    def __call__(self, spent: Spent) -> Decimal | None:
        return price_of(
            spent.backend,
            spent.model,
            input_tokens=spent.input_tokens,
            cached=spent.cached_tokens,
            output_tokens=spent.output_tokens,
            own=self._own(),
        )
