"""Vectors in few bytes: which are near is told by their signs, how near by a byte a number."""

from collections.abc import Sequence
from math import sqrt
from operator import mul

_MOST = 127  # of a signed byte


def packed(vector: Sequence[float]) -> bytes:
    """A byte a number; its length is of no importance for where it points."""
    largest = max(map(abs, vector), default=0.0) or 1.0
    return bytes(round(one * _MOST / largest) & 0xFF for one in vector)


def signs(vector: Sequence[float]) -> str:
    """A bit a number, as hexadecimal digits."""
    bits = "".join("1" if one > 0 else "0" for one in vector)
    bits += "0" * (-len(bits) % 8)
    return f"{int(bits or '0', 2):0{len(bits) // 4}x}"


def apart(one: str, other: str) -> int:
    """In how many of their signs two differ."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def likeness(one: bytes, other: bytes) -> float:
    """The cosine of two packed vectors, from -1 to 1."""
    first, second = memoryview(one).cast("b"), memoryview(other).cast("b")
    if len(first) != len(second):
        return 0.0
    lengths = sqrt(sum(map(mul, first, first)) * sum(map(mul, second, second)))
    return sum(map(mul, first, second)) / lengths if lengths else 0.0
