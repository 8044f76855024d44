"""Marking a student's answer against the right one."""

import math
from fractions import Fraction

from qwen_app.features.tutor.checking.answers import Answer, Ask, as_condition, read_answer
from qwen_app.features.tutor.checking.arithmetic import Style, judge_numbers
from qwen_app.features.tutor.checking.exact import NotExactError, Reading, evaluate, number
from qwen_app.features.tutor.checking.knowledge import Condition, Item, Knowledge, letters
from qwen_app.features.tutor.checking.problems import goal
from qwen_app.features.tutor.checking.ruling import Claim
from qwen_app.features.tutor.checking.verdict import Equivalence
from qwen_app.features.tutor.checking.words import in_chinese
from qwen_app.features.tutor.reading.display import unit_text
from qwen_app.features.tutor.reading.tree import (
    Asked,
    Binary,
    Call,
    Compound,
    Expression,
    Interval,
    Negative,
    Number,
    Percent,
    Problem,
    Quantity,
    Ratio,
    SetOf,
    Tuple,
    Union,
    symbols,
    walk,
)

_UNREADABLE = Equivalence("unreadable", "This cannot be read as an answer.", "看不懂这个答案。")
_EQUAL = Equivalence("equal", "Right.", "正确。")


def mark(given: str, right: str, problem: Problem | None, ask: Ask) -> Equivalence:
    mine, theirs = read_answer(given), read_answer(right)
    if mine is None or theirs is None:
        return _UNREADABLE
    asked = None if problem is None else goal(problem)
    if theirs.condition is None and mine.condition is not None:
        mine = _bare(mine) or mine
    if theirs.condition is not None:
        return _mark_condition(mine, theirs, theirs.condition, ask)
    if mine.condition is not None:
        return _different()
    return _mark_values(mine, theirs, asked, ask)


def _bare(answer: Answer) -> Answer | None:
    """Only the values of ``x = 6``, where the right answer is 6."""
    assert answer.condition is not None
    values = []
    for part in answer.condition:
        for claim in part:
            if claim.relation not in ("=", "≈"):
                return None
            values.append(claim.right)
    return Answer(answer.text, None, tuple(values), answer.about)


def _mark_condition(mine: Answer, theirs: Answer, right: Condition, ask: Ask) -> Equivalence:
    wanted = letters(right)
    condition = as_condition(mine, wanted)
    if condition is None:
        return _UNREADABLE if not mine.values else _different()
    if not letters(condition) <= wanted:
        return _different()
    known = Knowledge(stated=(right,), is_closed=True)
    ruling = ask(Item(condition, Style(about=mine.about)), known)
    if ruling.status == "unchecked":
        return _UNREADABLE
    if ruling.reason == "lost":
        return _incomplete()
    if ruling.status == "fails" or ruling.reason == "added":
        return _different()
    if letters(condition) != wanted:
        missing = ", ".join(sorted(letter.name for letter in wanted - letters(condition)))
        return Equivalence(
            "incomplete", f"Right so far; {missing} is missing.", f"目前正确，还缺 {missing}。"
        )
    back = ask(Item(right), Knowledge(stated=(condition,), is_closed=True))
    if back.status != "holds" or back.reason in ("lost", "added"):
        return _different()
    sides = [claim.right for part in condition for claim in part]
    return _EQUAL if all(map(_is_worked_out, sides)) else _unsimplified(theirs)


def _mark_values(mine: Answer, theirs: Answer, asked: Asked | None, ask: Ask) -> Equivalence:
    a, b = _items(mine), _items(theirs)
    ordered = any(isinstance(value, Tuple) for value in theirs.values)
    matched = _match(a, b, ask, ordered=ordered)
    if matched is None:
        return _UNREADABLE
    if not matched:
        if len(a) < len(b) and all(any(_same(x, y, ask) for y in b) for x in a):
            return Equivalence("incomplete", "Right, but not all.", "没有错，但不完整。")
        return _different()
    if not all(_is_in_form(value, asked) for value in a):
        return _unsimplified(theirs)
    unit = _missing_unit(a, b)
    if unit is not None:
        return Equivalence("equal", f"Right; the unit is {unit}.", f"正确，单位是{unit}。")
    return _EQUAL


def _items(answer: Answer) -> list[Expression]:
    found: list[Expression] = []
    for value in answer.values:
        found += value.items if isinstance(value, Tuple | SetOf) else (value,)
    return found


def _match(a: list[Expression], b: list[Expression], ask: Ask, *, ordered: bool) -> bool | None:
    """Whether each value of one is one of the other's; None if that cannot be decided."""
    if len(a) != len(b):
        return False
    if ordered:
        results = [_same(x, y, ask) for x, y in zip(a, b, strict=True)]
        return None if None in results else all(results)
    left = list(b)
    unsure = False
    for value in a:
        for other in left:
            same = _same(value, other, ask)
            unsure = unsure or same is None
            if same:
                left.remove(other)
                break
        else:
            return None if unsure else False
    return True


def _same(a: Expression, b: Expression, ask: Ask) -> bool | None:
    if isinstance(a, Interval | Union) or isinstance(b, Interval | Union):
        return a == b
    if isinstance(a, Ratio) != isinstance(b, Ratio) and isinstance(a, Ratio):
        return _same(b, a, ask)
    units = _same_units(a, b)
    if units is False:
        return False
    claim = Claim(a, "=", b)
    quick = None if symbols(a) | symbols(b) else _equal_amounts(a, b)
    if quick is not None:
        return quick
    ruling = ask(Item(((claim,),)), Knowledge(is_closed=True))
    if ruling.status == "holds":
        return ruling.reason == "identity" or not _is_exact(b)
    if symbols(a) | symbols(b):
        # Not an identity: as an equation it would say something else.
        return None if ruling.reason == "hard" else False
    return False if ruling.status == "fails" else None


def _equal_amounts(a: Expression, b: Expression) -> bool | None:
    try:
        mine, theirs = evaluate(a, Reading()), evaluate(b, Reading())
    except NotExactError:
        return None
    if mine.dimensions and theirs.dimensions:
        return mine == theirs
    if not mine.dimensions and not theirs.dimensions:
        return mine.value == theirs.value or _is_percent_points(a, b, mine.value, theirs.value)
    return number(a) == number(b)


def _is_percent_points(a: Expression, b: Expression, x: Fraction, y: Fraction) -> bool:
    """``20`` where the answer is ``20%``: the sign was asked for in the question."""
    return isinstance(b, Percent) and not isinstance(a, Percent) and x == y * 100


def _same_units(a: Expression, b: Expression) -> bool | None:
    if isinstance(a, Quantity) and isinstance(b, Quantity):
        ruling = judge_numbers(Claim(a, "=", b), Style())
        if ruling is not None and ruling.status == "fails":
            return False
    return None


def _is_exact(side: Expression) -> bool:
    return not any(isinstance(node, Number) and node.decimals for node in walk(side))


def _is_in_form(value: Expression, asked: Asked | None) -> bool:
    if asked is not None and asked.kind == "factor":
        return _is_product(value)
    if asked is not None and asked.kind == "expand":
        return not _has_bracket(value)
    if symbols(value):
        return True
    return _is_worked_out(value)


def _is_product(value: Expression) -> bool:
    match value:
        case Negative(inner):
            return _is_product(inner)
        case Binary("*" | "^", left, right):
            return not (isinstance(left, Number) and not isinstance(right, Binary))
        case _:
            return False


def _has_bracket(value: Expression) -> bool:
    return any(
        isinstance(node, Binary)
        and node.operator in ("*", "^")
        and any(_is_sum(side) for side in (node.left, node.right))
        for node in walk(value)
    )


def _is_worked_out(value: Expression) -> bool:
    """Nothing is left to be computed, and fractions are in lowest terms. Roots may stay."""
    match value:
        case Number(value=fraction, text=text):
            return "/" not in text or _is_lowest(text, fraction)
        case Negative(inner) | Percent(inner) | Quantity(inner, _):
            return _is_worked_out(inner)
        case Binary("/", Number(value=top), Number(value=bottom)):
            is_fraction = top.denominator == bottom.denominator == 1
            return is_fraction and Fraction(top, bottom).denominator == bottom
        case Compound():
            return True
        case Binary():
            return number(value) is None or bool(symbols(value))
        case Call():
            return number(value) is None
        case Ratio(parts):
            terms = [number(part) for part in parts]
            whole = [int(term) for term in terms if term is not None and term.denominator == 1]
            return len(whole) == len(terms) and math.gcd(*whole) == 1
        case _:
            return True


def _is_lowest(text: str, value: Fraction) -> bool:
    bottom = text.rsplit("/", 1)[1].strip(" )")
    return not bottom.isdigit() or int(bottom) == value.denominator


def _is_sum(value: Expression) -> bool:
    return isinstance(value, Binary) and value.operator in ("+", "-")


def _missing_unit(a: list[Expression], b: list[Expression]) -> str | None:
    if len(a) != 1 or len(b) != 1 or not isinstance(b[0], Quantity):
        return None
    if any(isinstance(node, Quantity | Compound) for node in walk(a[0])):
        return None
    return unit_text(b[0].unit)


def _unsimplified(theirs: Answer) -> Equivalence:
    return Equivalence(
        "unsimplified",
        f"Equal, but not simplified: {theirs.text}.",
        f"相等，但没有化到最简：{in_chinese(theirs.text)}。",
    )


def _incomplete() -> Equivalence:
    return Equivalence(
        "incomplete",
        "Right, but not all of the solutions.",
        "没有错，但解不完整。",
    )


def _different() -> Equivalence:
    return Equivalence("different", "Not right.", "不正确。")
