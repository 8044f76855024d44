"""Trees as LaTeX, for KaTeX."""

from qwen_app.features.tutor.reading.display import unit_text, written
from qwen_app.features.tutor.reading.tree import (
    GREEK,
    Apply,
    Binary,
    Blank,
    Call,
    Chain,
    Compound,
    Constant,
    Derivative,
    Evaluated,
    Expression,
    Integral,
    Interval,
    Limit,
    Negative,
    Number,
    Percent,
    PlusMinus,
    Quantity,
    Ratio,
    Remainder,
    Series,
    SetOf,
    Statement,
    Symbol,
    System,
    Tuple,
    Union,
    Unit,
)

_SUM, _PRODUCT, _POWER, _ATOM = 1, 2, 4, 5
_RELATIONS = {"≈": r"\approx", "≠": r"\neq", "≤": r"\le", "≥": r"\ge", "∈": r"\in"}
_CONSTANTS = {"pi": r"\pi", "e": "e", "oo": r"\infty", "i": "i"}
_NAMED = frozenset(("sin", "cos", "tan", "cot", "sec", "csc", "arcsin", "arccos", "arctan")).union(
    ("ln", "lg", "log", "exp", "gcd", "max", "min")
)

_UPRIGHT = frozenset(("abs", "binomial", "permutations", "floor", "ceil", "round", "lcm"))
"""Functions before which a product is written with its sign."""


def to_latex(tree: Expression | Statement) -> str:
    """LaTeX without delimiters: ``2x + 5 = 17``, a system as ``cases``."""
    if isinstance(tree, Chain):
        parts = [to_latex(tree.sides[0])]
        for relation, side in zip(tree.operators, tree.sides[1:], strict=False):
            parts += [_RELATIONS.get(relation, relation), to_latex(side)]
        return " ".join(parts)
    if isinstance(tree, System):
        if tree.joined == "or":
            return r" \quad \text{or} \quad ".join(map(to_latex, tree.chains))
        return r"\begin{cases} " + r" \\ ".join(map(to_latex, tree.chains)) + r" \end{cases}"
    return _latex(tree)[0]


def _in(tree: Expression, level: int) -> str:
    text, own = _latex(tree)
    return text if own >= level else rf"\left({text}\right)"


def _words(text: str) -> str:
    """Text of the user's, which must not be taken for commands."""
    kept = "".join(each if each not in "\\{}#%&_^~" else " " for each in text)
    kept = kept.replace("$", r"\$")
    return rf"\text{{{kept}}}"


def _symbol(name: str, index: str) -> str:
    sign = ""
    if name[:1] in ("∠", "△"):
        sign = r"\angle " if name[0] == "∠" else r"\triangle "
        name = name[1:]
    if name in GREEK:
        shown = "\\" + name
    else:
        is_plain = name.isascii() and name.isalpha() and (len(name) == 1 or name.isupper())
        shown = name if is_plain else _words(name)
    if not index:
        return sign + shown
    below = index if index.isascii() and index.isalnum() else _words(index)
    return f"{sign}{shown}_{{{below}}}"


def _latex(tree: Expression) -> tuple[str, int]:
    match tree:
        case Number(value, _, text, continues):
            shown = text or written(value)
            whole, _, fraction = shown.rpartition(" ")
            if "/" in shown:
                above, _, below = fraction.partition("/")
                return rf"{whole}\frac{{{above}}}{{{below}}}", _PRODUCT
            return shown + (r"\ldots" if continues else ""), _ATOM
        case Symbol(name, index):
            return _symbol(name, index), _ATOM
        case Blank():
            return r"\square", _ATOM
        case Constant(name):
            return _CONSTANTS[name], _ATOM
        case Negative(inner):
            return "-" + _in(inner, _PRODUCT), _SUM
        case Binary():
            return _binary(tree)
        case PlusMinus(left, right, minus_first):
            sign = r"\mp " if minus_first else r"\pm "
            return (f"{_in(left, _SUM)} " if left is not None else "") + sign + _in(
                right, _PRODUCT
            ), _SUM
        case Percent(inner):
            return _in(inner, _ATOM) + r"\%", _POWER
        case Quantity(inner, unit):
            shown = unit_text(unit)
            if shown == "°":
                return _in(inner, _ATOM) + r"^{\circ}", _POWER
            if unit.factors[0] == ("$", 1):
                rest = unit_text(Unit(unit.factors[1:]))
                return r"\$" + _in(inner, _ATOM) + (_words(rest) if rest else ""), _POWER
            return rf"{_in(inner, _ATOM)}\,{_words(shown)}", _POWER
        case Compound(parts):
            return r"\,".join(to_latex(part) for part in parts), _PRODUCT
        case Ratio(parts):
            return " : ".join(_in(part, _SUM) for part in parts), 0
        case Remainder(quotient, remainder):
            return rf"{_in(quotient, _SUM)} \cdots\cdots {_in(remainder, _SUM)}", 0
        case Call(name, arguments):
            return _call(name, arguments)
        case Apply(name, arguments, order):
            return rf"{_symbol(name, '')}{chr(39) * order}\left({_list(arguments)}\right)", _ATOM
        case Tuple(items):
            return rf"\left({_list(items)}\right)", _ATOM
        case SetOf(items):
            return rf"\left\{{{_list(items)}\right\}}" if items else r"\varnothing", _ATOM
        case Interval(lower, upper, lower_closed, upper_closed):
            opening, closing = "[" if lower_closed else "(", "]" if upper_closed else ")"
            bounds = f"{to_latex(lower)}, {to_latex(upper)}"
            return rf"\left{opening}{bounds}\right{closing}", _ATOM
        case Union(parts):
            return r" \cup ".join(map(to_latex, parts)), 0
        case _:
            return _calculus(tree)


def _list(items: tuple[Expression, ...]) -> str:
    return ", ".join(map(to_latex, items))


def _binary(tree: Binary) -> tuple[str, int]:
    left, right = tree.left, tree.right
    match tree.operator:
        case "+" | "-" as sign:
            return f"{_in(left, _SUM)} {sign} {_in(right, _PRODUCT)}", _SUM
        case "*":
            second = _in(right, _POWER if isinstance(right, Binary) else _PRODUCT)
            if tree.style == "implicit" and _can_touch(right) and not _is_worded(left):
                return f"{_in(left, _PRODUCT)} {second}", _PRODUCT
            return rf"{_in(left, _PRODUCT)} \times {second}", _PRODUCT
        case "/":
            return rf"\frac{{{to_latex(left)}}}{{{to_latex(right)}}}", _PRODUCT
        case "mod":
            return rf"{_in(left, _PRODUCT)} \bmod {_in(right, _POWER)}", _PRODUCT
        case _:
            return f"{_in(left, _ATOM)}^{{{to_latex(right)}}}", _POWER


def _can_touch(tree: Expression) -> bool:
    """Whether what begins it stands well behind a factor without a sign."""
    match tree:
        case Binary("^" | "*", left, _):
            return _can_touch(left)
        case Symbol():
            return not tree.is_word
        case Call(name, arguments):
            return _can_touch(arguments[0]) if name == "factorial" else name not in _UPRIGHT
        case _:
            return isinstance(tree, Constant | Binary)


def _is_worded(tree: Expression) -> bool:
    """Whether it is or ends in words, beside which a product needs its sign."""
    last: Expression = tree
    while isinstance(last, Binary) and last.operator in ("*", "^"):
        last = last.right
    is_word = isinstance(last, Symbol) and last.is_word
    return is_word or isinstance(last, Quantity | Compound | Percent)


def _call(name: str, arguments: tuple[Expression, ...]) -> tuple[str, int]:
    match name, arguments:
        case "sqrt", (inner,):
            return rf"\sqrt{{{to_latex(inner)}}}", _ATOM
        case "root", (inner, degree):
            return rf"\sqrt[{to_latex(degree)}]{{{to_latex(inner)}}}", _ATOM
        case "abs", (inner,):
            return rf"\left|{to_latex(inner)}\right|", _ATOM
        case "factorial", (inner,):
            return _in(inner, _ATOM) + "!", _POWER
        case "log", (inner, base):
            return rf"\log_{{{to_latex(base)}}}\left({to_latex(inner)}\right)", _ATOM
        case "binomial", (above, below):
            return rf"\binom{{{to_latex(above)}}}{{{to_latex(below)}}}", _ATOM
        case "permutations", (above, below):
            return rf"\mathrm{{A}}_{{{to_latex(above)}}}^{{{to_latex(below)}}}", _ATOM
    shown = "\\" + name if name in _NAMED else rf"\operatorname{{{name}}}"
    return rf"{shown}\left({_list(arguments)}\right)", _ATOM


def _calculus(tree: Expression) -> tuple[str, int]:
    match tree:
        case Derivative(inner, None, order):
            return _in(inner, _ATOM) + "'" * order, _ATOM
        case Derivative(inner, Symbol(variable, index), order):
            power = f"^{{{order}}}" if order > 1 else ""
            below = f"d{_symbol(variable, index)}{power}"
            if isinstance(inner, Symbol):
                return rf"\frac{{d{power}{to_latex(inner)}}}{{{below}}}", _PRODUCT
            return rf"\frac{{d{power}}}{{{below}}}\left({to_latex(inner)}\right)", _PRODUCT
        case Integral(inner, variable, lower, upper):
            bounds = ""
            if lower is not None and upper is not None:
                bounds = f"_{{{to_latex(lower)}}}^{{{to_latex(upper)}}}"
            return rf"\int{bounds} {_in(inner, _PRODUCT)} \, d{to_latex(variable)}", _PRODUCT
        case Evaluated(inner, lower, upper):
            bounds = f"_{{{to_latex(lower)}}}^{{{to_latex(upper)}}}"
            return rf"\left[{to_latex(inner)}\right]{bounds}", _ATOM
        case Limit(inner, variable, to, side):
            bound = rf"{to_latex(variable)} \to {to_latex(to)}" + (f"^{{{side}}}" if side else "")
            return rf"\lim_{{{bound}}} {_in(inner, _PRODUCT)}", _PRODUCT
        case Series(kind, inner, variable, lower, upper):
            sign = r"\sum" if kind == "sum" else r"\prod"
            bounds = f"_{{{to_latex(variable)}={to_latex(lower)}}}^{{{to_latex(upper)}}}"
            return rf"{sign}{bounds} {_in(inner, _PRODUCT)}", _PRODUCT
        case _:
            raise TypeError(tree)
