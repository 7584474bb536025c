"""Arithmetic without a mistake: fractions as long as that goes, then fifty digits, and it says so.

Nothing is evaluated but what stands here. Sizes are bounded, for "9**9**9" is a short question.
"""

import ast
import math
import operator
from collections.abc import Callable, Mapping
from decimal import Decimal, DecimalException, localcontext
from fractions import Fraction

Number = Fraction | Decimal  # exact, or rounded to `_DIGITS`

_DIGITS = 50
_SHOWN = 20  # digits of what is rounded
_MOST_CHARS = 500
_MOST_BITS = 14_000  # about 4,200 digits
_MOST_OF_FACTORIAL = 1000
_MOST_EXPONENT = 4_000  # of ten
_SAME = str.maketrans({"×": "*", "·": "*", "÷": "/", "−": "-", "–": "-", "^": "**"})


class CannotCalculate(ValueError):
    """`str()` says why."""


def calculate(expression: str) -> str:
    """The result of an expression, exact where it can be. Raises CannotCalculate."""
    text = expression.translate(_SAME).strip().removesuffix("=")
    if len(text) > _MOST_CHARS:
        raise CannotCalculate(f"That is longer than {_MOST_CHARS} characters.")
    try:
        with localcontext(prec=_DIGITS, Emax=_MOST_EXPONENT, Emin=-_MOST_EXPONENT):
            return _shown(_Sum(text).value(ast.parse(text.strip(), mode="eval").body))
    except CannotCalculate:
        raise
    except (ZeroDivisionError, DecimalException) as error:
        raise CannotCalculate(
            "That divides by zero, is too large, or has no real result."
        ) from error
    except (
        SyntaxError,
        ValueError,
        TypeError,
        RecursionError,
        MemoryError,
        OverflowError,
    ) as error:
        raise CannotCalculate("That is no arithmetic I know. " + _KNOWN_WORDS) from error


class _Sum:
    """One expression."""

    def __init__(self, text: str) -> None:
        self._text = text.strip()

    def value(self, node: ast.expr) -> Number:
        match node:
            case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
                found: Number = self._literal(node)
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                found = -self.value(inner)
            case ast.UnaryOp(op=ast.UAdd(), operand=inner):
                found = self.value(inner)
            case ast.BinOp(op=ast.Pow(), left=left, right=right):
                found = _power(self.value(left), self.value(right))
            case ast.BinOp(op=op, left=left, right=right) if type(op) in _OPERATORS:
                found = _OPERATORS[type(op)](*_alike(self.value(left), self.value(right)))
            case ast.Call(func=ast.Name(id=name), args=given, keywords=[]) if name in _FUNCTIONS:
                found = _FUNCTIONS[name](*map(self.value, given))
            case ast.Name(id=name) if name in _CONSTANTS:
                found = _CONSTANTS[name]
            case _:
                raise CannotCalculate("That is no arithmetic I know. " + _KNOWN_WORDS)
        return _bounded(found)

    def _literal(self, node: ast.expr) -> Fraction:
        """As it is written: 0.1 is a tenth, which no float is."""
        written = (ast.get_source_segment(self._text, node) or "").replace("_", "")
        with_exponent = Decimal(written) if written.isascii() and "x" not in written else Decimal(0)
        if abs(with_exponent.adjusted()) > _MOST_EXPONENT:
            raise CannotCalculate("That number is too large.")
        return Fraction(written)


def _bounded(number: Number) -> Number:
    if isinstance(number, Decimal):
        if number.is_finite():
            return number
        raise DecimalException
    if max(number.numerator.bit_length(), number.denominator.bit_length()) > _MOST_BITS:
        raise CannotCalculate("That number is too large.")
    return Fraction(number)


def _power(base: Number, exponent: Number) -> Number:
    if isinstance(base, Fraction) and exponent == int(exponent):
        times = int(exponent)
        size = max(base.numerator.bit_length(), base.denominator.bit_length()) - 1
        if size and (size + 1) * abs(times) > 2 * _MOST_BITS:
            raise CannotCalculate("That number is too large.")
        return Fraction(base**times)
    if exponent == Fraction(1, 2):
        return _root(base)
    return _rounded(base) ** _rounded(exponent)


def _root(number: Number) -> Number:
    if isinstance(number, Fraction) and number >= 0:
        parts = math.isqrt(number.numerator), math.isqrt(number.denominator)
        if Fraction(*parts) ** 2 == number:
            return Fraction(*parts)
    return _rounded(number).sqrt()


def _alike(left: Number, right: Number) -> tuple[Number, Number]:
    if isinstance(left, Fraction) and isinstance(right, Fraction):
        return left, right
    return _rounded(left), _rounded(right)


def _rounded(number: Number) -> Decimal:
    if isinstance(number, Decimal):
        return number
    return Decimal(number.numerator) / Decimal(number.denominator)


def _exact(number: Number) -> Fraction:
    """Of what was rounded, too: as long as all digits before the point are known."""
    if isinstance(number, Decimal) and number.adjusted() >= _DIGITS:
        raise CannotCalculate("That number is too large.")
    return Fraction(number)


def _floor(number: Number) -> Fraction:
    return Fraction(math.floor(_exact(number)))


def _whole(number: Number) -> int:
    if number != int(number):
        raise CannotCalculate("That takes whole numbers.")
    return int(number)


def _factorial(number: Number) -> Fraction:
    if not 0 <= number <= _MOST_OF_FACTORIAL:
        raise CannotCalculate(f"factorial goes from 0 to {_MOST_OF_FACTORIAL}.")
    return Fraction(math.factorial(_whole(number)))


def _round(number: Number, places: Number = Fraction(0)) -> Fraction:
    """Half away from zero, as schools teach it."""
    if not -_DIGITS <= places <= _DIGITS:
        raise CannotCalculate(f"round goes to {_DIGITS} places.")
    step = Fraction(10) ** -_whole(places)
    steps = math.floor(abs(_exact(number)) / step + Fraction(1, 2))
    return steps * step * (-1 if number < 0 else 1)


def _shown(number: Number) -> str:
    if isinstance(number, Decimal):
        with localcontext(prec=_SHOWN):
            return f"about {+number}"
    if number.denominator == 1:
        return str(number.numerator)
    rest = number.denominator
    for factor in (2, 5):
        while rest % factor == 0:
            rest //= factor
    about = _rounded(number)
    if rest == 1 and Fraction(about) == number:
        return f"{about.normalize():f}"
    with localcontext(prec=_SHOWN):
        return f"{number} (about {+about})"


_OPERATORS: Mapping[type[ast.operator], Callable[..., Number]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: lambda left, right: _floor(left / right),
    ast.Mod: lambda left, right: left - right * math.floor(_exact(left / right)),
}
_FUNCTIONS: Mapping[str, Callable[..., Number]] = {
    "abs": abs,
    "round": _round,
    "floor": _floor,
    "ceil": lambda number: -_floor(-number),
    "sqrt": _root,
    "min": min,
    "max": max,
    "factorial": _factorial,
    "gcd": lambda *numbers: Fraction(math.gcd(*map(_whole, numbers))),
    "lcm": lambda *numbers: Fraction(math.lcm(*map(_whole, numbers))),
    "ln": lambda number: _rounded(number).ln(),
    "log10": lambda number: _rounded(number).log10(),
    "exp": lambda number: _rounded(number).exp(),
}
_CONSTANTS: Mapping[str, Number] = {
    "pi": Decimal("3.1415926535897932384626433832795028841971693993751"),
    "e": Decimal("2.7182818284590452353602874713526624977572470936999"),
}
_KNOWN_WORDS = "There are + - * / // % **, brackets, " + ", ".join((*_FUNCTIONS, *_CONSTANTS)) + "."
