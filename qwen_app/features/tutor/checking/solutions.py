"""Real solutions in one letter, as SymPy's sets. In the process that holds SymPy."""

from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise
from typing import Any

import sympy
from sympy import FiniteSet, Interval, S

from qwen_app.features.tutor.checking.decide import is_zero, near
from qwen_app.features.tutor.checking.relations import Alternatives

MOST_DEGREE = 40


def solution_set(alternatives: Alternatives, letter: Any) -> Any:
    """None if it cannot be found."""
    parts = []
    for claims in alternatives:
        found: Any = S.Reals
        for one in claims:
            solved = _solve_cached(one.left, one.relation, one.right, letter)
            if solved is None:
                return None
            found = found.intersect(solved)
        parts.append(found)
    return sympy.Union(*parts)


@lru_cache(maxsize=256)
def _solve_cached(left: Any, relation: str, right: Any, letter: Any) -> Any:
    difference = left - right
    if letter not in difference.free_symbols:
        return _constant(difference, relation)
    if difference.is_rational_function(letter):
        return _rational(left, relation, right, letter)
    try:
        return _general(difference, relation, letter)
    except NotImplementedError:
        return None


def _constant(difference: Any, relation: str) -> Any:
    """Whole line or nothing."""
    if difference.free_symbols:
        return None
    if relation in ("=", "≠"):
        zero = is_zero(difference)
        if zero is None:
            return None
        return S.Reals if zero == (relation == "=") else S.EmptySet
    value = near(difference)
    if value is None:
        return None
    return S.Reals if _fits(value, relation) else S.EmptySet


def _fits(value: Any, relation: str) -> bool:
    match relation:
        case "<":
            return bool(value < 0)
        case "≤":
            return bool(value <= 0)
        case ">":
            return bool(value > 0)
        case "≥":
            return bool(value >= 0)
        case "=":
            return bool(value == 0)
        case _:
            return bool(value != 0)


def _rational(left: Any, relation: str, right: Any, letter: Any) -> Any:
    """By the signs between the zeros of numerator and denominator."""
    numerator, denominator = sympy.fraction(sympy.together(left - right))
    zeros = real_zeros(numerator, letter)
    # Where a side is not defined nothing is a solution, whatever cancels out.
    holes = {
        hole for side in (left, right) for hole in real_zeros(_denominators(side), letter) or ()
    } | set(real_zeros(denominator, letter) or ())
    if zeros is None:
        return None
    if zeros is S.Reals:
        found = S.Reals if relation in ("=", "≤", "≥") else S.EmptySet
        return found - FiniteSet(*holes) if holes else found
    zeros = [zero for zero in zeros if zero not in holes]
    if relation == "=":
        return FiniteSet(*zeros)
    if relation == "≠":
        return S.Reals - FiniteSet(*zeros, *holes)
    return _between(numerator / denominator, relation, letter, zeros, holes)


def _between(quotient: Any, relation: str, letter: Any, zeros: Any, holes: Any) -> Any:
    ends = sorted({*zeros, *holes}, key=lambda end: near(end) or 0)
    bounds = [-S.Infinity, *ends, S.Infinity]
    closed = relation in ("≤", "≥")
    parts = []
    for low, high in pairwise(bounds):
        value = near(quotient.subs(letter, _inside(low, high)))
        if value is not None and _fits(value, relation):
            parts.append(
                Interval(low, high, not (closed and low in zeros), not (closed and high in zeros))
            )
    points = FiniteSet(*zeros) if closed else S.EmptySet
    return sympy.Union(points, *parts)


def _inside(low: Any, high: Any) -> Any:
    if low == -S.Infinity and high == S.Infinity:
        return S.Zero
    if low == -S.Infinity:
        return sympy.floor(high) - 1
    if high == S.Infinity:
        return sympy.floor(low) + 1
    middle = near((low + high) / 2)
    assert middle is not None
    return sympy.Rational(middle.numerator, middle.denominator)


def _denominators(side: Any) -> Any:
    """The product of everything that the side divides by, as written."""
    found = sympy.Integer(1)
    for node in sympy.preorder_traversal(side):
        if node.is_Pow and node.exp.is_negative:
            found *= node.base
    return sympy.fraction(sympy.together(found))[0]


def real_zeros(expression: Any, letter: Any) -> Any:
    """The real zeros of a polynomial, each once; S.Reals if all are; None if not to be found."""
    if not expression.free_symbols:
        return S.Reals if is_zero(expression) else []
    if expression.free_symbols != {letter}:
        return None
    polynomial = sympy.Poly(sympy.expand(expression), letter)
    if polynomial.is_zero:
        return S.Reals
    if polynomial.degree() > MOST_DEGREE:
        return None
    if all(coefficient.is_Rational for coefficient in polynomial.all_coeffs()):
        return list(dict.fromkeys(map(tidy, sympy.real_roots(polynomial))))
    roots = sympy.roots(polynomial)
    if sum(roots.values()) != polynomial.degree():
        return None
    return [tidy(root) for root in roots if root.is_real]


def tidy(value: Any) -> Any:
    """One form for equal values, as far as that is cheap."""
    if value.is_Rational or not value.is_algebraic or value.has(sympy.CRootOf):
        return value
    return sympy.radsimp(sympy.expand(value))


def _general(difference: Any, relation: str, letter: Any) -> Any:
    """Roots, absolute values, exponentials and logarithms."""
    if relation == "=":
        found = sympy.solveset(difference, letter, S.Reals)
        if not isinstance(found, FiniteSet) and found is not S.EmptySet:
            return None
        if not all(is_zero(difference.subs(letter, root)) for root in found):
            return None
        return FiniteSet(*map(tidy, found))
    if relation == "≠":
        zeros = _general(difference, "=", letter)
        return None if zeros is None else S.Reals - zeros
    relational = {"<": sympy.Lt, "≤": sympy.Le, ">": sympy.Gt, "≥": sympy.Ge}[relation]
    return sympy.solve_univariate_inequality(relational(difference, 0), letter, relational=False)


def aligned(found: Any, known: Iterable[Any]) -> Any:
    """The set with values that are equal to known ones written as these."""
    if not isinstance(found, FiniteSet):
        return found
    known = list(known)
    return FiniteSet(
        *(next((old for old in known if is_zero(value - old)), value) for value in found)
    )
