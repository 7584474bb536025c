"""Four times the text is about four times the work, however bad the text."""

import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from bot.core.errors import InvalidSetting
from bot.core.redaction import Redactor
from bot.rules.courses import read_who
from bot.rules.shortening import shortened

REDACTED = ("a   ", "://", "xox", "auth-", "M" * 28 + ".", "eyJaaaaaaaa.", "webhooks%2F1")
FUNCTIONS: list[tuple[Callable[[str], object], str]] = [
    (lambda text: read_who(text, "slack"), "<!subteam^a|"),
    (lambda text: read_who(text, "slack"), "<@a|"),
    (shortened, "\n\n"),
    (shortened, "```\n\n"),
    (shortened, "a. "),
    (Redactor(["a secret of ours"]), "://a:"),
    (Redactor(["a secret of ours"]), "password='"),
    *((Redactor(["a secret of ours"]), piece) for piece in REDACTED),
]


@pytest.mark.parametrize(("function", "piece"), FUNCTIONS)
def test_work_grows_with_the_text_and_no_faster(
    function: Callable[[str], object], piece: str
) -> None:
    few, many = (quickest(function, piece * times) for times in (2_000, 8_000))
    assert many < few * 9 + 0.005


def quickest(function: Callable[[str], object], text: str) -> float:
    """Seconds of the processor."""
    return min(taken(function, text) for _ in range(4))


def taken(function: Callable[[str], object], text: str) -> float:
    began = time.process_time()
    with suppress(InvalidSetting):
        function(text)
    return time.process_time() - began
