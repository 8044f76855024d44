"""What units come to in a calculation. Words that are no units (apples, 个) count as nothing."""

from fractions import Fraction
from functools import lru_cache
from typing import TypeAlias

from qwen_app.features.tutor.reading.tree import Unit
from qwen_app.features.tutor.reading.units import is_known, measure

Dimensions: TypeAlias = tuple[tuple[str, int], ...]
"""Powers of base units, by name and sorted by it; none of them 0."""

ESTIMATE = Fraction(8, 100)
"""How far people's conversions between systems may be off: 1 mile = 1.6 km, 1 GB = 1000 MB."""


def multiply(a: Dimensions, b: Dimensions) -> Dimensions:
    if not a or not b:
        return a or b
    powers = dict(a)
    for name, exponent in b:
        powers[name] = powers.get(name, 0) + exponent
    return tuple(sorted((name, exponent) for name, exponent in powers.items() if exponent))


def power(dimensions: Dimensions, exponent: int) -> Dimensions:
    return tuple((name, exponent * own) for name, own in dimensions) if exponent else ()


@lru_cache(maxsize=1024)
def dimensions_of(unit: Unit) -> tuple[Fraction, Dimensions]:
    """How many of the base unit it is, and the dimensions: (1, ()) of what is no unit."""
    known = tuple((name, times) for name, times in unit.factors if is_known(name))
    if any(abs(times) > 6 for _, times in known):
        return Fraction(1), ()
    found = measure(Unit(known))
    return found.factor, found.dimensions


@lru_cache(maxsize=1024)
def is_estimated(factor: Fraction, dimensions: Dimensions) -> bool:
    """Whether a conversion by this factor is one that people round: between metric and imperial
    units (their ratios have large primes), or of kilobytes."""
    rest = factor.numerator * factor.denominator
    for prime in (2, 3, 5, 7, 11):
        while rest % prime == 0:
            rest //= prime
    return rest != 1 or (dict(dimensions).get("data", 0) != 0 and factor != 1)
