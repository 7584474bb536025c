"""What a figure says of itself."""

from tests.bench.figures import Figure, show


def test_a_goal_may_be_a_value_or_a_ratio_to_the_floor() -> None:
    slow = Figure(name="CPU", value=6, unit="ms", floor=4, at_most=10, ratio_at_most=1.2)
    assert slow.ratio == 1.5
    assert slow.is_met is False
    assert slow.goal == "≤ 10, ≤ 1.2 × floor"


def test_what_has_no_goal_is_neither_met_nor_missed() -> None:
    assert Figure(name="disk", value=800, unit="bytes").is_met is None


def test_the_table_names_what_was_missed() -> None:
    rows = show([Figure(name="turns", value=100, unit="/s", at_least=150)]).splitlines()
    assert rows[-1] == "| turns | 100 /s |  |  | ≥ 150 | **no** |"
