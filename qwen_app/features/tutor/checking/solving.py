"""Solutions of problems that state their equations. In the process that holds SymPy."""

from typing import Any

import sympy

from qwen_app.features.tutor.checking.convert import Converter, TooHardError, symbol
from qwen_app.features.tutor.checking.printing import set_text, text, value_text
from qwen_app.features.tutor.checking.questions import SolveQuestion
from qwen_app.features.tutor.checking.relations import letters_of, related
from qwen_app.features.tutor.checking.solutions import solution_set
from qwen_app.features.tutor.checking.systems import solutions_of
from qwen_app.features.tutor.checking.verdict import Solved


def solve(question: SolveQuestion) -> Solved | None:
    converter = Converter({each.name: each for each in question.known.functions})
    try:
        if question.target is not None:
            expression = converter.of(question.target).subs(_values(question, converter))
            return _evaluate(expression, question.kind)
        conditions = tuple(related(condition, converter) for condition in question.known.stated)
    except TooHardError:
        return None
    letters = sorted({letter for each in conditions for letter in letters_of(each)}, key=str)
    if len(letters) == 1:
        return _in_one(conditions, letters[0])
    return _in_several(conditions, letters, [symbol(letter) for letter in question.wanted])


def _values(question: SolveQuestion, converter: Converter) -> dict[Any, Any]:
    """Of letters to which the problem gives numbers outright: if a = 3, find a² + 1."""
    found = {}
    for condition in question.known.stated:
        for one in related(condition, converter)[0] if len(condition) == 1 else ():
            if one.relation == "=" and one.left.is_Symbol and not one.right.free_symbols:
                found[one.left] = one.right
    return found


def _evaluate(expression: Any, kind: str) -> Solved | None:
    if expression.has(sympy.Integral):
        found = sympy.expand(expression.doit())
        shown = text(found)
        if found.has(sympy.Integral) or shown is None:
            return None
        return Solved(f"{shown} + C", f"{sympy.latex(found)} + C")
    change = {"factor": sympy.factor, "expand": sympy.expand}.get(kind, sympy.simplify)
    found = change(expression)
    shown = value_text(found) if not found.free_symbols else text(found)
    return None if shown is None else Solved(shown, sympy.latex(found))


def _in_one(conditions: tuple[Any, ...], letter: Any) -> Solved | None:
    found: Any = sympy.S.Reals
    for condition in conditions:
        solved = solution_set(condition, letter)
        if solved is None:
            return None
        found = found.intersect(solved)
    shown = set_text(letter, found)
    if shown is None:
        return None
    values: tuple[tuple[tuple[str, str], ...], ...] = ()
    latex = sympy.latex(found.as_relational(letter)) if found != sympy.S.Reals else shown
    if isinstance(found, sympy.FiniteSet):
        roots = sorted(found, key=lambda value: sympy.N(value))
        values = tuple(((str(letter), value_text(root) or ""),) for root in roots)
        latex = r",\quad ".join(f"{sympy.latex(letter)} = {sympy.latex(root)}" for root in roots)
    return Solved(shown, latex, values)


def _in_several(
    conditions: tuple[Any, ...], letters: list[Any], wanted: list[Any]
) -> Solved | None:
    found = solutions_of(conditions, letters)
    if not found:
        return None
    shown, latex = [], []
    values = []
    for solution in found:
        kept = [letter for letter in letters if letter in wanted]
        if any(letter not in solution or solution[letter].free_symbols for letter in kept):
            return None
        pairs = [(letter, sympy.simplify(solution[letter])) for letter in kept]
        values.append(tuple((str(letter), value_text(value) or "") for letter, value in pairs))
        shown.append(", ".join(f"{name} = {value}" for name, value in values[-1]))
        latex.append(
            r",\; ".join(f"{sympy.latex(letter)} = {sympy.latex(value)}" for letter, value in pairs)
        )
    if any(not value for pairs in values for _, value in pairs):
        return None
    joined = r"\quad ".join(f"({each})" for each in latex) if len(latex) > 1 else latex[0]
    return Solved(" or ".join(shown), joined, tuple(values))
