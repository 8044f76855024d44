"""Plain arithmetic as a tree, and its exact value.

Rational numbers only, with hard limits, so that no calculation costs more than microseconds.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Final, TypeAlias

MOST_VALUE_DIGITS: Final = 24
"""Of numerator and denominator of any value on the way."""


class UnreadableError(Exception):
    """It has no value, one with too many digits, or what it means is in doubt."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A number as it is written; never negative."""

    value: Fraction
    text: str
    is_percent: bool = False
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Minus:
    inner: "Node"
    sign: str


@dataclass(frozen=True, slots=True)
class Operation:
    """``sign`` as written, with its spaces; empty between brackets that stand side by side."""

    operator: str
    left: "Node"
    right: "Node"
    sign: str


@dataclass(frozen=True, slots=True)
class Bracket:
    inner: "Node"
    opened: str = "("
    closed: str = ")"


@dataclass(frozen=True, slots=True)
class Power:
    base: "Node"
    exponent: int
    text: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A fraction with a bar: ``\\frac{1}{2}``."""

    above: "Node"
    below: "Node"
    command: str


Node: TypeAlias = Literal | Minus | Operation | Bracket | Power | Bar


def value_of(node: Node) -> Fraction:
    """Raises:
    UnreadableError: no value, or one with more digits than are worked with.
    """
    match node:
        case Literal(value, _, is_percent):
            return value / 100 if is_percent else value
        case Minus(inner):
            return -value_of(inner)
        case Bracket(inner):
            return value_of(inner)
        case Bar(above, below):
            return _apply("/", value_of(above), value_of(below))
        case Power(base, exponent):
            value = value_of(base)
            digits = max(len(str(value.numerator)), len(str(value.denominator)))
            if (value == 0 and exponent <= 0) or digits * abs(exponent) > MOST_VALUE_DIGITS:
                raise UnreadableError
            return _bounded(value**exponent)
        case Operation(operator, left, right):
            return _apply(operator, value_of(left), value_of(right))


def _apply(operator: str, left: Fraction, right: Fraction) -> Fraction:
    if operator == "+":
        return _bounded(left + right)
    if operator == "-":
        return _bounded(left - right)
    if operator == "*":
        return _bounded(left * right)
    if right == 0:
        raise UnreadableError
    return _bounded(left / right)


def _bounded(value: Fraction) -> Fraction:
    limit = 10**MOST_VALUE_DIGITS
    if abs(value.numerator) >= limit or value.denominator >= limit:
        raise UnreadableError
    return value
