"""From the parts of a calculation to its tree."""

from fractions import Fraction
from typing import Final

from qwen_app.features.tutor.solving.nodes import (
    Bar,
    Bracket,
    Literal,
    Minus,
    Node,
    Operation,
    Power,
    UnreadableError,
)
from qwen_app.features.tutor.solving.scan import Part

MOST_DIGITS: Final = 15
"""Of a number that is written."""
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


class Parser:
    """Sums of products of powers, by descent."""

    def __init__(self, parts: tuple[Part, ...]) -> None:
        self._parts = parts
        self._at = 0
        self._depth = 0

    def whole(self) -> Node:
        node = self._sum()
        if self._at < len(self._parts):
            raise UnreadableError
        return node

    def _next(self) -> Part | None:
        return self._parts[self._at] if self._at < len(self._parts) else None

    def _take(self) -> Part:
        part = self._next()
        if part is None:
            raise UnreadableError
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
            raise UnreadableError
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
                    raise UnreadableError
                divided = found[0] == "/" and _is_obelus(found[1])
                node = Operation(found[0], node, self._factor(), found[1])
            elif (part := self._next()) is not None and part.kind == "open":
                # 2(3 + 4), but not 6 ÷ 2(3): people read that in two ways.
                if isinstance(node, Operation) or not isinstance(node, Literal | Bracket):
                    raise UnreadableError
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
            raise UnreadableError
        if isinstance(node, Literal) and (node.unit or node.is_percent):
            raise UnreadableError
        return Power(node, exponent, part.text)

    def _atom(self) -> Node:
        part = self._take()
        if part.kind == "money":
            money = part.text
            part = self._take()
            if part.kind != "number":
                raise UnreadableError
            number = self._number(part)
            if number.unit or number.is_percent:
                raise UnreadableError
            return Literal(number.value, money + number.text, unit=money)
        if part.kind == "number":
            return self._number(part)
        if part.kind == "open" and part.text != "{":
            inner = self._sum()
            closed = self._take()
            if closed.kind != "close" or _PAIRS[part.text[-1]] != closed.text[-1]:
                raise UnreadableError
            return Bracket(inner, part.text, closed.text)
        if part.kind == "frac":
            return Bar(self._braced(), self._braced(), part.text)
        raise UnreadableError

    def _braced(self) -> Node:
        if self._take().text != "{":
            raise UnreadableError
        inner = self._sum()
        if self._take().text != "}":
            raise UnreadableError
        return inner

    def _number(self, part: Part) -> Literal:
        text = part.text.translate(_PLAIN)
        digits = text.replace(",", "")
        if len(digits) > MOST_DIGITS + 1:
            raise UnreadableError
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
