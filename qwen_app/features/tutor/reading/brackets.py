"""What stands in brackets, braces and bars."""

from fractions import Fraction

from qwen_app.features.tutor.reading.cursor import Cursor
from qwen_app.features.tutor.reading.tree import (
    Blank,
    Call,
    Constant,
    Evaluated,
    Expression,
    Interval,
    Negative,
    Number,
    Ratio,
    SetOf,
    Symbol,
    Tuple,
)
from qwen_app.features.tutor.reading.words import FUNCTION_WORDS

_SIGN = 4


def bracketed(cursor: Cursor) -> Expression:
    """The expression, point, interval or set in brackets."""
    opening = cursor.take()
    if cursor.is_kind("close"):
        closing = cursor.take()
        if opening.text == "(" and closing.text == ")":
            return Blank()
        if opening.text == "\\{":
            return SetOf(())
        raise cursor.doubt()
    items = [cursor.expression()]
    separator = cursor.token.kind
    if separator in ("comma", "colon"):
        while cursor.token.kind == separator:
            cursor.take()
            items.append(cursor.expression())
    if not cursor.is_kind("close"):
        raise cursor.doubt()
    closing = cursor.take()
    if opening.text == "\\{":
        if closing.text != "\\}" or separator == "colon":
            raise cursor.doubt()
        return SetOf(tuple(items))
    if opening.text == "{":
        if closing.text != "}" or len(items) > 1:
            raise cursor.doubt()
        return items[0]
    if closing.text not in (")", "]"):
        raise cursor.doubt()
    if len(items) == 1:
        if (opening.text == "(") != (closing.text == ")"):
            raise cursor.doubt()
        return items[0]
    if separator == "colon":
        return Ratio(tuple(items))
    if len(items) == 2 and _is_interval(cursor, items, opening.text, closing.text):
        return Interval(items[0], items[1], opening.text == "[", closing.text == "]")
    if opening.text == "[" or closing.text == "]":
        raise cursor.doubt()
    return Tuple(tuple(items))


def _is_interval(cursor: Cursor, items: list[Expression], opening: str, closing: str) -> bool:
    if opening == "[" or closing == "]":
        return True
    bounds = [item.inner if isinstance(item, Negative) else item for item in items]
    if Constant("oo") in bounds:
        return True
    return cursor.token.kind == "command" and cursor.token.text == "cup"


def absolute(cursor: Cursor) -> Expression:
    cursor.take()
    inner = cursor.expression()
    cursor.expect("bar")
    return Call("abs", (inner,))


def is_remark(cursor: Cursor) -> bool:
    """Whether the brackets that open here hold words, or the number of an equation."""
    first, second, third = cursor.peek(1), cursor.peek(2), cursor.peek(3)
    if first.kind in ("han", "text", "break", "other", "rel", "stop"):
        return not (first.kind in ("han", "text") and second.kind == "op")
    if first.kind == "word" and len(first.text) > 1 and first.text not in FUNCTION_WORDS:
        return second.kind not in ("op", "close", "open")
    if cursor.token.spaced and not cursor.token.math and first.kind == "number":
        is_closed = second.kind == "close" and third.kind in (
            "break",
            "stop",
            "comma",
            "rel",
            "han",
        )
        return is_closed or second.kind in ("word", "han", "text")
    return False


def evaluated(cursor: Cursor, inner: Expression) -> Expression:
    """``[x^2]_0^1`` from its lower bound on."""
    lower = _bound(cursor)
    if not cursor.token.is_op("^"):
        raise cursor.doubt()
    cursor.take()
    return Evaluated(inner, lower, bound(cursor))


def _bound(cursor: Cursor) -> Expression:
    token = cursor.take()
    if not token.text:
        return bound(cursor)
    return written(token.text)


def bound(cursor: Cursor) -> Expression:
    """A bound above or below a sign: a group, or one token."""
    token = cursor.token
    if token.kind == "open":
        return bracketed(cursor)
    if token.is_op("-"):
        cursor.take()
        return Negative(bound(cursor))
    if token.kind == "number" and token.number is not None:
        cursor.take()
        return token.number
    return cursor.expression(_SIGN)


def written(text: str) -> Expression:
    """What a short text below the line stands for."""
    if text.isascii() and text.isdigit():
        return Number(Fraction(text), 0, text)
    return Symbol(text)
