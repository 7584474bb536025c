"""What a model calls the tools of a server."""

import re

from hypothesis import given
from hypothesis import strategies as st

from bot.tools.server_names import names_of


def test_a_plain_name_stays() -> None:
    assert names_of("cal", ["list_events"]) == {"cal__list_events": "list_events"}


def test_dots_are_no_letters_and_who_has_none_keeps_the_name() -> None:
    names = names_of("cal", ["a.b", "a_b", "a-b"])
    assert names["cal__a_b"] == "a_b"
    assert sorted(names.values()) == ["a-b", "a.b", "a_b"]


def test_long_names_that_differ_at_the_end_differ() -> None:
    names = names_of("c" * 32, ["x" * 100 + "1", "x" * 100 + "2"])
    assert len(names) == 2


@given(st.lists(st.text(min_size=1, max_size=200), unique=True, max_size=20))
def test_any_names_become_names_that_differ(theirs: list[str]) -> None:
    names = names_of("cal", theirs)
    assert sorted(names.values()) == sorted(theirs)
    assert all(re.fullmatch(r"cal__[A-Za-z0-9_-]{0,59}", name) for name in names)
