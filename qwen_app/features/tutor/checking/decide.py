"""Whether an expression is zero: proven, refuted, or neither. In the process that holds SymPy."""

import random
from fractions import Fraction
from typing import Any

import sympy

POINTS = 6
DIGITS = 40
NEAR = sympy.Float(10) ** -20
"""What is farther from zero at a point than this, calculated to `DIGITS`, is not zero."""


def is_zero(expression: Any) -> bool | None:
    """For all real values of its letters for which it is defined.

    Never True without a proof by exact transformation; False if it has another value at a point
    with positive coordinates, where every school function is defined that is defined at all. None
    also if it is zero for positive numbers alone, as √(x²) - x is.
    """
    if expression.is_Rational:
        return bool(expression == 0)
    if expression.has(sympy.zoo, sympy.nan, sympy.oo):
        return None
    if expression.is_rational_function(*expression.free_symbols):
        numerator = sympy.fraction(sympy.together(expression))[0]
        return bool(sympy.expand(numerator) == 0)
    if _differs(expression):
        return False
    for prove in (sympy.expand, sympy.radsimp, sympy.simplify, _by_equals):
        if prove(expression) == 0:
            return True
    return None


def near(expression: Any, digits: int = DIGITS) -> Fraction | None:
    """The value of an expression without letters, to so many digits; None if it is not real."""
    if expression.is_Rational:
        return Fraction(int(expression.p), int(expression.q))
    value = expression.evalf(digits)
    if not value.is_Float:
        if value.is_Rational:
            return Fraction(int(value.p), int(value.q))
        return None
    exact = sympy.Rational(value)
    return Fraction(int(exact.p), int(exact.q))


def _by_equals(expression: Any) -> Any:
    return sympy.Integer(0) if expression.equals(0) else expression


def _differs(expression: Any) -> bool:
    """Whether it has another value than zero at a point with positive coordinates."""
    letters = sorted(expression.free_symbols, key=str)
    chance = random.Random(len(letters))
    for _ in range(POINTS if letters else 1):
        point = {
            letter: sympy.Rational(chance.randint(1, 400), chance.randint(1, 100))
            for letter in letters
        }
        value = expression.subs(point).evalf(DIGITS)
        if value.is_Float and abs(value) > NEAR:
            return True
    return False
