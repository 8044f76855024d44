"""Values of expressions that are plain numbers, exactly and at a bounded cost, without SymPy.

School arithmetic is written in several ways that are all right: with units or without, with ``%``
as a factor or as a unit, with 3.14 for π. `Reading` says which way an expression is taken.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType

from qwen_app.features.tutor.checking.units import Dimensions, dimensions_of, multiply, power
from qwen_app.features.tutor.reading.tree import (
    Binary,
    Call,
    Compound,
    Constant,
    Expression,
    Negative,
    Number,
    Percent,
    Quantity,
    Ratio,
    Symbol,
)

MOST_BITS = 4096
"""Of a numerator or denominator: some 1200 digits."""
MOST_FACTORIAL = 300

PI = (Fraction(314, 100), Fraction(31416, 10000), Fraction(22, 7), Fraction(3))
"""What school calculates with."""

_NONE: Mapping[Symbol, Fraction] = MappingProxyType({})


class NotExactError(Exception):
    """The expression has no value that this module can give: letters, roots that are not rational,
    units that cannot be added, or too many digits."""


class UndefinedError(NotExactError):
    """It has no value at all: a division by zero."""


@dataclass(frozen=True, slots=True)
class Reading:
    """``units``: they are converted, and what cannot be added is not; else only numbers count.
    ``percent``: ``%`` divides by a hundred; else it is a unit. ``pi``: what π stands for, if it may
    stand for a number. ``values``: of letters, and ``instead`` of numbers that were rounded before.
    """

    units: bool = True
    percent: bool = True
    pi: Fraction | None = None
    values: Mapping[Symbol, Fraction] = field(default_factory=lambda: _NONE)
    instead: Mapping[Fraction, Fraction] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Amount:
    """A value in base units; without dimensions it is a plain number."""

    value: Fraction
    dimensions: Dimensions = ()


def evaluate(expression: Expression, reading: Reading) -> Amount:
    """Raises `NotExactError`."""
    return _Evaluation(reading).of(expression)


def number(expression: Expression, reading: Reading | None = None) -> Fraction | None:
    """The plain number that it is, units left out; None if it is none."""
    try:
        return evaluate(expression, reading or Reading(units=False)).value
    except NotExactError:
        return None


class _Evaluation:
    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def of(self, node: Expression) -> Amount:
        match node:
            case Number(value=value):
                return Amount(self._reading.instead.get(value, value))
            case Negative(inner):
                amount = self.of(inner)
                return Amount(-amount.value, amount.dimensions)
            case Binary(operator, left, right):
                return self._binary(operator, self.of(left), self.of(right), left, right)
            case Percent(inner):
                amount = self.of(inner)
                if not self._reading.percent:
                    return amount
                return Amount(amount.value / 100, amount.dimensions)
            case Quantity(inner, unit):
                amount = self.of(inner)
                if not self._reading.units:
                    return amount
                factor, dimensions = dimensions_of(unit)
                return Amount(amount.value * factor, multiply(amount.dimensions, dimensions))
            case Compound(parts):
                return self._compound(parts)
            case Ratio((first, second)):
                return self._binary("/", self.of(first), self.of(second), first, second)
            case Symbol():
                if node not in self._reading.values:
                    raise NotExactError
                return Amount(self._reading.values[node])
            case Constant("pi") if self._reading.pi is not None:
                return Amount(self._reading.pi)
            case Call(name, arguments):
                return self._call(name, [self.of(argument) for argument in arguments])
            case _:
                raise NotExactError

    def _binary(
        self, operator: str, a: Amount, b: Amount, left: Expression, right: Expression
    ) -> Amount:
        match operator:
            case "+" | "-":
                dimensions = self._common(a, b, left, right)
                return _bounded(a.value + (b.value if operator == "+" else -b.value), dimensions)
            case "*":
                return _bounded(a.value * b.value, multiply(a.dimensions, b.dimensions))
            case "/":
                if not b.value:
                    raise UndefinedError
                return _bounded(a.value / b.value, multiply(a.dimensions, power(b.dimensions, -1)))
            case "^":
                return self._power(a, b)
            case _:
                if not b.value:
                    raise UndefinedError
                return Amount(a.value % b.value, self._common(a, b, left, right))

    def _common(self, a: Amount, b: Amount, left: Expression, right: Expression) -> Dimensions:
        """The dimensions of a sum."""
        if a.dimensions == b.dimensions:
            if not self._reading.units and not _same_units(left, right):
                raise NotExactError  # 3 m + 50 cm is not 53 of anything
            return a.dimensions
        if not a.value or not b.value:
            return a.dimensions or b.dimensions
        raise NotExactError

    def _power(self, a: Amount, b: Amount) -> Amount:
        if b.dimensions:
            raise NotExactError
        exponent = b.value
        if exponent.denominator != 1:
            if a.dimensions or exponent.denominator > 64:
                raise NotExactError
            base = _root(a.value, exponent.denominator)
            return self._power(Amount(base), Amount(Fraction(exponent.numerator)))
        if not a.value and exponent <= 0:
            raise UndefinedError
        bits = max(a.value.numerator.bit_length(), a.value.denominator.bit_length())
        if abs(exponent) * bits > MOST_BITS:
            raise NotExactError
        whole = int(exponent)
        return Amount(a.value**whole, power(a.dimensions, whole))

    def _compound(self, parts: tuple[Quantity, ...]) -> Amount:
        if not self._reading.units:
            raise NotExactError
        amounts = [self.of(part) for part in parts]
        if len({amount.dimensions for amount in amounts}) > 1:
            raise NotExactError
        return Amount(sum((amount.value for amount in amounts), Fraction()), amounts[0].dimensions)

    def _call(self, name: str, amounts: list[Amount]) -> Amount:
        values = [amount.value for amount in amounts]
        if name == "abs":
            return Amount(abs(values[0]), amounts[0].dimensions)
        if name in ("max", "min"):
            if len({amount.dimensions for amount in amounts}) > 1:
                raise NotExactError
            return Amount(max(values) if name == "max" else min(values), amounts[0].dimensions)
        if any(amount.dimensions for amount in amounts):
            raise NotExactError
        return Amount(_function(name, values))


def _function(name: str, values: list[Fraction]) -> Fraction:
    match name, values:
        case "sqrt", [value]:
            return _root(value, 2)
        case "root", [value, degree] if degree.denominator == 1 and 2 <= degree <= 64:
            return _root(value, int(degree))
        case "floor", [value]:
            return Fraction(math.floor(value))
        case "ceil", [value]:
            return Fraction(math.ceil(value))
        case "gcd" | "lcm", _ if all(value.denominator == 1 for value in values):
            whole = [int(value) for value in values]
            return Fraction(math.gcd(*whole) if name == "gcd" else _bounded_lcm(whole))
        case "factorial", [value] if value.denominator == 1 and 0 <= value <= MOST_FACTORIAL:
            return Fraction(math.factorial(int(value)))
        case "binomial" | "permutations", [n, k] if (
            n.denominator == k.denominator == 1 and k >= 0 and 0 <= n <= MOST_FACTORIAL
        ):
            count = math.comb if name == "binomial" else math.perm
            return Fraction(count(int(n), int(k)))
        case _:
            raise NotExactError


def _bounded_lcm(values: list[int]) -> int:
    result = 1
    for value in values:
        result = math.lcm(result, value)
        if result.bit_length() > MOST_BITS:
            raise NotExactError
    return result


def _root(value: Fraction, degree: int) -> Fraction:
    """The root, if it is rational."""
    if value < 0:
        if degree % 2 == 0:
            raise NotExactError
        return -_root(-value, degree)
    return Fraction(_whole_root(value.numerator, degree), _whole_root(value.denominator, degree))


def _whole_root(value: int, degree: int) -> int:
    if value < 2:
        return value
    if degree == 2:
        root = math.isqrt(value)
    else:
        low, high = 1, 1 << (value.bit_length() // degree + 1)
        while low < high:
            middle = (low + high + 1) // 2
            if middle**degree <= value:
                low = middle
            else:
                high = middle - 1
        root = low
    if root**degree != value:
        raise NotExactError
    return root


def _bounded(value: Fraction, dimensions: Dimensions) -> Amount:
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > MOST_BITS:
        raise NotExactError
    return Amount(value, dimensions)


def _same_units(left: Expression, right: Expression) -> bool:
    """Whether two terms may be added without conversion."""
    if isinstance(left, Quantity) and isinstance(right, Quantity):
        a, b = dimensions_of(left.unit), dimensions_of(right.unit)
        return a == b or not a[1] or not b[1]
    return True
