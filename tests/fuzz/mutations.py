"""Input that grows out of real input: parts are lost, doubled, of another type, or nonsense."""

import os
import random
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

T = TypeVar("T")

_SECONDS = float(os.environ.get("FUZZ_SECONDS", "1.5"))
_VALUES: Sequence[Any] = (
    *(None, True, 0, -1, 2**80, 1e308, "", "x", "\ud800", "\x00", "\u202e", "9" * 5000),
    *([], {}, [[]], [None], {"": ""}, "<@U1>", "<!channel>", "![x](https://a.example)", "```"),
)


def many(make: Callable[[random.Random], T]) -> Iterator[T]:
    """New input until the time is over. The seed stands in the failure: it is the input's repr."""
    chance, end = random.Random(os.environ.get("FUZZ_SEED")), time.monotonic() + _SECONDS  # noqa: S311
    while time.monotonic() < end:
        yield make(chance)


def spoiled(value: Any, chance: random.Random, times: int = 3) -> Any:
    """The same body, wrong in a few places."""
    for _ in range(chance.randint(1, times)):
        value = _spoiled(value, chance)
    return value


def _spoiled(value: Any, chance: random.Random) -> Any:
    if chance.random() < 0.15 or not value or not isinstance(value, dict | list):
        return chance.choice(_VALUES)
    if isinstance(value, list):
        at = chance.randrange(len(value))
        return [*value[:at], _spoiled(value[at], chance), *value[at + 1 :]]
    name = chance.choice([*value])
    if chance.random() < 0.2:
        return {key: each for key, each in value.items() if key != name}
    return value | {name: _spoiled(value[name], chance)}


def torn(data: bytes, chance: random.Random) -> bytes:
    """The same bytes, cut, doubled or with others among them."""
    for _ in range(chance.randint(1, 4)):
        at, to = sorted(chance.randrange(len(data) + 1) for _ in range(2))
        new = chance.choice((b"", data[at:to] * 2, chance.randbytes(chance.randint(1, 9))))
        data = data[:at] + new + data[to:]
    return data
