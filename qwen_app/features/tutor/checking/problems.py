"""What a problem's text gives to build on."""

from dataclasses import replace

from qwen_app.features.tutor.checking.claims import conditions
from qwen_app.features.tutor.checking.knowledge import (
    MOST,
    Condition,
    Definition,
    Knowledge,
    definition,
    letters,
)
from qwen_app.features.tutor.reading.tree import Asked, Problem, Symbol


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
            if found is not None:
                functions[found.name] = found
            if found is None or not found.parameters:
                stated.append(condition)
    known = Knowledge(stated=tuple(stated[:MOST]), functions=tuple(functions.values())[:MOST])
    is_closed = bool(stated or functions) and bool(problem.asked)
    is_identity = not stated and not functions and goal(problem) is not None
    return replace(known, is_closed=is_closed, is_identity=is_identity)


def goal(problem: Problem) -> Asked | None:
    """The expression that is to be worked out, if the problem asks for one."""
    for asked in problem.asked:
        if asked.target is not None and asked.kind in ("evaluate", "simplify", "factor", "expand"):
            return asked
    return None


def wanted(problem: Problem, known: Knowledge) -> frozenset[Symbol]:
    """The letters that the problem asks for; all of them, if it does not say."""
    asked = frozenset(
        one.target
        for one in problem.asked
        if one.kind in ("find", "solve") and isinstance(one.target, Symbol)
    )
    every: frozenset[Symbol] = frozenset()
    for condition in known.stated:
        every |= letters(condition)
    return asked & every or every
