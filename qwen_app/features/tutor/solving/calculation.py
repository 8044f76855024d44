"""The calculation in which a text ends."""

from dataclasses import dataclass
from fractions import Fraction

from qwen_app.features.tutor.reading.tree import Unit
from qwen_app.features.tutor.reading.units import Factors, currency, is_known, measure
from qwen_app.features.tutor.solving.nodes import (
    Bar,
    Bracket,
    Literal,
    Minus,
    Node,
    Operation,
    Power,
    UnreadableError,
    value_of,
)
from qwen_app.features.tutor.solving.parsing import Parser
from qwen_app.features.tutor.solving.scan import MONEY, Part, ending, unit_of


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
        tree = Parser(parts).whole()
        if _is_number(tree):
            return None
        _check_units(parts, tree)
        return Calculation(tree, value_of(tree), parts)
    except UnreadableError:
        return None


def _is_number(tree: Node) -> bool:
    match tree:
        case Literal():
            return True
        case Minus(inner) | Bracket(inner):
            return _is_number(inner)
        case _:
            return False


# --- units and percentages --------------------------------------------------------------------


def _check_units(parts: tuple[Part, ...], tree: Node) -> None:
    """Raises:
    UnreadableError: units that would have to be converted, or added to none.
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
                raise UnreadableError
            for dimension, _ in dimensions:
                names.setdefault(dimension, set()).add(name)
    if any(len(each) > 1 for each in names.values()):
        raise UnreadableError
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
            raise UnreadableError
    raise AssertionError(node)


def _product_kind(left: str, right: str) -> str:
    kinds = {left, right} - {"", "%"}
    return "?" if len(kinds) > 1 or left == right != "" else next(iter(kinds), "")
