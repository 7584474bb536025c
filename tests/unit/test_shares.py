"""Hearts in words, and how long until the next."""

import pytest

from bot.core.shares import Pace

PACE = Pace(most=10, every=180.0)


@pytest.mark.parametrize(
    ("used", "words"),
    [
        (0.0, "10 of 10 hearts"),
        (1.0, "9 of 10 hearts, next in 1 min"),
        (180.0, "9 of 10 hearts, next in 3 min"),
        (600.0, "6 of 10 hearts, next in 1 min"),
        (1800.0, "0 of 10 hearts, next in 3 min"),
        (9999.0, "0 of 10 hearts, next in 3 min"),
    ],
)
def test_what_is_left_is_said_in_words(used: float, words: str) -> None:
    assert str(PACE.hearts(used)) == words
