"""Antiderivatives: ∫ 2x dx = x² + C. In the process that holds SymPy."""

import sympy

from qwen_app.features.tutor.checking.decide import is_zero
from qwen_app.features.tutor.checking.printing import text
from qwen_app.features.tutor.checking.relations import Alternatives
from qwen_app.features.tutor.checking.ruling import HARD, Ruling


def judge_antiderivative(stated: Alternatives) -> Ruling:
    """Both sides have the same derivative; C is whatever letter the right side adds."""
    if len(stated) != 1 or len(stated[0]) != 1 or stated[0][0].relation != "=":
        return HARD
    (one,) = stated[0]
    integrals = one.difference.atoms(sympy.Integral)
    variables = {limit[0] for integral in integrals for limit in integral.limits}
    if len(variables) != 1 or any(len(limit) != 1 for each in integrals for limit in each.limits):
        return HARD
    (variable,) = variables
    same = is_zero(sympy.diff(one.difference, variable).doit())
    if same is None:
        return HARD
    if same:
        both = one.left.has(sympy.Integral) and one.right.has(sympy.Integral)
        constants = one.right.free_symbols - one.left.free_symbols
        note = "" if both or constants or one.right.free_symbols != {variable} else "constant"
        return Ruling("holds", "identity", note)
    found = one.left.doit()
    shown = None if found.has(sympy.Integral) else text(sympy.expand(found))
    return Ruling("fails", "contradicts", "value", None if shown is None else f"{shown} + C")
