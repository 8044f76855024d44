"""Exact values and slopes at a fraction, so that a mark on a graph may say "=" and not "≈"."""

import math
from fractions import Fraction
from typing import Final, TypeAlias

from qwen_app.features.tutor.reading.tree import (
    Binary,
    Call,
    Expression,
    Negative,
    Number,
    Percent,
    Symbol,
)

Dual: TypeAlias = tuple[Fraction, Fraction | None]
"""A value and its derivative (automatic differentiation, forward); None where that is not known."""

_MOST_POWER: Final = 12
_MOST_BITS: Final = 2000
_CONSTANT: Final = Fraction(0)


def at(expression: Expression, variable: Symbol, value: Fraction) -> Dual | None:
    """Value and slope of the expression there; None where it is not defined, not a fraction, or
    not decided here (the four operations, whole powers, absolute values and square roots are)."""
    try:
        return _dual(expression, variable, value)
    except (ZeroDivisionError, _UndecidedError):
        return None


class _UndecidedError(Exception):
    pass


def _dual(tree: Expression, variable: Symbol, value: Fraction) -> Dual:
    match tree:
        case Number(number):
            return number, _CONSTANT
        case Symbol():
            if tree != variable:
                raise _UndecidedError
            return value, Fraction(1)
        case Negative(inner):
            return _scaled(_dual(inner, variable, value), Fraction(-1))
        case Percent(inner):
            return _scaled(_dual(inner, variable, value), Fraction(1, 100))
        case Binary(operator, left, right):
            a, b = _dual(left, variable, value), _dual(right, variable, value)
            return _small(_combined(operator, a, b))
        case Call("abs", (inner,)):
            of, slope = _dual(inner, variable, value)
            if of == 0:
                return of, None
            return _scaled((of, slope), Fraction(1 if of > 0 else -1))
        case Call("sqrt", (inner,)):
            of, slope = _dual(inner, variable, value)
            return _root(of), _CONSTANT if slope == 0 else None
        case _:
            raise _UndecidedError


def _scaled(dual: Dual, by: Fraction) -> Dual:
    value, slope = dual
    return value * by, None if slope is None else slope * by


def _combined(operator: str, a: Dual, b: Dual) -> Dual:
    (f, df), (g, dg) = a, b
    if operator == "^":
        return _power(a, b)
    value = _value(operator, f, g)
    if df is None or dg is None:
        return value, None
    match operator:
        case "+":
            return value, df + dg
        case "-":
            return value, df - dg
        case "*":
            return value, df * g + f * dg
        case _:
            return value, (df * g - f * dg) / g**2


def _value(operator: str, f: Fraction, g: Fraction) -> Fraction:
    match operator:
        case "+":
            return f + g
        case "-":
            return f - g
        case "*":
            return f * g
        case "/":
            return f / g
        case _:
            raise _UndecidedError


def _power(a: Dual, b: Dual) -> Dual:
    (f, df), (exponent, changes) = a, b
    if exponent.denominator != 1 or abs(exponent) > _MOST_POWER or f == exponent == 0:
        raise _UndecidedError
    n = int(exponent)
    value = f**n
    if df is None or changes != 0:
        return value, None
    return value, n * f ** (n - 1) * df if n else _CONSTANT


def _root(value: Fraction) -> Fraction:
    if value < 0:
        raise _UndecidedError
    above, below = math.isqrt(value.numerator), math.isqrt(value.denominator)
    if above**2 != value.numerator or below**2 != value.denominator:
        raise _UndecidedError
    return Fraction(above, below)


def _small(dual: Dual) -> Dual:
    for x in dual:
        if x is not None and x.numerator.bit_length() + x.denominator.bit_length() > _MOST_BITS:
            raise _UndecidedError
    return dual
