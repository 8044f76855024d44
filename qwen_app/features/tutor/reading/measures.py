"""The unit that follows a number."""

import re

from qwen_app.features.tutor.reading import units
from qwen_app.features.tutor.reading.characters import is_han
from qwen_app.features.tutor.reading.cursor import Cursor
from qwen_app.features.tutor.reading.tokens import Token
from qwen_app.features.tutor.reading.tree import GREEK, Expression, Quantity, Symbol, Unit
from qwen_app.features.tutor.reading.units import Factors
from qwen_app.features.tutor.reading.words import (
    BOUNDARIES,
    FUNCTION_WORDS,
    HAN_BOUNDARY,
    NOT_SYMBOLS,
    changes_value,
)

_SQUARE = {"square": 2, "sq": 2, "cubic": 3}
_PART = re.compile(r"([^0-9²³^]+?)(\^[23]|[²³23])?")
_POWER_WORDS = {"squared": 2, "square": 2, "cubed": 3, "cubic": 3}


def unit(cursor: Cursor, inner: Expression) -> Unit | None:
    """The unit that begins here, passed over; of a Chinese word that goes on into prose, the unit
    alone is returned and the cursor stays."""
    start = cursor.at
    first = _first(cursor, inner)
    stayed = cursor.at == start
    if first is None:
        if not isinstance(inner, Quantity) or not _is_per(cursor):
            return None
        first = ()
    factors = first
    if not stayed or not first:
        factors = _powers(cursor, factors)
        while _is_per(cursor):
            below = _below(cursor)
            if below is None:
                break
            factors = units.multiply(factors, below, -1)
    if not factors:
        return None
    return Unit(factors, "".join(token.text for token in cursor.tokens[start : cursor.at]))


def _first(cursor: Cursor, inner: Expression) -> Factors | None:
    token = cursor.token
    match token.kind:
        case "han":
            return _han(cursor, token)
        case "text":
            cursor.take()
            return of_text(token.text)
        case "word":
            return _word(cursor, token)
        case "currency":
            after = cursor.peek()
            if isinstance(inner, Quantity) or after.kind == "number":
                return None
            cursor.take()
            return units.currency(token.text)
        case "op":
            # "3-point", "5-minute": the word belongs to the number.
            after = cursor.peek()
            if token.is_op("-") and not token.spaced and not after.spaced and _is_noun(after):
                cursor.at += 2
                return units.named(after.text.lower()) or ((after.text.lower(), 1),)
            return None
        case "open":
            return _bracketed(cursor)
        case "prime":
            return _prime(cursor, token, inner)
        case _:
            return None


def _prime(cursor: Cursor, token: Token, inner: Expression) -> Factors | None:
    """``24"`` inside a sentence is inches; a quotation mark at the end says nothing."""
    if token.spaced or token.text != '"' or isinstance(inner, Quantity | Symbol):
        return None
    if cursor.peek().kind != "word":
        return None
    cursor.take()
    return (("in", 1),)


def _han(cursor: Cursor, token: Token) -> Factors | None:
    text = token.text
    if text[0] in "多几余半" or (text[0] in "个米元年天" and text[1:2] in ("半", "多")):
        raise cursor.doubt()
    if text[0] == "分" and text[:2] not in ("分米", "分钟", "分钱", "分之"):
        name, length = cursor.setting.minute, 1
        factors: Factors = ((name, 1),)
    elif text == "时" and cursor.setting.hour and cursor.peek().kind in ("number", "op", "rel"):
        factors, length = (("h", 1),), 1
    elif found := units.leading(text):
        factors, length = found
        if text[0] in "千百万亿" and length == 1 and len(text) > 1:
            factors, length = (*factors, (text[1], 1)), 2
    elif HAN_BOUNDARY.match(text):
        return None
    else:
        boundary = HAN_BOUNDARY.search(text)
        word = text[: boundary.start()] if boundary else text
        factors, length = ((word if len(word) <= 4 else word[0], 1),), len(word)
    rest = text[length:]
    if HAN_BOUNDARY.search(rest) is None:
        cursor.take()
    return factors


def of_text(text: str) -> Factors | None:
    r"""Of the words in ``\text{...}``."""
    above, *below = text.strip().rstrip("。.，,").replace(" per ", "/").split("/")
    factors = _part_of_text(above)
    for each in below:
        divisor = _part_of_text(each)
        if factors is None or divisor is None:
            return None
        factors = units.multiply(factors, divisor, -1)
    return factors


def _part_of_text(text: str) -> Factors | None:
    match = _PART.fullmatch(text.strip())
    if match is None:
        return None
    word, digit = match.groups()
    power = {"²": 2, "³": 3}.get(digit or "") or int((digit or "1")[-1])
    factors = units.named(word) or units.named(word.split(" ")[0])
    if factors is None and is_han(word[0]) and (found := units.leading(word)):
        factors = found[0]
    if word.lower().startswith(("square ", "cubic ")):
        factors = units.named(word.split(" ")[1])
        power = _SQUARE[word.lower().split(" ")[0]]
    if factors is None:
        return ((word.lower(), 1),) if len(word) <= 24 else None
    return tuple((name, times * power) for name, times in factors)


def _word(cursor: Cursor, token: Token) -> Factors | None:
    text = token.text
    if text.lower() in ("percent", "percents") or is_differential(cursor, token):
        return None
    if len(text) == 1 and text not in cursor.setting.unit_letters:
        return None
    if power := _SQUARE.get(text.lower()):
        after = cursor.peek()
        factors = units.named(after.text) if after.kind == "word" else None
        if factors is not None and len(factors) == 1:
            cursor.at += 2
            return ((factors[0][0], power),)
    if factors := units.named(text):
        cursor.take()
        return factors
    if not _is_noun(token) or token.math:
        return None
    if not token.spaced and len(text) <= 3:
        return None
    cursor.take()
    return ((text.lower(), 1),)


def is_differential(cursor: Cursor, token: Token) -> bool:
    """Whether it ends an integral: ``dx``."""
    return cursor.setting.integral and len(token.text) == 2 and token.text[0] == "d"


def _is_noun(token: Token) -> bool:
    """Whether the word may name what is counted."""
    if token.kind != "word" or len(token.text) < 2:
        return False
    lower = token.text.lower()
    return not (
        lower in BOUNDARIES
        or lower in GREEK
        or lower in NOT_SYMBOLS
        or lower in FUNCTION_WORDS
        or changes_value(lower)
        or lower in ("mod", "of", "pi", "plus", "times", "with", "from")
    )


def _bracketed(cursor: Cursor) -> Factors | None:
    """``408（万元）``, ``30 (cm²)``."""
    if cursor.token.text != "(":
        return None
    start = cursor.at
    token = cursor.peek()
    if token.kind == "han":
        found = units.leading(token.text)
        factors = found[0] if found and found[1] == len(token.text) else None
        if factors is None and len(token.text) <= 3:
            factors = ((token.text, 1),)
    elif token.kind in ("word", "text"):
        factors = units.named(token.text)
        if factors is None and token.kind == "word" and _is_noun(token):
            factors = ((token.text.lower(), 1),)
    else:
        return None
    if factors is None:
        return None
    cursor.at += 2
    factors = _powers(cursor, factors)
    while _is_per(cursor):
        below = _below(cursor)
        if below is None:
            break
        factors = units.multiply(factors, below, -1)
    if cursor.token.kind != "close":
        cursor.at = start
        return None
    cursor.take()
    return factors


def _powers(cursor: Cursor, factors: Factors) -> Factors:
    """``cm^2``, ``cm2``, ``meters squared``."""
    if not factors or factors[-1][1] != 1 or not units.is_known(factors[-1][0]):
        return factors
    power = None
    token = cursor.token
    if token.is_op("^") and not token.spaced:
        exponent = _exponent(cursor)
        if exponent in ("2", "3"):
            power = int(exponent)
    elif token.kind == "number" and not token.spaced and token.text in ("2", "3"):
        if units.measure(Unit((factors[-1],))).dimensions == (("length", 1),):
            cursor.take()
            power = int(token.text)
    elif token.kind == "word" and token.text.lower() in _POWER_WORDS:
        cursor.take()
        power = _POWER_WORDS[token.text.lower()]
    return factors if power is None else (*factors[:-1], (factors[-1][0], power))


def _exponent(cursor: Cursor) -> str | None:
    """The digits above the line, passed over."""
    if cursor.peek().kind == "number":
        cursor.at += 2
        return cursor.peek(-1).text
    if [cursor.peek(offset).kind for offset in (1, 2, 3)] == ["open", "number", "close"]:
        cursor.at += 4
        return cursor.peek(-2).text
    return None


def _is_per(cursor: Cursor) -> bool:
    token, after = cursor.token, cursor.peek()
    if token.kind == "word" and token.text == "per":
        return after.kind == "word" and len(after.text) > 1
    if not token.is_op("/"):
        return False
    if after.kind == "word":
        if len(after.text) == 1:
            is_unit = cursor.peek(-1).kind != "number" or after.text in cursor.setting.unit_letters
            return not token.spaced and after.text in "hst" and is_unit
        is_call = after.text.lower() in FUNCTION_WORDS and cursor.peek(2).kind == "open"
        return not is_call
    return after.kind in ("han", "text")


def _below(cursor: Cursor) -> Factors | None:
    """The unit after "per" or a slash, passed over with it."""
    cursor.take()
    token = cursor.token
    if token.kind == "han":
        found = units.leading(token.text)
        if token.text in ("时", "分"):
            factors: Factors = (("h" if token.text == "时" else "min", 1),)
        elif found:
            factors = found[0]
            if HAN_BOUNDARY.search(token.text[found[1] :]):
                return factors
        else:
            boundary = HAN_BOUNDARY.search(token.text)
            word = token.text[: boundary.start()] if boundary else token.text
            if boundary:
                return ((word, 1),) if word else None
            factors = ((word[:3], 1),)
        cursor.take()
        return factors
    cursor.take()
    return of_text(token.text) if token.kind == "text" else _named(cursor, token)


def _named(cursor: Cursor, token: Token) -> Factors:
    factors = units.named(token.text)
    if factors is None:
        return ((token.text.lower(), 1),)
    return _powers(cursor, factors)
