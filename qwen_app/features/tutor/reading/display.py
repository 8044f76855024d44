"""Trees as text: plain, which reads back to the same tree, and LaTeX."""

from fractions import Fraction

from qwen_app.features.tutor.reading.characters import GREEK_LETTERS
from qwen_app.features.tutor.reading.names import is_product
from qwen_app.features.tutor.reading.tree import (
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

_SUM, _PRODUCT, _SIGN, _POWER, _ATOM = 1, 2, 3, 4, 5
_PREFIXED = (("$", 1), ("€", 1), ("£", 1))
_GREEK_SIGNS = {name: sign for sign, name in reversed(GREEK_LETTERS.items())}
_CONSTANTS = {"pi": "π", "e": "e", "oo": "∞", "i": "i"}
_UNIT_TEXTS = {"in": "inch", "分钱": "分钱"}
_POWERS = {2: "²", 3: "³"}


def to_text(tree: Expression | Statement) -> str:
    """Plain text on one line, with signs as people write them: ``2x + 5 = 17``."""
    if isinstance(tree, Chain):
        return _joined(tree, [to_text(side) for side in tree.sides])
    if isinstance(tree, System):
        joint = ", " if tree.joined == "and" else " or "
        return joint.join(map(to_text, tree.chains))
    return _text(tree)[0]


def _joined(chain: Chain, sides: list[str]) -> str:
    parts = [sides[0]]
    for relation, side in zip(chain.operators, sides[1:], strict=False):
        parts += [relation, side]
    return " ".join(parts)


def written(value: Fraction) -> str:
    """A number as a terminating decimal where it is one, else as a fraction."""
    if value.denominator == 1:
        return str(value.numerator)
    twos = fives = 0
    rest = value.denominator
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    places = max(twos, fives)
    if rest != 1 or places > 12:
        return f"{value.numerator}/{value.denominator}"
    digits = f"{abs(value.numerator) * 10**places // value.denominator:0{places + 1}d}"
    return f"{'-' if value < 0 else ''}{digits[:-places]}.{digits[-places:]}"


def _in(tree: Expression, level: int) -> str:
    text, own = _text(tree)
    return text if own >= level else f"({text})"


def _text(tree: Expression) -> tuple[str, int]:
    """The text, and how strongly it holds together."""
    match tree:
        case Number(value, _, text, continues):
            shown = (text or written(value)) + ("..." if continues else "")
            return shown, _SIGN if " " in shown or "/" in shown else _ATOM
        case Symbol(name, index):
            shown = _GREEK_SIGNS.get(name, name)
            below = f"_{index}" if len(index) == 1 else f"_{{{index}}}" if index else ""
            return shown + below, _ATOM
        case Blank():
            return "□", _ATOM
        case Constant(name):
            return _CONSTANTS[name], _ATOM
        case Negative(inner):
            return "-" + _in(inner, _POWER if _is_explicit(inner) else _SIGN + 1), _SUM
        case Binary():
            return _binary(tree)
        case PlusMinus(left, right, minus_first):
            sign = "∓" if minus_first else "±"
            shown = f"{_in(left, _SUM)} {sign} " if left is not None else sign
            return shown + _in(right, _PRODUCT if left is not None else _SIGN + 1), _SUM
        case Percent(Binary("/", inner, Number(value=ten))) if ten == 10:
            return _in(inner, _ATOM) + "‰", _POWER
        case Percent(inner):
            return _in(inner, _ATOM) + "%", _POWER
        case Quantity(inner, unit):
            return _quantity(inner, unit), _POWER
        case Compound(parts):
            return _compound(parts), _SIGN
        case Ratio(parts):
            return " : ".join(_in(part, _SUM) for part in parts), 0
        case Remainder(quotient, remainder):
            return f"{_in(quotient, _SUM)} …… {_in(remainder, _SUM)}", 0
        case Call(name, arguments):
            return f"{name}({_list(arguments)})", _ATOM
        case Apply(name, arguments, order):
            return f"{_GREEK_SIGNS.get(name, name)}{chr(39) * order}({_list(arguments)})", _ATOM
        case Tuple(items):
            return f"({_list(items)})", _ATOM
        case SetOf(items):
            return f"{{{_list(items)}}}" if items else "∅", _ATOM
        case Interval(lower, upper, lower_closed, upper_closed):
            opening, closing = "[" if lower_closed else "(", "]" if upper_closed else ")"
            return f"{opening}{to_text(lower)}, {to_text(upper)}{closing}", _ATOM
        case Union(parts):
            return " ∪ ".join(map(to_text, parts)), 0
        case _:
            return _calculus(tree)


def _list(items: tuple[Expression, ...]) -> str:
    return ", ".join(map(to_text, items))


def _binary(tree: Binary) -> tuple[str, int]:
    left, right = tree.left, tree.right
    match tree.operator:
        case "+" | "-" as sign:
            return f"{_in(left, _SUM)} {sign} {_in(right, _PRODUCT)}", _SUM
        case "*":
            if not _is_explicit(tree):
                return _in(left, _POWER) + _in(right, _POWER), _SIGN
            return f"{_in(left, _PRODUCT)} × {_in(right, _SIGN)}", _PRODUCT
        case "/":
            if isinstance(left, Number) and isinstance(right, Number):
                above, below = _text(left), _text(right)
                if above[1] == below[1] == _ATOM:
                    return f"{above[0]}/{below[0]}", _PRODUCT
            return f"{_in(left, _PRODUCT)} / {_in(right, _POWER)}", _PRODUCT
        case "mod":
            return f"{_in(left, _PRODUCT)} mod {_in(right, _POWER)}", _PRODUCT
        case _:
            simple = isinstance(right, Number | Symbol) and _text(right)[1] == _ATOM
            if isinstance(right, Symbol):
                simple = len(right.name) == 1 and not right.index
            exponent = to_text(right) if simple else f"({to_text(right)})"
            return f"{_in(left, _ATOM)}^{exponent}", _POWER


def _is_explicit(tree: Expression) -> bool:
    """Whether a product needs its sign; true of all that is no product."""
    if not isinstance(tree, Binary) or tree.operator != "*" or tree.style != "implicit":
        return True
    left, right = tree.left, tree.right
    while isinstance(right, Binary) and right.operator == "^":
        right = right.left
    if isinstance(left, Number):
        if left.decimals is None or left.continues:
            return True
    elif not isinstance(left, Symbol | Constant) or _is_worded(left):
        return True
    if isinstance(right, Binary):
        return isinstance(left, Symbol | Constant) or right.operator not in ("+", "-")
    if isinstance(right, Constant):
        return right.name != "pi"
    if isinstance(left, Constant) and left.name != "pi":
        return True
    if _is_worded(right):
        return True
    if isinstance(left, Symbol) and isinstance(right, Symbol):
        return not is_product(left.name + right.name)
    return not isinstance(right, Symbol)


def _is_worded(tree: Expression) -> bool:
    return isinstance(tree, Symbol) and (tree.is_word or bool(tree.index))


def _quantity(inner: Expression, unit: Unit) -> str:
    if unit.factors[0] in _PREFIXED and isinstance(inner, Number) and " " not in inner.text:
        rest = unit_text(Unit(unit.factors[1:]))
        return unit.factors[0][0] + to_text(inner) + (" " if rest[:1].isalnum() else "") + rest
    shown = unit_text(unit)
    space = "" if shown in ("°", "′") else " "
    return f"{_in(inner, _ATOM)}{space}{shown.replace('′', chr(39))}"


def unit_text(unit: Unit) -> str:
    """A unit as it is written after a number: ``km/h``, ``cm²``, 万元."""
    above = "".join(
        _UNIT_TEXTS.get(name, name) + _POWERS.get(power, "" if power == 1 else f"^{power}")
        for name, power in unit.factors
        if power > 0
    )
    below = "".join(
        "/" + _UNIT_TEXTS.get(name, name) + _POWERS.get(-power, "")
        for name, power in unit.factors
        if power < 0
    )
    return above + below


def _compound(parts: tuple[Quantity, ...]) -> str:
    shown = [to_text(part) for part in parts]
    return ("" if shown[0].endswith("°") else " ").join(shown)


def _bounds(lower: Expression | None, upper: Expression | None) -> str:
    if lower is None or upper is None:
        return ""
    return f"_({to_text(lower)})^({to_text(upper)})"


def _calculus(tree: Expression) -> tuple[str, int]:
    match tree:
        case Derivative(inner, None, order):
            return _in(inner, _ATOM) + "'" * order, _ATOM
        case Derivative(Symbol(name, ""), Symbol(variable), 1) if len(name) == 1:
            return f"d{name}/d{variable}", _PRODUCT
        case Derivative(inner, Symbol(variable), order):
            if order == 1:
                return f"d/d{variable} ({to_text(inner)})", _PRODUCT
            return f"\\frac{{d^{order}}}{{d{variable}^{order}}} ({to_text(inner)})", _PRODUCT
        case Integral(inner, Symbol(variable), lower, upper):
            return f"∫{_bounds(lower, upper)} ({to_text(inner)}) d{variable}", _PRODUCT
        case Evaluated(inner, lower, upper):
            return f"[{to_text(inner)}]{_bounds(lower, upper)}", _ATOM
        case Limit(inner, Symbol(variable), to, side):
            bound = f"{variable}→{_in(to, _PRODUCT)}{'^' + side if side else ''}"
            return f"lim_({bound}) ({to_text(inner)})", _PRODUCT
        case Series(kind, inner, Symbol(variable), lower, upper):
            sign = "∑" if kind == "sum" else "∏"
            bounds = f"_({variable}={to_text(lower)})^({to_text(upper)})"
            return f"{sign}{bounds} ({to_text(inner)})", _PRODUCT
        case _:
            raise TypeError(tree)
