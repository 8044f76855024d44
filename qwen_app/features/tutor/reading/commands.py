"""Operands that begin with a command of LaTeX, or the Unicode sign for it."""

import re
from fractions import Fraction

from qwen_app.features.tutor.reading import brackets, names
from qwen_app.features.tutor.reading.cursor import Cursor
from qwen_app.features.tutor.reading.operands import root
from qwen_app.features.tutor.reading.tokens import Token
from qwen_app.features.tutor.reading.tree import (
    Binary,
    Call,
    Constant,
    Derivative,
    Expression,
    Integral,
    Limit,
    Number,
    Series,
    SetOf,
    Symbol,
)
from qwen_app.features.tutor.reading.words import FUNCTION_WORDS

_PRODUCT, _IMPLICIT, _SIGN = 2, 3, 4
_DIFFERENTIAL = re.compile(r"d[a-z]")
_BEGIN_FACTOR = frozenset(("frac", "sqrt", "pi", "binom", "angle")) | frozenset(FUNCTION_WORDS)


def begins_factor(token: Token) -> bool:
    """Whether it multiplies what stands before it."""
    return token.text in _BEGIN_FACTOR


def command(cursor: Cursor) -> Expression:
    token = cursor.take()
    name = token.text
    if name in FUNCTION_WORDS and name != "sqrt":
        return names.function(cursor, FUNCTION_WORDS[name])
    match name:
        case "pi":
            return Constant("pi")
        case "infty":
            return Constant("oo")
        case "emptyset":
            return SetOf(())
        case "frac":
            return _fraction(cursor)
        case "sqrt":
            return _root(cursor)
        case "binom":
            return Call("binomial", (argument(cursor), argument(cursor)))
        case "angle" | "triangle":
            return _figure(cursor, "∠" if name == "angle" else "△")
        case "overline" | "widehat":
            return _segment(cursor)
        case "int":
            return _integral(cursor)
        case "lim":
            return _limit(cursor)
        case "sum" | "prod":
            return _series(cursor, name)
        case _:
            cursor.at -= 1
            raise cursor.doubt()


def argument(cursor: Cursor) -> Expression:
    """The argument of a command: a group, or one token."""
    return brackets.bound(cursor)


def _fraction(cursor: Cursor) -> Expression:
    if derivative := _derivative(cursor):
        return derivative
    above = argument(cursor)
    return Binary("/", above, argument(cursor), "fraction")


def _derivative(cursor: Cursor) -> Expression | None:
    r"""``\frac{d}{dx}``, ``\frac{dy}{dx}``, ``\frac{d^2y}{dx^2}``."""
    kinds = [cursor.peek(offset) for offset in range(12)]
    if not kinds[0].is_open("{") or kinds[1].kind != "word" or kinds[1].text[0] != "d":
        return None
    above = kinds[1].text
    at, order = 2, 1
    if above == "d" and kinds[2].is_op("^") and kinds[3].kind == "number":
        order = int(kinds[3].number.value) if kinds[3].number is not None else 1
        at = 4
    function: str | None = above[1:] or None
    if function is None and kinds[at].kind == "word":
        function = kinds[at].text
        at += 1
    if len(above) > 2 or (function is not None and len(function) > 1):
        return None
    if kinds[at].kind != "close" or not kinds[at + 1].is_open("{"):
        return None
    below = kinds[at + 2]
    if below.kind != "word" or not _DIFFERENTIAL.fullmatch(below.text) or not 1 <= order <= 6:
        return None
    at += 3
    if order > 1:
        if not kinds[at].is_op("^") or kinds[at + 1].text != str(order):
            return None
        at += 2
    if kinds[at].kind != "close":
        return None
    cursor.at += at + 1
    variable = Symbol(below.text[1])
    if function is not None:
        return Derivative(Symbol(function), variable, order)
    return Derivative(cursor.expression(_IMPLICIT), variable, order)


def _root(cursor: Cursor) -> Expression:
    if cursor.token.is_open("["):
        cursor.take()
        degree = cursor.expression()
        cursor.expect("close", "]")
        inner = argument(cursor)
        if degree == Number(Fraction(2), 0):
            return root(2, inner)
        return Call("root", (inner, degree))
    return root(2, argument(cursor))


def _figure(cursor: Cursor, sign: str) -> Expression:
    """``∠A``, ``△ABC``."""
    if sign == "△" and cursor.is_kind("rel", "op", "close", "break", "comma", "stop"):
        return Symbol("Δ")
    token = cursor.take()
    if token.kind == "number" and sign == "∠":
        return Symbol("∠" + token.text)
    if token.kind != "word" or len(token.text) > 4:
        raise cursor.doubt()
    return Symbol(sign + token.text)


def _segment(cursor: Cursor) -> Expression:
    cursor.expect("open")
    token = cursor.expect("word")
    cursor.expect("close")
    return Symbol(token.text)


def _bounds(cursor: Cursor) -> tuple[Expression | None, Expression | None]:
    lower = upper = None
    if cursor.is_kind("sub"):
        token = cursor.take()
        lower = brackets.written(token.text) if token.text else argument(cursor)
    if cursor.token.is_op("^"):
        cursor.take()
        upper = argument(cursor)
    return lower, upper


def _integral(cursor: Cursor) -> Expression:
    lower, upper = _bounds(cursor)
    if (lower is None) != (upper is None):
        raise cursor.doubt()
    if cursor.is_kind("word") and _DIFFERENTIAL.fullmatch(cursor.token.text):
        inner: Expression = Number(Fraction(1), 0, "1")
    else:
        inner = cursor.expression()
    token = cursor.take()
    if token.kind not in ("word", "text") or not _DIFFERENTIAL.fullmatch(token.text):
        raise cursor.doubt()
    return Integral(inner, Symbol(token.text[1]), lower, upper)


def _limit(cursor: Cursor) -> Expression:
    token = cursor.take()
    if token.kind != "sub" or token.text or not cursor.token.is_open("{", "("):
        raise cursor.doubt()
    cursor.take()
    variable = cursor.expect("word")
    arrow = cursor.take()
    if arrow.text not in ("to", "→", "->") or len(variable.text) > 1:
        raise cursor.doubt()
    to = cursor.expression(_SIGN - 1)
    side = _side(cursor)
    cursor.expect("close")
    inner = cursor.expression(_PRODUCT)
    if side == "+":
        return Limit(inner, Symbol(variable.text), to, "+")
    if side == "-":
        return Limit(inner, Symbol(variable.text), to, "-")
    return Limit(inner, Symbol(variable.text), to)


def _side(cursor: Cursor) -> str:
    """``0^+`` comes from above."""
    if cursor.token.is_op("^") and cursor.peek().is_op("+", "-"):
        cursor.at += 2
        return cursor.peek(-1).text
    if cursor.token.is_op("+", "-") and cursor.peek().kind == "close":
        return cursor.take().text
    return ""


def _series(cursor: Cursor, name: str) -> Expression:
    token = cursor.take()
    if token.kind != "sub" or token.text or not cursor.token.is_open("{", "("):
        raise cursor.doubt()
    cursor.take()
    variable = cursor.expect("word")
    cursor.expect("rel", "=")
    lower = cursor.expression()
    cursor.expect("close")
    if not cursor.token.is_op("^"):
        raise cursor.doubt()
    cursor.take()
    upper = argument(cursor)
    inner = cursor.expression(_PRODUCT)
    kind = "sum" if name == "sum" else "product"
    if kind == "sum":
        return Series("sum", inner, Symbol(variable.text), lower, upper)
    return Series("product", inner, Symbol(variable.text), lower, upper)
