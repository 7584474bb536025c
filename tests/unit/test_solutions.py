"""Which texts show a finished solution."""

import pytest

from bot.rules.solutions import shows_solution
from tests.unit.solutions import EXAMPLE, HONEST, KEPT, LEAKS


@pytest.mark.parametrize("dress", LEAKS)
def test_a_kept_solution_is_seen_in_every_dress(dress: str) -> None:
    assert shows_solution(LEAKS[dress], KEPT)


@pytest.mark.parametrize("dress", sorted({*LEAKS} - {"a one-liner", "a bare one-liner", "rot13"}))
def test_most_of_it_is_seen_where_staff_have_kept_none(dress: str) -> None:
    is_told = dress in {"read aloud", "backwards"}
    assert shows_solution(LEAKS[dress], ()) is not is_told


@pytest.mark.parametrize("help_", HONEST)
def test_help_that_gives_nothing_away_is_let_through(help_: str) -> None:
    assert not shows_solution(HONEST[help_], KEPT)


def test_an_example_of_another_problem_is_let_through_where_one_is_due() -> None:
    assert shows_solution(EXAMPLE, KEPT)
    assert not shows_solution(EXAMPLE, KEPT, is_example=True)
    assert all(shows_solution(LEAKS[dress], KEPT, is_example=True) for dress in ("bare", "a diff"))
