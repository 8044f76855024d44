"""What a problem's text gives to build on."""

import re
from dataclasses import replace
from typing import Final

from qwen_app.features.tutor.checking.claims import conditions
from qwen_app.features.tutor.checking.knowledge import (
    MOST,
    Condition,
    Definition,
    Knowledge,
    definition,
    letters,
)
from qwen_app.features.tutor.reading.tree import (
    Apply,
    Asked,
    Binary,
    Derivative,
    Expression,
    Number,
    Percent,
    Problem,
    Quantity,
    Ratio,
    Symbol,
    symbols,
)

_CURVE: Final = re.compile(
    r"\b(?:slope|gradient|steep|tangent|derivative|rate of change)\b|斜率|切线|导数|变化率|陡",
    re.IGNORECASE,
)


def known_from(problem: Problem) -> Knowledge:
    """The problem's equations; words for quantities (周长 = 48) tie nothing, as who uses them
    later may mean another."""
    stated: list[Condition] = []
    functions: dict[str, Definition] = {}
    for statement in problem.statements:
        for condition in conditions(statement):
            if any(letter.is_word for letter in letters(condition)):
                continue
            found = None
            if len(condition) == 1 and len(condition[0]) == 1:
                found = definition(condition[0][0])
            if found is not None and found.parameters and _is_equation(found, functions):
                found = None  # f(x) = 11 is to be solved
            if found is not None:
                functions[found.name] = found
            if found is None or not found.parameters:
                stated.append(condition)
    known = Knowledge(stated=tuple(stated[:MOST]), functions=tuple(functions.values())[:MOST])
    is_closed = bool(stated or functions) and bool(problem.asked)
    asked = goal(problem)
    is_identity = (
        not stated
        and not functions
        and asked is not None
        and asked.target is not None
        and bool(symbols(asked.target))
    )
    return replace(known, is_closed=is_closed, is_identity=is_identity)


def _is_equation(found: Definition, known: dict[str, Definition]) -> bool:
    return found.name in known or not symbols(found.body) & frozenset(found.parameters)


def goal(problem: Problem) -> Asked | None:
    """The expression that is to be worked out, if the problem asks for one."""
    for asked in problem.asked:
        if asked.target is None:
            continue
        if asked.kind == "find" and isinstance(asked.target, Apply | Derivative):
            return asked
        if asked.kind in ("find", "solve"):
            continue
        if asked.kind != "evaluate" or _is_calculation(asked.target):
            return asked
    return None


def _is_calculation(target: Expression) -> bool:
    """More than a number: "1/2 of a number is 10" does not ask what 1/2 is."""
    match target:
        case Number() | Percent() | Quantity():
            return False
        case Binary("/", Number(), Number()) | Ratio((Number(), Number())):
            return False
        case _:
            return True


def wanted(problem: Problem, known: Knowledge) -> frozenset[Symbol]:
    """The letters that the problem asks for; all that have no value yet, if it does not say."""
    asked = frozenset(
        one.target
        for one in problem.asked
        if one.kind in ("find", "solve") and isinstance(one.target, Symbol)
    )
    every: frozenset[Symbol] = frozenset()
    valued: set[Symbol] = set()
    for condition in known.stated:
        every |= letters(condition)
        if len(condition) == 1 and len(condition[0]) == 1:
            claim = condition[0][0]
            if isinstance(claim.left, Symbol) and not symbols(claim.right):
                valued.add(claim.left)
    return asked & every or every - valued


def asks_of_a_curve(problem: Problem) -> bool:
    """Whether it asks how steep y = 3x² + 6x is at x = 6: what its equations give, put into each
    other, is no answer to that."""
    named = any(isinstance(one.target, Symbol) for one in problem.asked)
    return not named and _CURVE.search(problem.text) is not None
