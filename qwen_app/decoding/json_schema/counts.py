"""``minProperties`` and ``maxProperties`` as cases that a grammar can tell apart."""

from dataclasses import dataclass, replace
from itertools import combinations
from math import comb

MOST_CASES = 32
"""Alternatives that one object may become; each repeats its properties."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many keys an object may have, and which of them are settled."""

    required: tuple[str, ...]
    optional: tuple[str, ...]
    """Named, and with a value that is possible."""
    open: bool
    """Other keys may come besides."""
    least: int
    most: int | None


@dataclass(frozen=True, slots=True)
class Case:
    """One alternative: these names are required and forbidden besides, and the bounds that are
    left, which llguidance enforces."""

    required: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    closed: bool = False
    """No keys but the named ones."""
    least: int = 0
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Cases:
    cases: tuple[Case, ...]
    exact_least: bool = True
    exact_most: bool = True


def cases(sizes: Sizes) -> Cases:
    """Alternatives that together have the right numbers of keys, or more than those."""
    needed = len(sizes.required)
    least = sizes.least if sizes.least > needed else 0
    most = sizes.most
    if most is not None and not sizes.open and most >= needed + len(sizes.optional):
        most = None
    if not least and most is None:
        return Cases((Case(),))
    if most == needed:
        return Cases((Case(forbidden=sizes.optional, closed=True),))
    if not sizes.optional:
        # Additional keys may come twice in the grammar, so that two of them may be one.
        return Cases((Case(least=least, most=most),), exact_least=least <= needed + 1)
    if not sizes.open:
        return _closed(sizes, least, most)
    if least == 1 and not needed and most is None:
        return _at_least_one(sizes)
    return Cases((Case(),), exact_least=not least, exact_most=most is None)


def _closed(sizes: Sizes, least: int, most: int | None) -> Cases:
    needed, free = len(sizes.required), len(sizes.optional)
    if not needed and least in {0, 1} and most in {None, 1} and (least or most):
        return Cases((Case(least=least, most=most),))
    if least == needed + free:
        return Cases((Case(required=sizes.optional),))
    if most is not None and comb(free, most - needed) <= MOST_CASES:
        found = []
        for kept in combinations(sizes.optional, most - needed):
            others = tuple(name for name in sizes.optional if name not in kept)
            found.append((kept, others))
        if least in {0, most}:
            required = least == most
            return Cases(tuple(Case(kept if required else (), others) for kept, others in found))
    if most is None and comb(free, least - needed) <= MOST_CASES:
        return Cases(
            tuple(Case(required=names) for names in combinations(sizes.optional, least - needed))
        )
    return Cases((Case(),), exact_least=not least, exact_most=most is None)


def _at_least_one(sizes: Sizes) -> Cases:
    """The first optional key that comes is this one or that, or there are only others."""
    if len(sizes.optional) >= MOST_CASES:
        return Cases((Case(),), exact_least=False)
    found = [
        Case(required=(name,), forbidden=sizes.optional[:index])
        for index, name in enumerate(sizes.optional)
    ]
    found.append(replace(Case(forbidden=sizes.optional), least=1))
    return Cases(tuple(found))
