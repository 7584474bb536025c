"""What tokens cost, where anybody knows."""

from decimal import Decimal

import pytest

from bot.prices import price_of


def price(backend: str | None, model: str | None, *, cached: int = 0) -> Decimal | None:
    return price_of(backend, model, input_tokens=1000, cached=cached, output_tokens=100)


@pytest.mark.parametrize("backend", ["responses", "responses-foreground"])
def test_a_model_of_openai_has_a_price(backend: str) -> None:
    cost = price(backend, "gpt-4o")
    assert cost is not None
    assert 0 < cost < 1


def test_tokens_from_the_cache_are_cheaper() -> None:
    whole, cached = price("responses", "gpt-4o"), price("responses", "gpt-4o", cached=900)
    assert whole is not None
    assert cached is not None
    assert cached < whole


def test_the_demonstration_is_free() -> None:
    assert price("demo", "smollm2-135m") == 0


@pytest.mark.parametrize(
    ("backend", "model"),
    [
        ("responses", "no-such-model"),
        ("responses", None),
        ("chat", "gpt-4o"),  # on somebody's own machine, whatever its name
        (None, "gpt-4o"),
        ("no-such-backend", "gpt-4o"),
    ],
)
def test_a_price_that_nobody_knows_is_unknown(backend: str | None, model: str | None) -> None:
    assert price(backend, model) is None


def test_numbers_that_contradict_each_other_have_no_price() -> None:
    assert price("responses", "gpt-4o", cached=2000) is None
