"""What tokens cost, by the price table of `genai-prices`; what it does not know is unknown."""

from decimal import Decimal

from genai_prices import Usage, calc_price

# The backends of OpenAI's own API; what other servers cost nobody here can know.
_PROVIDERS = {"responses": "openai", "responses-foreground": "openai"}
_FREE = {"demo"}


def price_of(
    backend: str | None, model: str | None, *, input_tokens: int, cached: int, output_tokens: int
) -> Decimal | None:
    """US dollars; None when nobody knows the price."""
    if backend in _FREE:
        return Decimal(0)
    provider = _PROVIDERS.get(backend or "")
    if provider is None:
        return None
    usage = Usage(input_tokens=input_tokens, cache_read_tokens=cached, output_tokens=output_tokens)
    try:
        return calc_price(usage, model or "", provider_id=provider).total_price
    except (LookupError, ValueError):
        return None
