"""What the reader of whole lines makes of the calculation in which a text ends.

It reads more than `scan` (roots, mixed numbers, common divisors), takes a millisecond for it, and
is asked only where a sign of equality has come. A value is calculated for the model only where
both agree, or where this one alone can read it: then the checker, which reads as it does, will
find the line true.
"""

import re
from fractions import Fraction

from qwen_app.features.tutor.checking.exact import number
from qwen_app.features.tutor.reading.read import read_open
from qwen_app.features.tutor.reading.tree import (
    Binary,
    Call,
    Expression,
    Negative,
    Number,
    children,
)
from qwen_app.features.tutor.solving.calculation import Calculation, calculation
from qwen_app.features.tutor.solving.nodes import MOST_VALUE_DIGITS, Literal
from qwen_app.features.tutor.solving.scan import Part

_MOST_CHARACTERS = 300
_PAUSES = re.compile(r"[=＝≈，。；：\n]")
_DIGIT = re.compile(r"[0-9]")
_NAMES = re.compile(r"\\[A-Za-z]+|sqrt|gcd|lcm|max|min|abs|[CAP](?=[_(])")
_LETTER = re.compile(r"[A-Za-z]")
_TWO_WAYS = re.compile(r"(?:÷|\\div)\s*\d+\s*/")
"""27 ÷ 5/444: some divide by the fraction, others go from left to right."""


def settled(text: str) -> Calculation | None:
    """The calculation in which the text ends, if its value is beyond doubt.

    Args:
        text: up to the sign of equality, which is left out.
    """
    own = calculation(text)
    if own is None and not _is_worth_reading(text):
        return None
    side = _open_side(text)
    if own is not None:
        value = None if side is None else number(side)
        return own if value is None or value == own.value else None
    if side is None or isinstance(side, Number) or not _is_plain(side):
        return None
    if _TWO_WAYS.search(text[-_MOST_CHARACTERS:]):
        return None
    value = number(side)
    if value is None or not _is_small(value):
        return None
    mark = (Part("other", "\\"),) if "\\" in text[-_MOST_CHARACTERS:] else ()
    return Calculation(Literal(abs(value), ""), value, mark)


def _is_worth_reading(text: str) -> bool:
    """A quick look: since the last sign or pause, there are numbers and no letters of algebra."""
    last = _PAUSES.split(text[-_MOST_CHARACTERS:])[-1]
    return _DIGIT.search(last) is not None and _LETTER.search(_NAMES.sub("", last)) is None


def _open_side(text: str) -> Expression | None:
    line = text.rstrip(" \t&").rpartition("\n")[2]
    if not line.strip() or len(line) > _MOST_CHARACTERS:
        return None
    chain = read_open(line + " =")
    return None if chain is None else chain.sides[-1]


def _is_plain(side: Expression) -> bool:
    """Numbers and what is calculated with them; no letters, units or ratios."""
    return isinstance(side, Number | Binary | Negative | Call) and all(
        map(_is_plain, children(side))
    )


def _is_small(value: Fraction) -> bool:
    limit = 10**MOST_VALUE_DIGITS
    return abs(value.numerator) < limit and value.denominator < limit
