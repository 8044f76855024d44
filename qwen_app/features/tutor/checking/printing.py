"""SymPy's expressions and sets as text that a student reads: 2x, x², √3/2, x > 3."""

from typing import Any

import sympy
from sympy.printing.str import StrPrinter

_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
LONGEST = 60
"""Characters of what is shown; longer text helps nobody."""


class _Printer(StrPrinter):  # type: ignore[misc]
    def _print_Pow(self, expr: Any, rational: bool = False) -> str:  # noqa: N802, ARG002
        base, exponent = expr.base, expr.exp
        if exponent == sympy.Rational(1, 2):
            under = self._print(base)
            return f"√{under}" if base.is_Integer or base.is_Symbol else f"√({under})"
        if exponent == sympy.Rational(1, 3) and (base.is_Integer or base.is_Symbol):
            return f"∛{self._print(base)}"
        if exponent.is_negative:
            turned = 1 / expr
            below = self._print(turned)
            return f"1/{below}" if turned.is_Atom or turned.is_Pow else f"1/({below})"
        inner: str = self._print(base)
        if not base.is_Atom or base.is_negative or (base.is_Rational and not base.is_Integer):
            inner = f"({inner})"
        if exponent.is_Integer and exponent < 10:
            return inner + str(exponent).translate(_SUPERSCRIPTS)
        above = self._print(exponent)
        return (
            f"{inner}^{above}"
            if exponent.is_Integer or exponent.is_Symbol
            else f"{inner}^({above})"
        )

    def _print_Mul(self, expr: Any) -> str:  # noqa: N802
        above, below = sympy.fraction(expr)
        if below != 1:
            top = self._print(above)
            bottom = self._print(below)
            if above.is_Add:
                top = f"({top})"
            if not (below.is_Atom or below.is_Pow):
                bottom = f"({bottom})"
            return f"{top}/{bottom}"
        coefficient, factors = expr.as_coeff_mul()
        parts = sorted(factors, key=lambda part: (part.is_Symbol, str(part)))
        shown = [f"({self._print(part)})" if part.is_Add else self._print(part) for part in parts]
        body: str = shown[0]
        for part in shown[1:]:
            body += ("·" if part[0].isdigit() else "") + part
        if coefficient == 1:
            return body
        if coefficient == -1:
            return f"-{body}"
        return f"{self._print(coefficient)}{'·' if body[0].isdigit() else ''}{body}"

    def _print_Exp1(self, _: Any) -> str:  # noqa: N802
        return "e"

    def _print_Pi(self, _: Any) -> str:  # noqa: N802
        return "π"

    def _print_Infinity(self, _: Any) -> str:  # noqa: N802
        return "∞"

    def _print_log(self, expr: Any) -> str:
        return f"ln({self._print(expr.args[0])})"

    def _print_exp(self, expr: Any) -> str:
        return f"e^({self._print(expr.args[0])})"

    def _print_Abs(self, expr: Any) -> str:  # noqa: N802
        return f"|{self._print(expr.args[0])}|"


def text(expression: Any) -> str | None:
    """None if it would be too long to read."""
    try:
        shown = str(_Printer({"order": "lex"}).doprint(expression))
    except Exception:  # a printer that is asked for what it does not know raises anything
        return None
    return shown if len(shown) <= LONGEST and "\n" not in shown else None


def value_text(value: Any) -> str | None:
    """A solution's value; a root without a short form as a decimal."""
    if value.has(sympy.CRootOf):
        return f"{float(value):.4f}"
    return text(value)


def set_text(letter: Any, found: Any) -> str | None:
    """The solutions as an answer: ``x = 2 or x = -3``, ``x > 3``, ``-1 < x ≤ 2``."""
    name = text(letter)
    if found is sympy.S.EmptySet:
        return None
    if found == sympy.S.Reals:
        return f"{name} ∈ ℝ"
    parts = found.args if isinstance(found, sympy.Union) else (found,)
    shown = [shown for part in parts for shown in _part(str(name), part)]
    if not shown or None in shown:
        return None
    joined = " or ".join(part for part in shown if part)
    return joined if len(joined) <= 3 * LONGEST else None


def _part(name: str, part: Any) -> list[str | None]:
    if isinstance(part, sympy.FiniteSet):
        ordered = sorted(part.args, key=lambda value: sympy.N(value))
        values = [value_text(value) for value in ordered]
        return [None if value is None else f"{name} = {value}" for value in values]
    if isinstance(part, sympy.Interval):
        low, high = value_text(part.start), value_text(part.end)
        left, right = "<" if part.left_open else "≤", "<" if part.right_open else "≤"
        if part.start == -sympy.oo:
            return [f"{name} {right} {high}"]
        if part.end == sympy.oo:
            return [f"{name} {'>' if part.left_open else '≥'} {low}"]
        return [f"{low} {left} {name} {right} {high}"]
    return [None]
