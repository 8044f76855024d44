"""Conditions in several letters: the premises' solutions are put in. With SymPy."""

from functools import lru_cache
from itertools import product
from typing import Any

import sympy

from qwen_app.features.tutor.checking.decide import is_zero, near
from qwen_app.features.tutor.checking.knowledge import Item
from qwen_app.features.tutor.checking.printing import text, value_text
from qwen_app.features.tutor.checking.relations import Alternatives, Related, letters_of
from qwen_app.features.tutor.checking.ruling import HARD, Ruling

MOST_CASES = 16

Truth = bool | None
"""None: it depends on letters that stay free, or cannot be decided."""


class _FreeError(Exception):
    """It depends on letters that the premises leave free."""


def judge_system(
    conditions: tuple[Alternatives, ...], stated: Alternatives, item: Item, *, is_closed: bool
) -> Ruling | None:
    """None if no values fit the premises."""
    letters = sorted(
        {letter for condition in (*conditions, stated) for letter in letters_of(condition)},
        key=str,
    )
    solutions = solutions_of(conditions, letters)
    if solutions is None:
        return HARD
    if not solutions:
        return None
    truths: list[list[Truth]] = []
    free = False
    for solution in solutions:
        row: list[Truth] = []
        for part in stated:
            try:
                row.append(_holds(part, solution))
            except _FreeError:
                free = True
                row.append(None)
        truths.append(row)
    if all(any(row) for row in truths):
        unused = [part for column, part in enumerate(stated) if not any(r[column] for r in truths)]
        if unused and all(row[stated.index(part)] is False for part in unused for row in truths):
            return Ruling("fails", "added", "", _shown(solutions, letters), _parts(unused))
        return Ruling("holds", "satisfies" if item.is_check else "follows")
    if free:
        return _undetermined(conditions, stated, item, is_closed)
    if any(truth is None for row in truths for truth in row):
        return HARD
    if any(any(row) for row in truths):
        missing = [
            solution for solution, row in zip(solutions, truths, strict=True) if not any(row)
        ]
        return Ruling(
            "holds", "lost", "", _shown(solutions, letters), tuple(_solution(m) for m in missing)
        )
    return _wrong(stated, solutions, letters)


def _undetermined(
    conditions: tuple[Alternatives, ...], stated: Alternatives, item: Item, is_closed: bool
) -> Ruling:
    """It says more than the premises do: a choice, another equation, or a mistake."""
    ones = [one for part in stated for one in part]
    if item.is_supposed:
        return Ruling("unchecked", "given")
    if not is_closed:
        is_value = len(ones) == 1 and ones[0].left.is_Symbol and not ones[0].right.free_symbols
        return Ruling("unchecked", "definition" if is_value else "given")
    if all(one.left.is_Symbol or one.right.is_Symbol for one in ones) and any(
        not one.left.free_symbols or not one.right.free_symbols for one in ones
    ):
        return Ruling("unchecked", "given", "chosen")
    mine = letters_of(stated)
    if item.is_reason or any(one.relation != "=" for one in ones):
        return Ruling("unchecked", "unknown")
    if any(letters_of(condition) == mine for condition in conditions):
        return Ruling("fails", "contradicts", "not implied")
    return Ruling("unchecked", "unknown")


def _wrong(stated: Alternatives, solutions: list[dict[Any, Any]], letters: list[Any]) -> Ruling:
    expected = _shown(solutions, letters)
    if len(stated) == 1 and len(stated[0]) == 1:
        ((one,),) = stated
        if one.left.is_Symbol and one.relation == "=":
            values = {value_text(sympy.simplify(one.left.subs(each))) for each in solutions}
            if len(values) == 1 and None not in values:
                (value,) = values
                return Ruling("fails", "contradicts", "solution", f"{text(one.left)} = {value}")
        if len(solutions) == 1 and one.relation == "=" and not one.right.free_symbols:
            value = value_text(sympy.simplify(one.left.subs(solutions[0])))
            return Ruling(
                "fails", "contradicts", "solutions", value, () if expected is None else (expected,)
            )
    return Ruling(
        "fails", "contradicts", "solutions", None, () if expected is None else (expected,)
    )


def _holds(part: tuple[Related, ...], solution: dict[Any, Any]) -> Truth:
    """Raises `_FreeError`."""
    result: Truth = True
    free = False
    for one in part:
        difference = sympy.simplify(one.difference.subs(solution))
        if difference.free_symbols and not (one.relation == "=" and is_zero(difference)):
            free = True
            continue
        truth = _sign(difference, one.relation)
        if truth is False:
            return False
        if truth is None:
            result = None
    if free:
        raise _FreeError
    return result


def _sign(difference: Any, relation: str) -> Truth:
    if relation in ("=", "≠"):
        zero = is_zero(difference)
        return None if zero is None else zero == (relation == "=")
    value = near(difference)
    if value is None:
        return None
    return {"<": value < 0, "≤": value <= 0, ">": value > 0, "≥": value >= 0}[relation]


def solutions_of(
    conditions: tuple[Alternatives, ...], letters: list[Any]
) -> list[dict[Any, Any]] | None:
    """Each as letter → value, with the letters that stay free in the values. None if they cannot
    be found."""
    found: list[dict[Any, Any]] = []
    for number, chosen in enumerate(product(*conditions)):
        if number >= MOST_CASES:
            return None
        ones = [one for part in chosen for one in part]
        equations = tuple(one.difference for one in ones if one.relation == "=")
        solved = _solve(equations, tuple(letters))
        if solved is None:
            return None
        for solution in solved:
            fits: Truth = True
            for one in ones:
                if one.relation != "=":
                    try:
                        fits = fits and _holds((one,), solution)
                    except _FreeError:
                        fits = None
            if fits is None:
                return None
            if fits and solution not in found:
                found.append(solution)
    return found


@lru_cache(maxsize=128)
def _solve(equations: tuple[Any, ...], letters: tuple[Any, ...]) -> list[dict[Any, Any]] | None:
    equations = tuple(equation for equation in equations if equation != 0)
    if any(equation.is_number for equation in equations):
        return []
    if not equations:
        return [{}]
    try:
        found = sympy.solve(list(equations), list(letters), dict=True)
    except NotImplementedError:
        return None
    return [
        solution
        for solution in found
        if all(value.is_real is not False for value in solution.values())
    ]


def _shown(solutions: list[dict[Any, Any]], letters: list[Any]) -> str | None:
    shown = [_solution(solution) for solution in solutions]
    return " or ".join(shown) if all(shown) and letters else None


def _solution(solution: dict[Any, Any]) -> str:
    pairs = [
        (text(letter), value_text(sympy.simplify(value)))
        for letter, value in sorted(solution.items(), key=lambda pair: str(pair[0]))
    ]
    if any(value is None for _, value in pairs):
        return ""
    return ", ".join(f"{letter} = {value}" for letter, value in pairs)


def _parts(parts: list[tuple[Related, ...]]) -> tuple[str, ...]:
    shown = (", ".join(f"{text(one.left)} = {text(one.right)}" for one in part) for part in parts)
    return tuple(shown)
