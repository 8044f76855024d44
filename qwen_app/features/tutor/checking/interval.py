"""Between which values an expression lies whose decimals were rounded when they were written."""

from fractions import Fraction

from qwen_app.features.tutor.checking.exact import NotExactError, Reading, evaluate
from qwen_app.features.tutor.reading.tree import (
    Binary,
    Expression,
    Negative,
    Number,
    Percent,
    Quantity,
    walk,
)

Bounds = tuple[Fraction, Fraction]

MOST_BITS = 400
"""Of a bound that is calculated with further."""


def bounds(side: Expression) -> Bounds | None:
    """Each decimal that is written with places after the point is taken to be as exact as its last
    digit says. Units count as nothing. None of what is no arithmetic."""
    match side:
        case Number(value=value, decimals=decimals):
            half = Fraction(1, 2 * 10**decimals) if decimals else Fraction()
            return value - half, value + half
        case Negative(inner):
            found = bounds(inner)
            return None if found is None else (-found[1], -found[0])
        case Quantity(inner, _):
            return bounds(inner)
        case Percent(inner):
            found = bounds(inner)
            return None if found is None else (found[0] / 100, found[1] / 100)
        case Binary(operator, left, right):
            a, b = bounds(left), bounds(right)
            if a is None or b is None or _bits(*a, *b) > MOST_BITS:
                return None
            return _binary(operator, a, b)
        case _:
            try:
                value = evaluate(side, Reading(units=False)).value
            except NotExactError:
                return None
            return value, value


def is_fine(side: Expression) -> bool:
    """Whether each decimal in it has two places or more, so that it may stand after ``=``."""
    decimals = [node.decimals for node in walk(side) if isinstance(node, Number) and node.decimals]
    return bool(decimals) and min(decimals) >= 2


def _bits(*values: Fraction) -> int:
    return max(
        max(value.numerator.bit_length(), value.denominator.bit_length()) for value in values
    )


def _binary(operator: str, a: Bounds, b: Bounds) -> Bounds | None:
    match operator:
        case "+":
            return a[0] + b[0], a[1] + b[1]
        case "-":
            return a[0] - b[1], a[1] - b[0]
        case "*":
            products = [x * y for x in a for y in b]
            return min(products), max(products)
        case "/" if b[0] > 0 or b[1] < 0:
            quotients = [x / y for x in a for y in b]
            return min(quotients), max(quotients)
        case "^" if b[0] == b[1] and b[0].denominator == 1 and 0 < b[0] <= 12 and a[0] >= 0:
            power = int(b[0])
            return a[0] ** power, a[1] ** power
        case _:
            return None
