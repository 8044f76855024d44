"""Numbers with what is written around them: fractions, percentages, units, words."""

from fractions import Fraction

from qwen_app.features.tutor.reading import units
from qwen_app.features.tutor.reading.cursor import Cursor
from qwen_app.features.tutor.reading.measures import is_differential, unit
from qwen_app.features.tutor.reading.tokens import Token
from qwen_app.features.tutor.reading.tree import (
    Binary,
    Blank,
    Call,
    Compound,
    Constant,
    Expression,
    Negative,
    Number,
    Percent,
    Quantity,
    Symbol,
    Unit,
)
from qwen_app.features.tutor.reading.words import (
    BOUNDARIES,
    FUNCTION_WORDS,
    HAN_BOUNDARY,
    changes_value,
)

_ATOM = 9
"""Binds so much that no operator is read."""

MOST_LABEL = 18
"""Words between a number and the next sign."""


def number(cursor: Cursor) -> Expression:
    """A number as it is written, a sign of money or percent before it; its unit is left to
    `measured`."""
    token = cursor.take()
    if token.kind == "percent":
        if cursor.peek(-2).kind == "number" or not cursor.is_kind("number") or cursor.token.spaced:
            raise cursor.doubt()
        return percent(_plain(cursor), token.text)
    if token.kind == "currency":
        if cursor.is_kind("number"):
            inner = _plain(cursor)
        elif cursor.token.is_open("(") and (cursor.token.math or not cursor.token.spaced):
            inner = cursor.expression(_ATOM)
        else:
            raise cursor.doubt()
        return Quantity(inner, Unit(units.currency(token.text), token.text))
    cursor.at -= 1
    return _plain(cursor)


def _plain(cursor: Cursor) -> Expression:
    token = cursor.take()
    value = token.number
    assert value is not None
    following, after = cursor.token, cursor.peek()
    if following.kind == "han" and after.kind == "number" and after.number is not None:
        if following.text == "分之":
            cursor.at += 2
            return Binary("/", after.number, value, "fraction")
        if following.text == "又" and value.decimals == 0:
            cursor.at += 1
            fraction = _proper(cursor)
            return _mixed(value, fraction)
    if value.decimals is None and "(" not in value.text and " " not in value.text:
        above, divisor = value.value.as_integer_ratio()
        return Binary("/", _whole(above), _whole(divisor), "fraction")
    if value.decimals != 0 or following.kind not in ("number", "command"):
        return value
    if following.kind == "command":
        if following.text == "frac" and not following.spaced and (parts := _latex_parts(cursor)):
            return _mixed(value, parts)
        return value
    if following.number is not None and following.number.decimals is None:
        cursor.take()
        return _mixed(value, following.number.value)
    slash, below = cursor.peek(1), cursor.peek(2)
    if slash.is_op("/") and not slash.spaced and below.kind == "number" and not below.spaced:
        return _mixed(value, _proper(cursor))
    raise cursor.doubt()


def _whole(value: int) -> Number:
    return Number(Fraction(value), 0, str(value))


def _proper(cursor: Cursor) -> Fraction:
    """A fraction below 1 of whole numbers: ``1/2``, 3分之2, ½."""
    above = cursor.take().number
    assert above is not None
    if above.decimals is None and above.value < 1:
        return above.value
    sign = cursor.take()
    below = cursor.token.number
    is_han = sign.kind == "han" and sign.text == "分之"
    if below is None or not (is_han or sign.is_op("/")):
        raise cursor.doubt()
    cursor.take()
    if is_han:
        above, below = below, above
    if above.decimals != 0 or below.decimals != 0 or not 0 < above.value < below.value:
        raise cursor.doubt()
    return above.value / below.value


def _latex_parts(cursor: Cursor) -> Fraction | None:
    r"""The proper fraction of ``1\frac{1}{2}``; None where it is no such."""
    kinds = [cursor.peek(offset) for offset in range(1, 7)]
    if [token.kind for token in kinds] == ["open", "number", "close"] * 2:
        above, below, used = kinds[1].number, kinds[4].number, 7
    elif kinds[0].kind == kinds[1].kind == "number":
        above, below, used = kinds[0].number, kinds[1].number, 3
    else:
        return None
    assert above is not None
    assert below is not None
    if above.decimals != 0 or below.decimals != 0 or not 0 < above.value < below.value:
        return None
    cursor.at += used
    return above.value / below.value


def _mixed(whole: Number, fraction: Fraction) -> Number:
    text = f"{whole.text} {fraction.numerator}/{fraction.denominator}"
    return Number(whole.value + fraction, None, text)


def glued_fraction(cursor: Cursor, slash: Token) -> Expression | None:
    """``6 ÷ 1/2`` and ``3 / 1/4`` divide by a fraction, as the spaces say."""
    above, line, below = cursor.token, cursor.peek(1), cursor.peek(2)
    if above.kind != "number" or below.kind != "number" or not line.is_op("/"):
        return None
    if line.spaced or below.spaced or not (slash.text == "÷" or (above.spaced)):
        return None
    if cursor.peek(3).is_op("^") or (cursor.peek(3).is_op("/") and not cursor.peek(3).spaced):
        return None
    assert above.number is not None
    assert below.number is not None
    cursor.at += 3
    return measured(cursor, Binary("/", above.number, below.number, "fraction"))


def mixed_in_brackets(cursor: Cursor, left: Expression) -> Number | None:
    """``9(1/2)``, which some write for 9½ and some for a product."""
    parts = [cursor.peek(offset) for offset in range(5)]
    if not isinstance(left, Number) or left.decimals != 0 or parts[0].spaced:
        return None
    if [part.kind for part in parts] != ["open", "number", "op", "number", "close"]:
        return None
    above, below = parts[1].number, parts[3].number
    if above is None or below is None or parts[2].text != "/" or parts[0].text != "(":
        return None
    if above.decimals != 0 or below.decimals != 0 or not 0 < above.value < below.value:
        return None
    cursor.met.add("mixed")
    if "mixed" not in cursor.choices:
        return None
    cursor.at += 5
    return _mixed(left, above.value / below.value)


def percent(inner: Expression, sign: str) -> Percent:
    return Percent(inner) if sign == "%" else Percent(Binary("/", inner, _whole(10)))


def root(degree: int, inner: Expression) -> Call:
    if degree == 2:
        return Call("sqrt", (inner,))
    return Call("root", (inner, _whole(degree)))


def degrees(cursor: Cursor, inner: Expression) -> Expression:
    """An angle, with minutes where they follow."""
    cursor.take()
    whole = Quantity(inner, Unit((("°", 1),), "°"))
    minutes, mark = cursor.token, cursor.peek()
    if minutes.kind == "number" and mark.kind == "prime" and not mark.spaced:
        assert minutes.number is not None
        cursor.at += 2
        return Compound((whole, Quantity(minutes.number, Unit((("′", 1),), "′"))))
    return whole


def is_share(left: Expression) -> bool:
    """Whether "of" after it multiplies: a percentage, a fraction, a decimal below 1."""
    match left:
        case Percent():
            return True
        case Binary("/", Number(), Number()):
            return True
        case Number(value, decimals):
            return value < 1 and decimals != 0
        case _:
            return False


def is_numeric(inner: Expression) -> bool:
    match inner:
        case Number() | Quantity() | Compound() | Percent() | Constant():
            return True
        case Negative(value):
            return is_numeric(value)
        case _:
            return False


def measured(cursor: Cursor, inner: Expression) -> Expression:
    """The expression with the unit that follows it, and past the words up to the next sign."""
    before = cursor.at
    if isinstance(inner, Blank) or cursor.peek(-1).is_op():
        return inner
    if cursor.is_kind("han", "text", "word", "op", "open", "currency", "prime") and not (
        isinstance(inner, Symbol) and cursor.is_kind("word")
    ):
        found = unit(cursor, inner)
        if found is not None:
            inner = _with_unit(inner, found)
            if cursor.at > before:
                inner = _compound(cursor, inner)
    if cursor.at > before or is_numeric(inner) or cursor.peek(-1).kind == "close":
        label(cursor)
    return inner


def _with_unit(inner: Expression, found: Unit) -> Expression:
    if isinstance(inner, Quantity):
        if all(power > 0 for _, power in found.factors) and not units.measure(found).known:
            return inner  # $150 spending
        factors = units.multiply(inner.unit.factors, found.factors)
        return Quantity(inner.inner, Unit(factors, inner.unit.text + found.text))
    return Quantity(inner, found)


def _compound(cursor: Cursor, first: Expression) -> Expression:
    """``3小时20分``, ``5 feet 6 inches``: smaller units of the same kind follow at once."""
    parts = [first]
    while isinstance(parts[-1], Quantity):
        start = cursor.at
        if cursor.is_kind("word") and cursor.token.text == "and":
            cursor.take()
        last = units.measure(parts[-1].unit)
        value = cursor.token.number
        if not cursor.is_kind("number") or value is None or not last.known or not last.dimensions:
            cursor.at = start
            break
        cursor.take()
        found = unit(cursor, value)
        if found is None:
            cursor.at = start
            break
        own = units.measure(found)
        if own.dimensions != last.dimensions or own.factor >= last.factor:
            cursor.at = start
            break
        parts.append(Quantity(value, found))
    quantities = tuple(part for part in parts if isinstance(part, Quantity))
    return Compound(quantities) if len(quantities) > 1 else first


def label(cursor: Cursor) -> None:
    """Passes over words that lead to a sign; other words end what is read.

    Raises:
        Doubt: they change the value (5 and a half, 3 hundred, 300多).
    """
    at = cursor.at
    while at < len(cursor.tokens) and at - cursor.at <= MOST_LABEL:
        token = cursor.tokens[at]
        if token.kind == "word" and token.text.lower() == "and" and at == cursor.at:
            cursor.at += 1
            following = [cursor.peek(offset).text.lower() for offset in range(3)]
            cursor.at -= 1
            if "half" in following or "quarter" in following or "third" in following:
                raise cursor.doubt()
            return
        if token.kind == "open" and (closing := _remark(cursor, at)):
            at = closing
        elif not _is_label(cursor, at):
            break
        at += 1
    words = cursor.tokens[cursor.at : at]
    if not words or at - cursor.at > MOST_LABEL:
        return
    end = cursor.tokens[at]
    leads = end.kind in ("rel", "close", "bar") or (end.kind == "op" and _is_binary(cursor, at))
    if end.kind == "rel" and end.note:
        leads = leads and len(words) <= 2
    if not leads:
        return
    if words[0].kind == "word" and changes_value(words[0].text):
        raise cursor.doubt()
    cursor.at = at
    cursor.wordy = True


def _remark(cursor: Cursor, at: int) -> int | None:
    """Index of the bracket that closes a remark in words; None where it holds something else."""
    first = cursor.tokens[at + 1]
    if cursor.tokens[at].text != "(" or first.kind != "word" or len(first.text) < 2:
        return None
    if first.text.lower() in FUNCTION_WORDS:
        return None
    for index in range(at + 2, min(at + 12, len(cursor.tokens))):
        if cursor.tokens[index].kind in ("rel", "open", "op", "break"):
            if not cursor.tokens[index].is_op("/"):
                return None
        elif cursor.tokens[index].kind == "close":
            return index
    return None


def _is_label(cursor: Cursor, at: int) -> bool:
    token = cursor.tokens[at]
    if token.kind == "word":
        if is_differential(cursor, token):
            return False
        if len(token.text) == 1:
            return token.text in "aA" and not token.math and token.spaced
        glued = not token.spaced and cursor.tokens[at - 1].kind not in ("op", "prime")
        return not (token.math or glued) and token.text.lower() not in BOUNDARIES
    if token.kind == "han":
        return HAN_BOUNDARY.search(token.text) is None
    if token.kind in ("text", "ordinal"):
        return True
    if token.kind == "prime":
        return not token.spaced
    after = cursor.tokens[min(at + 1, len(cursor.tokens) - 1)]
    if token.is_op("-", "/"):
        between = cursor.tokens[at - 1].kind == "word" and after.kind == "word"
        return between and not token.spaced and not after.spaced and len(after.text) > 1
    return False


def _is_binary(cursor: Cursor, at: int) -> bool:
    """Whether the sign joins two operands, and is no dash before a remark."""
    after = cursor.tokens[min(at + 1, len(cursor.tokens) - 1)]
    return after.kind in ("number", "currency", "open", "word", "han", "command", "root", "blank")
