"""Numbers as text, in the manner in which the line writes them."""

from fractions import Fraction

from qwen_app.features.tutor.checking.rounding import Written, rounded, terminates
from qwen_app.features.tutor.reading.display import unit_text
from qwen_app.features.tutor.reading.tree import (
    Binary,
    Expression,
    Negative,
    Number,
    Percent,
    Quantity,
    walk,
)

MOST_DECIMALS = 8
"""Of a value that is shown exactly."""
MOST_DIGITS = 30
"""Of a value that is shown at all in full."""


def written_as(side: Expression, value: Fraction) -> Written | None:
    """The side as a written decimal, if it is one number; ``value`` is its value as read, which
    tells whether ``%`` was taken as a factor."""
    sign, inner = 1, side
    while True:
        match inner:
            case Negative(within):
                sign, inner = -sign, within
            case Quantity(within, _) | Percent(within):
                inner = within
            case Number():
                break
            case _:
                return None
    if inner.decimals is None or (value and value * 100 == sign * inner.value):
        places = None if inner.decimals is None else inner.decimals + 2
        return Written(value, places, inner.continues)
    return Written(value, inner.decimals, inner.continues)


def show(value: Fraction) -> str:
    """As a whole number, an ending decimal of few digits, or a fraction."""
    if value.denominator == 1:
        text = str(value.numerator)
        return text if len(text) <= MOST_DIGITS else _scientific(value)
    if terminates(value):
        text = decimal(value)
        if len(text) - text.index(".") - 1 <= 4:
            return text
    return fraction(value)


def fraction(value: Fraction) -> str:
    text = str(value)
    return text if len(text) <= MOST_DIGITS else _scientific(value)


def decimal(value: Fraction, places: int | None = None) -> str:
    """With all its places if it ends, else with ``places`` after the point."""
    if places is None:
        places = 0
        while (value * 10**places).denominator != 1 and places < MOST_DECIMALS:
            places += 1
    value = rounded(value, places)
    digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
    sign = "-" if value < 0 else ""
    return sign + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)


def in_style_of(side: Expression, value: Fraction) -> str:
    """The value as ``side``, in whose place it belongs, would be written: ``12``, ``12 cm``,
    ``3/4``, ``0.75``, ``75%``, ``3.33``. The value is in the side's own unit."""
    match side:
        case Percent():
            return f"{_number(side, value * 100)}%"
        case Quantity(_, unit):
            number = _number(side, value)
            text = unit_text(unit)
            if text[:1] in ("$", "£", "€"):
                return f"{text[0]}{number}{text[1:]}"
            return f"{number}{text}" if text == "°" else f"{number} {text}".strip()
        case _:
            return _number(side, value)


def _number(side: Expression, value: Fraction) -> str:
    if value.denominator == 1:
        return show(value)
    nodes = walk(side)
    places = [node.decimals for node in nodes if isinstance(node, Number) and node.decimals]
    if places and not terminates(value):
        return decimal(value, max(places))
    is_fraction = any(isinstance(node, Binary) and node.operator == "/" for node in nodes)
    if is_fraction or not terminates(value):
        return fraction(value)
    return decimal(value) if len(decimal(value)) <= MOST_DIGITS else fraction(value)


def _scientific(value: Fraction) -> str:
    from decimal import Context

    near = Context(prec=6).divide(value.numerator, value.denominator)
    return f"{near:.5e}"
