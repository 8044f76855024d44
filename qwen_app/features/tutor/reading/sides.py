"""One side of a statement, with what only stands there: ratios, remainders, unions of sets."""

from collections.abc import Collection
from dataclasses import dataclass

from qwen_app.features.tutor.reading import units
from qwen_app.features.tutor.reading.cursor import Choice, Doubt
from qwen_app.features.tutor.reading.parser import Parser, is_hyphen
from qwen_app.features.tutor.reading.setting import Setting
from qwen_app.features.tutor.reading.tokens import Token
from qwen_app.features.tutor.reading.tree import (
    Blank,
    Compound,
    Expression,
    Negative,
    Number,
    Percent,
    Quantity,
    Ratio,
    Remainder,
    Symbol,
    Union,
    children,
)

_SUM = 1


@dataclass(frozen=True, slots=True)
class Side:
    expression: Expression
    first: int
    """Index of its first token."""
    after: int
    """Index of the first token behind it, words that belong to it passed over."""
    last: int
    """Index behind the last token that is part of the expression."""
    wordy: bool
    """Whether more words than a unit follow it."""
    met: frozenset[Choice]

    @property
    def is_bare(self) -> bool:
        """Whether it is one number, with a unit at most."""
        inner = self.expression
        if isinstance(inner, Negative):
            inner = inner.inner
        if isinstance(inner, Quantity):
            inner = inner.inner
        return isinstance(inner, Number | Compound | Percent)

    @property
    def is_name(self) -> bool:
        return isinstance(self.expression, Symbol | Blank)


def read_side(
    found: list[Token],
    at: int,
    setting: Setting,
    choices: Collection[Choice],
    *,
    ratios: bool = True,
) -> Side:
    """The side that begins at a token; without ``ratios`` a colon ends it.

    Raises:
        Doubt: no expression stands there, or what follows it makes it doubtful.
    """
    parser = Parser(found, at, setting, choices)
    inner = parser.expression()
    last = parser.at
    if ratios and parser.is_kind("colon") and _is_ratio(parser, inner):
        parts = [inner]
        while parser.is_kind("colon") and _is_ratio(parser, parts[-1]):
            parser.take()
            parts.append(parser.expression())
        inner = Ratio(tuple(parts))
    elif parser.is_kind("dots") and _is_remainder(_after_dots(parser)):
        while parser.is_kind("dots"):
            parser.take()
        inner = Remainder(inner, parser.expression())
    elif parser.is_kind("dots") and parser.peek().text == "余" and parser.peek(2).kind == "number":
        parser.at += 2
        inner = Remainder(inner, parser.expression())
    elif parser.token.kind == "command" and parser.token.text == "cup":
        parts = [inner]
        while parser.token.kind == "command" and parser.token.text == "cup":
            parser.take()
            parts.append(parser.expression())
        inner = Union(tuple(parts))
    if parser.at != last:
        last = parser.at
    if any(isinstance(each, Ratio) for each in children(inner)) and not isinstance(inner, Ratio):
        raise Doubt(parser.at)
    _check_end(parser, ratios=ratios)
    return Side(inner, at, parser.at, last, parser.wordy, frozenset(parser.met))


def _is_ratio(parser: Parser, last: Expression) -> bool:
    """Whether the colon stands between two parts, and does not lead to an explanation."""
    before, colon, after = parser.peek(-1), parser.token, parser.peek()
    if after.kind not in ("number", "open", "word", "command", "root", "han") or (
        after.kind == "word" and len(after.text) > 1
    ):
        return False
    if before.kind not in ("number", "close", "word", "percent", "han", "text"):
        return False
    if before.kind == "word" and len(before.text) > 2 and colon.spaced != after.spaced:
        return False
    if colon.spaced != after.spaced:
        return False
    if before.kind in ("han", "text"):
        is_measured = isinstance(last, Quantity) and units.measure(last.unit).known
        is_pair = is_measured and after.kind == "number" and parser.peek(2).kind == before.kind
        return is_pair or _is_ratio_of_names(parser)
    if after.kind == "han":
        return False
    return not (after.kind == "number" and after.text.startswith("0") and after.text[1:2].isdigit())


def _is_ratio_of_names(parser: Parser) -> bool:
    """甲:乙 = 2:3."""
    before, after = parser.peek(-1), parser.peek()
    is_short = after.kind == "han" and len(before.text) <= 4 and len(after.text) <= 4
    return is_short and parser.peek(2).kind in ("rel", "colon")


def _after_dots(parser: Parser) -> Token:
    return parser.peek(2 if parser.peek().kind == "dots" else 1)


def _is_remainder(token: Token) -> bool:
    return token.kind in ("number", "blank") or (token.kind == "word" and len(token.text) == 1)


_ENDS = frozenset(
    ("rel", "break", "stop", "comma", "colon", "close", "han", "word", "text", "open", "other")
)


_GLUED = frozenset(("number", "word", "close", "command", "sub"))


def _check_end(parser: Parser, *, ratios: bool) -> None:
    token = parser.token
    if token.kind in _ENDS or (token.kind == "command" and token.text in ("to", "boxed", "qquad")):
        after = parser.peek()
        is_time = parser.peek(-1).kind == after.kind == "number"
        if ratios and token.kind == "colon" and is_time and not token.spaced | after.spaced:
            raise parser.doubt()
        if token.kind == "word" and not token.spaced and parser.peek(-1).kind in _GLUED:
            raise parser.doubt()
        if token.kind == "other" and not token.spaced and token.text not in "~…":
            raise parser.doubt()
        return
    if token.kind in ("bang", "dots") or (token.kind == "prime" and token.text == '"'):
        return
    if token.kind == "root" and parser.peek().kind in ("break", "stop", "comma"):
        return  # a tick
    if token.kind in ("number", "currency") and parser.peek(-1).kind in ("word", "han", "text"):
        return
    if is_hyphen(parser):
        return
    raise parser.doubt()
