"""Plain arithmetic as a tree: its exact value, and the steps in which one works it out.

Rational numbers only, with hard limits, so that no calculation costs more than microseconds.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Final, TypeAlias

from qwen_app.features.tutor.reading.tree import Unit
from qwen_app.features.tutor.reading.units import Factors, currency, is_known, measure
from qwen_app.features.tutor.solving.scan import MONEY, Part, ending, unit_of

MOST_DIGITS: Final = 15
"""Of a number that is written."""
MOST_VALUE_DIGITS: Final = 24
"""Of numerator and denominator of any value on the way."""
_MOST_DEPTH: Final = 12
_MOST_EXPONENT: Final = 20

_SIGNS: Final = {
    "+": "+",
    "＋": "+",
    "-": "-",
    "－": "-",
    "−": "-",
    "–": "-",
    "﹣": "-",
    "*": "*",
    "＊": "*",
    "∗": "*",
    "\\*": "*",
    "×": "*",
    "·": "*",
    "∙": "*",
    "⋅": "*",
    "x": "*",
    "X": "*",
    "\\times": "*",
    "\\cdot": "*",
    "的": "*",
    "of": "*",
    "/": "/",
    "／": "/",
    "∕": "/",
    "⁄": "/",
    "÷": "/",
    "\\div": "/",
}
_RAISED: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_PLAIN: Final = str.maketrans("０１２３４５６７８９．", "0123456789.")


@dataclass(frozen=True, slots=True)
class Literal:
    """A number as it is written; never negative."""

    value: Fraction
    text: str
    is_percent: bool = False
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Minus:
    inner: "Node"
    sign: str


@dataclass(frozen=True, slots=True)
class Operation:
    """``sign`` as written, with its spaces; empty between brackets that stand side by side."""

    operator: str
    left: "Node"
    right: "Node"
    sign: str


@dataclass(frozen=True, slots=True)
class Bracket:
    inner: "Node"
    opened: str = "("
    closed: str = ")"


@dataclass(frozen=True, slots=True)
class Power:
    base: "Node"
    exponent: int
    text: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A fraction with a bar: ``\\frac{1}{2}``."""

    above: "Node"
    below: "Node"
    command: str


Node: TypeAlias = Literal | Minus | Operation | Bracket | Power | Bar


@dataclass(frozen=True, slots=True)
class Calculation:
    """Arithmetic in which a text ends, and its exact value."""

    tree: Node
    value: Fraction
    parts: tuple[Part, ...]

    @property
    def is_latex(self) -> bool:
        return any(part.text.startswith("\\") and part.text != "\\*" for part in self.parts)

    @property
    def is_bare_fraction(self) -> bool:
        """``3/4``: perhaps a calculation, perhaps a number."""
        return isinstance(self.tree, Bar) or (
            isinstance(self.tree, Operation)
            and self.tree.sign.strip() in ("/", "／", "∕", "⁄")
            and isinstance(self.tree.left, Literal)
            and isinstance(self.tree.right, Literal)
            and not (self.tree.left.unit or self.tree.right.unit)
        )


def calculation(text: str) -> Calculation | None:
    """The calculation in which the text ends; None if there is none (a number alone is none), if
    it has no value, or if what it means is in doubt."""
    parts = ending(text)
    if not any(part.kind in ("operator", "frac", "power", "open") for part in parts):
        return None
    try:
        tree = _Parser(parts).whole()
        if isinstance(tree, Literal | Minus) and isinstance(
            tree if isinstance(tree, Literal) else tree.inner, Literal
        ):
            return None
        _check_units(parts, tree)
        return Calculation(tree, value_of(tree), parts)
    except _Unreadable:
        return None


class _Unreadable(Exception):
    pass


def value_of(node: Node) -> Fraction:
    """Raises:
    _Unreadable: no value, or one with more digits than are worked with.
    """
    match node:
        case Literal(value, _, is_percent):
            return value / 100 if is_percent else value
        case Minus(inner):
            return -value_of(inner)
        case Bracket(inner):
            return value_of(inner)
        case Bar(above, below):
            return _apply("/", value_of(above), value_of(below))
        case Power(base, exponent):
            value = value_of(base)
            digits = max(len(str(value.numerator)), len(str(value.denominator)))
            if (value == 0 and exponent <= 0) or digits * abs(exponent) > MOST_VALUE_DIGITS:
                raise _Unreadable
            return _bounded(value**exponent)
        case Operation(operator, left, right):
            return _apply(operator, value_of(left), value_of(right))


def _apply(operator: str, left: Fraction, right: Fraction) -> Fraction:
    if operator == "+":
        return _bounded(left + right)
    if operator == "-":
        return _bounded(left - right)
    if operator == "*":
        return _bounded(left * right)
    if right == 0:
        raise _Unreadable
    return _bounded(left / right)


def _bounded(value: Fraction) -> Fraction:
    limit = 10**MOST_VALUE_DIGITS
    if abs(value.numerator) >= limit or value.denominator >= limit:
        raise _Unreadable
    return value


class _Parser:
    """Sums of products of powers, by descent."""

    def __init__(self, parts: tuple[Part, ...]) -> None:
        self._parts = parts
        self._at = 0
        self._depth = 0

    def whole(self) -> Node:
        node = self._sum()
        if self._at < len(self._parts):
            raise _Unreadable
        return node

    def _next(self) -> Part | None:
        return self._parts[self._at] if self._at < len(self._parts) else None

    def _take(self) -> Part:
        part = self._next()
        if part is None:
            raise _Unreadable
        self._at += 1
        return part

    def _sign(self, *among: str) -> tuple[str, str] | None:
        """The operator that comes next, if it is one of these, and how it is written."""
        part = self._next()
        if part is None or part.kind != "operator" or _SIGNS.get(part.text) not in among:
            return None
        self._at += 1
        return _SIGNS[part.text], part.written

    def _sum(self) -> Node:
        self._depth += 1
        if self._depth > _MOST_DEPTH:
            raise _Unreadable
        node = self._product()
        while (found := self._sign("+", "-")) is not None:
            node = Operation(found[0], node, self._product(), found[1])
        self._depth -= 1
        return node

    def _product(self) -> Node:
        node = self._signed()
        divided = False
        while True:
            if (found := self._sign("*", "/")) is not None:
                # 27 ÷ 5/444: some divide by the fraction, others go from left to right.
                if divided and found[0] == "/" and not _is_obelus(found[1]):
                    raise _Unreadable
                divided = found[0] == "/" and _is_obelus(found[1])
                node = Operation(found[0], node, self._factor(), found[1])
            elif (part := self._next()) is not None and part.kind == "open":
                # 2(3 + 4), but not 6 ÷ 2(3): people read that in two ways.
                if isinstance(node, Operation) or not isinstance(node, Literal | Bracket):
                    raise _Unreadable
                node = Operation("*", node, self._factor(), part.before)
            else:
                return node

    def _signed(self) -> Node:
        found = self._sign("-")
        return self._factor() if found is None else Minus(self._factor(), found[1].strip())

    def _factor(self) -> Node:
        node = self._atom()
        part = self._next()
        if part is None or part.kind != "power":
            return node
        self._at += 1
        exponent = _exponent(part.text)
        again = self._next()
        if abs(exponent) > _MOST_EXPONENT or (again is not None and again.kind == "power"):
            raise _Unreadable
        if isinstance(node, Literal) and (node.unit or node.is_percent):
            raise _Unreadable
        return Power(node, exponent, part.text)

    def _atom(self) -> Node:
        part = self._take()
        if part.kind == "money":
            money = part.text
            part = self._take()
            if part.kind != "number":
                raise _Unreadable
            number = self._number(part)
            if number.unit or number.is_percent:
                raise _Unreadable
            return Literal(number.value, money + number.text, unit=money)
        if part.kind == "number":
            return self._number(part)
        if part.kind == "open" and part.text != "{":
            inner = self._sum()
            closed = self._take()
            if closed.kind != "close" or _PAIRS[part.text[-1]] != closed.text[-1]:
                raise _Unreadable
            return Bracket(inner, part.text, closed.text)
        if part.kind == "frac":
            return Bar(self._braced(), self._braced(), part.text)
        raise _Unreadable

    def _braced(self) -> Node:
        if self._take().text != "{":
            raise _Unreadable
        inner = self._sum()
        if self._take().text != "}":
            raise _Unreadable
        return inner

    def _number(self, part: Part) -> Literal:
        text = part.text.translate(_PLAIN)
        digits = text.replace(",", "")
        if len(digits) > MOST_DIGITS + 1:
            raise _Unreadable
        is_percent, unit = False, ""
        after = self._next()
        if after is not None and after.kind == "percent":
            self._at += 1
            is_percent = True
        elif after is not None and after.kind == "unit":
            self._at += 1
            unit = after.text
        return Literal(Fraction(digits), text, is_percent, unit)


def _is_obelus(sign: str) -> bool:
    return "÷" in sign or "div" in sign


_PAIRS: Final = {"(": ")", "（": "）", "[": "]", "［": "］"}


def _exponent(text: str) -> int:
    if text.startswith("^"):
        return int(text[1:].strip("{}").translate(_PLAIN))
    return int(text.translate(_RAISED))


# --- units and percentages --------------------------------------------------------------------


def _check_units(parts: tuple[Part, ...], tree: Node) -> None:
    """Raises:
    _Unreadable: units that would have to be converted, or added to none.
    """
    names: dict[str, set[str]] = {}
    for part in parts:
        if part.kind not in ("unit", "money"):
            continue
        for name, _ in _factors(part.text):
            if not is_known(name):
                continue
            dimensions = measure(Unit(((name, 1),))).dimensions
            if not dimensions:  # 万, dozen
                raise _Unreadable
            for dimension, _ in dimensions:
                names.setdefault(dimension, set()).add(name)
    if any(len(each) > 1 for each in names.values()):
        raise _Unreadable
    _kind_of(tree)


def _factors(text: str) -> Factors:
    return currency(text.replace("￥", "¥")) if text in MONEY else unit_of(text) or ((text, 1),)


def _kind_of(node: Node) -> str:
    """``""`` for a number, ``%`` for a percentage, a unit, or ``?`` for a product of units."""
    match node:
        case Literal(_, _, is_percent, unit):
            return "%" if is_percent else str(_factors(unit)) if unit else ""
        case Minus(inner) | Bracket(inner):
            return _kind_of(inner)
        case Power(base):
            return "?" if _kind_of(base) else ""
        case Bar(above, below):
            return _product_kind(_kind_of(above), _kind_of(below))
        case Operation(operator, left, right):
            kinds = _kind_of(left), _kind_of(right)
            if operator in "*/":
                return _product_kind(*kinds)
            if kinds[0] == kinds[1]:
                return kinds[0]
            # 1 + 10% is a factor; 200 + 10% may be 220.
            whole = left if kinds[1] == "%" else right
            if "%" in kinds and "" in kinds and value_of(whole) == 1:
                return ""
            raise _Unreadable
    raise AssertionError(node)


def _product_kind(left: str, right: str) -> str:
    kinds = {left, right} - {"", "%"}
    return "?" if len(kinds) > 1 or left == right != "" else next(iter(kinds), "")
