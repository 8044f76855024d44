"""Sides without letters that are no plain fractions: roots, π, logarithms. With SymPy."""

import sympy

from qwen_app.features.tutor.checking.decide import is_zero, near
from qwen_app.features.tutor.checking.figures import decimal, in_style_of, written_as
from qwen_app.features.tutor.checking.interval import bounds, is_fine
from qwen_app.features.tutor.checking.knowledge import Item
from qwen_app.features.tutor.checking.printing import text
from qwen_app.features.tutor.checking.relations import Alternatives, Related
from qwen_app.features.tutor.checking.rounding import rounds_to
from qwen_app.features.tutor.checking.ruling import HARD, Claim, Ruling

_ORDER = {"<": sympy.Lt, "≤": sympy.Le, ">": sympy.Gt, "≥": sympy.Ge}


def judge_values(item: Item, stated: Alternatives) -> Ruling:
    if len(stated) != 1:
        return HARD
    rulings = [_judge(item, one) for one in stated[0]]
    order = ("fails", "unchecked", "holds")
    return min(rulings, key=lambda ruling: order.index(ruling.status))


def _judge(item: Item, one: Related) -> Ruling:
    if one.relation in _ORDER:
        a, b = near(one.left), near(one.right)
        if a is None or b is None:
            return HARD
        if a == b and is_zero(one.difference) is None:
            return HARD
        fits = {"<": a < b, "≤": a <= b, ">": a > b, "≥": a >= b}[one.relation]
        return Ruling("holds", "identity") if fits else Ruling("fails", "contradicts", "order")
    zero = is_zero(one.difference)
    if one.relation == "≠":
        if zero is None:
            return HARD
        return Ruling("fails", "contradicts", "equal") if zero else Ruling("holds", "identity")
    if zero:
        return Ruling("holds", "identity")
    claim = item.claim
    if claim is not None and _is_rounded(item, claim, one):
        return Ruling("holds", "rounded")
    return HARD if zero is None else Ruling("fails", "contradicts", "value", _expected(item, one))


def _is_rounded(item: Item, claim: Claim, one: Related) -> bool:
    about = item.style.about or claim.relation == "≈"
    for exact, side, written in (
        (one.left, claim.right, one.right),
        (one.right, claim.left, one.left),
    ):
        value, shown = near(exact), near(written)
        if value is None or shown is None:
            continue
        number = written_as(side, shown)
        if number is not None:
            if rounds_to(value, number, about=about, rounding=item.style.rounding, is_exact=False):
                return True
        elif about or is_fine(side):
            span = bounds(side)
            if span is not None and span[0] < span[1] and span[0] <= value <= span[1]:
                return True
    return False


def _expected(item: Item, one: Related) -> str | None:
    claim = item.claim
    exact = text(one.left)
    if claim is None:
        return exact
    value, shown = near(one.left), near(one.right)
    if value is None or shown is None:
        return exact
    number = written_as(claim.right, shown)
    if one.left.is_Rational:
        return in_style_of(claim.right, value)
    if number is not None and number.decimals:
        return decimal(value, number.decimals)
    return exact
