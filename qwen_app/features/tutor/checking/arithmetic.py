"""Judging two sides that are plain numbers, with or without units."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeGuard

from qwen_app.features.tutor.checking.exact import (
    PI,
    Amount,
    NotExactError,
    Reading,
    UndefinedError,
    evaluate,
    number,
)
from qwen_app.features.tutor.checking.figures import in_style_of, written_as
from qwen_app.features.tutor.checking.interval import bounds, is_fine
from qwen_app.features.tutor.checking.rounding import RoundedNumbers, rounds_to, terminates
from qwen_app.features.tutor.checking.ruling import Claim, Ruling
from qwen_app.features.tutor.checking.units import (
    ESTIMATE,
    Dimensions,
    dimensions_of,
    is_estimated,
)
from qwen_app.features.tutor.reading.tree import (
    Binary,
    Compound,
    Constant,
    Expression,
    Negative,
    Number,
    Percent,
    Quantity,
    Ratio,
    Remainder,
    Rounding,
    walk,
)

_ORDER: dict[str, Callable[[Fraction, Fraction], bool]] = {
    "<": lambda a, b: a < b,
    "≤": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    "≥": lambda a, b: a >= b,
    "≠": lambda a, b: a != b,
}


@dataclass(frozen=True, slots=True)
class Style:
    """How exact a claim means to be; ``instead`` has the exact values of numbers that earlier
    lines rounded."""

    about: bool = False
    rounding: Rounding | None = None
    instead: RoundedNumbers = ()


def judge_numbers(claim: Claim, style: Style) -> Ruling | None:
    """None if the sides are not both plain numbers that can be computed here."""
    if isinstance(claim.right, Remainder):
        return _judge_remainder(claim.left, claim.right)
    if _is_division_by_zero(claim.left) or _is_division_by_zero(claim.right):
        return Ruling("fails", "contradicts", "division by zero")
    if isinstance(claim.left, Ratio) and isinstance(claim.right, Ratio):
        return _judge_ratios(claim, claim.left, claim.right)
    if claim.relation in _ORDER:
        return _judge_order(claim)
    if claim.relation not in ("=", "≈"):
        return None
    pairs = list(_readings(claim, style))
    if not pairs:
        return None
    if any(pair.is_equal for pair in pairs):
        return Ruling("holds", "identity")
    about = style.about or claim.relation == "≈"
    for pair in pairs:
        if _is_rounded(pair, claim, about, style.rounding):
            return Ruling("holds", "rounded")
    if pairs[0].is_strict and _is_estimate(claim, pairs[0]):
        return Ruling("holds", "rounded")
    if _holds_as_discount(claim):
        return Ruling("unchecked", "hard", "percent of what")
    if _is_rate(claim, pairs):
        return Ruling("unchecked", "definition")
    return _failure(claim, pairs, about)


@dataclass(frozen=True, slots=True)
class _Pair:
    """Both values, in the right side's unit, by one way of reading."""

    left: Fraction
    right: Fraction
    is_strict: bool = True

    @property
    def is_equal(self) -> bool:
        return self.left == self.right


def _readings(claim: Claim, style: Style) -> Iterator[_Pair]:
    """The values by each way in which the claim may be meant; the strictest first."""
    yield from _with_units(claim, Reading())
    may_ignore = _multiplies(claim.left) or _multiplies(claim.right)
    if may_ignore or not _convertible(claim):
        yield from _plain(claim, Reading(units=False), Reading(units=False))
    nodes = (*walk(claim.left), *walk(claim.right))
    if any(isinstance(node, Percent) for node in nodes) and not _has_discount(claim):
        points = Reading(units=False, percent=False)
        yield from _plain(claim, Reading(units=False), points)
        yield from _plain(claim, points, Reading(units=False))
        yield from _plain(claim, points, points)
    if Constant("pi") in nodes:
        for pi in PI:
            yield from _plain(claim, Reading(units=False, pi=pi), Reading(units=False, pi=pi))
    instead = dict(style.instead)
    if any(isinstance(node, Number) and node.value in instead for node in nodes):
        exact = Reading(units=False, instead=instead)
        yield from _plain(claim, exact, exact)
        yield from _plain(claim, exact, Reading(units=False))


def _with_units(claim: Claim, reading: Reading) -> Iterator[_Pair]:
    try:
        left, right = evaluate(claim.left, reading), evaluate(claim.right, reading)
    except NotExactError:
        return
    if left.dimensions == right.dimensions:
        scale = _scale(claim.right)
        yield _Pair(left.value / scale, right.value / scale)
    elif not right.dimensions:
        yield from _in_unit_of(left, claim.left, right, is_left=True)
    elif not left.dimensions:
        yield from _in_unit_of(right, claim.right, left, is_left=False)


def _in_unit_of(
    amount: Amount, side: Expression, bare: Amount, *, is_left: bool
) -> Iterator[_Pair]:
    """A bare number beside one with a unit stands for as many of one of the units there."""
    for factor in _factors(side, amount.dimensions):
        value = amount.value / factor
        yield _Pair(value, bare.value) if is_left else _Pair(bare.value, value)


def _plain(claim: Claim, left: Reading, right: Reading) -> Iterator[_Pair]:
    a, b = number(claim.left, left), number(claim.right, right)
    if a is not None and b is not None:
        yield _Pair(a, b, is_strict=False)


def _is_rounded(pair: _Pair, claim: Claim, about: bool, rounding: Rounding | None) -> bool:
    for value, exact, side in (
        (pair.right, pair.left, claim.right),
        (pair.left, pair.right, claim.left),
    ):
        written = written_as(side, value)
        if written is not None:
            if rounds_to(exact, written, about=about, rounding=rounding):
                return True
        elif about or (is_fine(side) and not terminates(exact)):
            span = bounds(side)
            if span is not None and span[0] < span[1] and span[0] <= exact <= span[1]:
                return True
    return False


def _judge_order(claim: Claim) -> Ruling | None:
    verdicts = set()
    relation = _ORDER[claim.relation]
    pairs = list(_with_units(claim, Reading()))
    if not pairs:
        pairs = list(_plain(claim, Reading(units=False), Reading(units=False)))
    for pair in pairs:
        verdicts.add(relation(pair.left, pair.right))
    if len(verdicts) != 1:
        return None
    if verdicts == {True}:
        return Ruling("holds", "identity")
    left, right = pairs[0].left, pairs[0].right
    sign = "=" if left == right else "<" if left < right else ">"
    shown = f"{in_style_of(claim.left, left)} {sign} {in_style_of(claim.right, right)}"
    return Ruling("fails", "contradicts", "order", shown)


def _judge_ratios(claim: Claim, left: Ratio, right: Ratio) -> Ruling | None:
    if len(left.parts) != len(right.parts) or claim.relation != "=":
        return None
    strict = Reading()
    try:
        a = [evaluate(part, strict) for part in left.parts]
        b = [evaluate(part, strict) for part in right.parts]
    except NotExactError:
        return None
    if len({amount.dimensions for amount in a}) > 1 or len({amount.dimensions for amount in b}) > 1:
        return None
    if not b[0].value or not a[0].value:
        return None
    scale = a[0].value / b[0].value
    if all(x.value == y.value * scale for x, y in zip(a, b, strict=True)):
        return Ruling("holds", "identity")
    return Ruling("fails", "contradicts", "ratio")


def _judge_remainder(left: Expression, right: Remainder) -> Ruling | None:
    """``17 ÷ 5 = 3……2``: 17 = 5 × 3 + 2, and the remainder is less than the divisor."""
    if not (isinstance(left, Binary) and left.operator == "/"):
        return None
    parts = [number(part) for part in (left.left, left.right, right.quotient, right.remainder)]
    if any(part is None for part in parts):
        return None
    dividend, divisor, quotient, rest = (part for part in parts if part is not None)
    if not divisor:
        return Ruling("fails", "contradicts", "division by zero")
    if dividend == divisor * quotient + rest and 0 <= rest < abs(divisor):
        return Ruling("holds", "identity")
    whole, left_over = divmod(dividend, divisor)
    return Ruling("fails", "contradicts", "value", f"{whole}……{left_over}")


def _failure(claim: Claim, pairs: list[_Pair], about: bool) -> Ruling | None:
    pair = pairs[0]
    far = abs(pair.left - pair.right) * 10 > max(abs(pair.left), abs(pair.right))
    if about and not far and written_as(claim.right, pair.right) is None:
        return Ruling("unchecked", "hard", "estimate")  # on both sides: only far off is wrong
    return Ruling("fails", "contradicts", "value", in_style_of(claim.right, pair.left))


def _is_division_by_zero(side: Expression) -> bool:
    try:
        evaluate(side, Reading(units=False))
    except UndefinedError:
        return True
    except NotExactError:
        pass
    return False


def _is_discount(side: Expression) -> TypeGuard[Binary]:
    return (
        isinstance(side, Binary)
        and side.operator in ("+", "-")
        and isinstance(side.right, Percent)
        and not isinstance(side.left, Percent)
    )


def _has_discount(claim: Claim) -> bool:
    return any(_is_discount(node) for side in (claim.left, claim.right) for node in walk(side))


def _holds_as_discount(claim: Claim) -> bool:
    """``100 - 20% = 80``: people write it, and mean 20 % of the 100."""
    for side, other in ((claim.left, claim.right), (claim.right, claim.left)):
        if _is_discount(side):
            whole, share, value = number(side.left), number(side.right), number(other)
            if whole is not None and share is not None and value is not None:
                sign = 1 if side.operator == "+" else -1
                return whole * (1 + sign * share) == value
    return False


def _is_rate(claim: Claim, pairs: list[_Pair]) -> bool:
    """``1 box = 12 pencils``, ``5 kg = 10 元``: what belongs together, and no equality."""
    left, right = claim.left, claim.right
    if not (_is_single(left) and _is_single(right)):
        return False
    a, b = _unit_key(left), _unit_key(right)
    if a == b:
        return False
    return not (a[0] and a[0] == b[0]) or not all(pair.is_strict for pair in pairs[:1])


def _unit_key(side: Expression) -> tuple[Dimensions, tuple[tuple[str, int], ...]]:
    if isinstance(side, Negative):
        side = side.inner
    if isinstance(side, Quantity):
        return dimensions_of(side.unit)[1], side.unit.factors
    if isinstance(side, Compound):
        return dimensions_of(side.parts[0].unit)[1], side.parts[0].unit.factors
    return (), ()


def _is_single(side: Expression) -> bool:
    """One number, with a unit or without: nothing is computed."""
    match side:
        case Number():
            return True
        case Quantity(inner) | Negative(inner) | Percent(inner):
            return _is_single(inner)
        case Compound():
            return True
        case _:
            return False


def _is_estimate(claim: Claim, pair: _Pair) -> bool:
    """``1 mile = 1.6 km``: nobody converts these exactly."""
    a, b = _factors_of(claim.left), _factors_of(claim.right)
    if a is None or b is None or not is_estimated(a[0] / b[0], a[1]):
        return False
    return abs(pair.left - pair.right) <= ESTIMATE * abs(pair.left)


def _factors_of(side: Expression) -> tuple[Fraction, Dimensions] | None:
    """The unit in a side, if it is the only one."""
    found = {dimensions_of(node.unit) for node in walk(side) if isinstance(node, Quantity)}
    return found.pop() if len(found) == 1 else None


def _multiplies(side: Expression) -> bool:
    return any(isinstance(node, Binary) and node.operator in "*/^" for node in walk(side))


def _convertible(claim: Claim) -> bool:
    """Whether both sides have known units of one kind, so that units decide."""
    strict = Reading()
    try:
        left, right = evaluate(claim.left, strict), evaluate(claim.right, strict)
    except NotExactError:
        return False
    return bool(left.dimensions) and left.dimensions == right.dimensions


def _scale(side: Expression) -> Fraction:
    """How many base units the side's own unit is, if it is one quantity."""
    if isinstance(side, Negative):
        return _scale(side.inner)
    if isinstance(side, Quantity):
        return dimensions_of(side.unit)[0]
    if isinstance(side, Percent):
        return Fraction(1)
    return Fraction(1)


def _factors(side: Expression, dimensions: Dimensions) -> list[Fraction]:
    found = {
        factor: None
        for node in walk(side)
        if isinstance(node, Quantity)
        for factor, own in [dimensions_of(node.unit)]
        if own == dimensions
    }
    return list(found) or [Fraction(1)]
