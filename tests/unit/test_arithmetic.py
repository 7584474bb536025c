"""What `calculate` knows, and what it cannot be made to do."""

from contextlib import suppress
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.tools.arithmetic import CannotCalculate, calculate


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("0.1 + 0.2", "0.3"),
        ("1/3", "1/3 (about 0.33333333333333333333)"),
        ("2^10", "1024"),
        ("7 × 8 =", "56"),
        ("1_000 * 3", "3000"),
        ("2**-3", "0.125"),
        ("-7 // 2", "-4"),
        ("-7 % 3", "2"),
        ("-pi % 2", "about 0.85840734641020676154"),
        ("sqrt(16/9)", "4/3 (about 1.3333333333333333333)"),
        ("2 ** 0.5", "about 1.4142135623730950488"),
        ("round(2.5)", "3"),
        ("round(-1.005, 2)", "-1.01"),
        ("ceil(-0.5)", "0"),
        ("factorial(25)", "15511210043330985984000000"),
        ("lcm(4, 6) + gcd(4, 6)", "14"),
        ("1e-5", "0.00001"),
    ],
)
def test_a_result_is_exact_or_says_that_it_is_not(expression: str, result: str) -> None:
    assert calculate(expression) == result


@pytest.mark.parametrize(
    "expression",
    [
        "9**9**9", "2**14001", "1e999999999", "factorial(1001)", "10**4000 * 10**4000",
        "exp(99999)", "e**e**e**e**e", "1**(10**9999)*2**20000", "floor(exp(9000))",
        "1/0", "ln(0)", "sqrt(-1)", "(-8)**(1/3)",
        "__import__('os')", "().__class__", "[1][0]", "lambda: 1", "1 if 1 else 2", "'a' * 3",
        "True + 1", "1j", "min()", "abs(1, 2)", "abs(x=1)", "print(1)", "1, 2", "", "\x00", "１",
        "(" * 300, "1" * 501,
    ],
)  # fmt: skip
def test_what_is_no_arithmetic_or_too_large_is_refused_in_words(expression: str) -> None:
    with pytest.raises(CannotCalculate, match=r"^That|goes from"):
        calculate(expression)


@given(st.text("0123456789.+-*/%() ^e", max_size=60))
def test_whatever_is_written_there_is_a_result_or_a_refusal(expression: str) -> None:
    with suppress(CannotCalculate):
        assert calculate(expression)


@given(st.fractions(), st.fractions(), st.sampled_from("+-*"))
def test_fractions_are_not_rounded(left: Fraction, right: Fraction, sign: str) -> None:
    found = calculate(f"({left}) {sign} ({right})").partition(" (")[0]
    wanted = {"+": left + right, "-": left - right, "*": left * right}[sign]
    assert Fraction(found) == wanted
