"""When a written number stands for a value that it is not quite equal to.

A decimal that was written out says how exact it is by its digits: 3.33 is 10/3, and 3.34 is not.
Whether that is enough depends on how it was written:

- the text asks for it (保留两位小数, to 2 decimal places, rounded up): by what it asks;
- ``≈``, 约, about: by the digits written; of a whole number its last zeros need not be exact;
- ``=``: by the digits written, if they are two places or more, as of money; or one place behind a
  whole part, if the value's own decimals do not end. 10/3 = 3.3, but 4.69 = 4.7 fails.
"""

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

from qwen_app.features.tutor.reading.tree import Rounding

HALF = Fraction(1, 2)

RoundedNumbers: TypeAlias = tuple[tuple[Fraction, Fraction], ...]
"""Written values, and the exact ones that they were rounded from."""


@dataclass(frozen=True, slots=True)
class Written:
    """A number as it stands: ``decimals`` places after the point, None if it is exact. Of a
    percentage the value is what stands before the sign."""

    value: Fraction
    decimals: int | None
    continues: bool = False


def rounds_to(
    value: Fraction,
    written: Written,
    *,
    about: bool,
    rounding: Rounding | None = None,
    is_exact: bool = True,
) -> bool:
    """Whether ``written`` may stand for ``value``, which it is not equal to.

    ``is_exact``: False if the value is only near ``value`` (by far more digits than are written).
    """
    if written.decimals is None:
        return False
    if written.continues:
        return _is_cut_off(value, written)
    if rounding is not None and rounding.mode != "nearest":
        return rounded(value, _places(value, rounding, written), rounding.mode) == written.value
    if rounding is not None and _rounds(value, written, _places(value, rounding, written)):
        return True
    if about:
        return any(_rounds(value, written, places) for places in _precisions(written))
    if written.decimals >= 2:
        return _rounds(value, written, written.decimals)
    ends = is_exact and terminates(value)
    return (
        written.decimals == 1
        and abs(written.value) >= 1
        and not ends
        and _rounds(value, written, 1)
    )


def rounded(
    value: Fraction, places: int, mode: Literal["nearest", "up", "down"] = "nearest"
) -> Fraction:
    """To ``places`` after the point (-1: tens); halves away from zero, as taught in school."""
    scale = Fraction(10) ** places
    size = abs(value) * scale
    whole = {
        "nearest": math.floor(size + HALF),
        "up": math.ceil(size),
        "down": math.floor(size),
    }[mode]
    return Fraction(whole) / scale * (1 if value >= 0 else -1)


def terminates(value: Fraction) -> bool:
    """Whether its decimals end."""
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return rest == 1


def _rounds(value: Fraction, written: Written, places: int) -> bool:
    # Both neighbours of a half count: 2.5 is rounded to 2 by machines and to 3 by people.
    return (
        abs(value - written.value) * 2 * Fraction(10) ** places <= 1
        and (written.value * Fraction(10) ** places).denominator == 1
    )


def _is_cut_off(value: Fraction, written: Written) -> bool:
    assert written.decimals is not None
    return abs(value - written.value) * Fraction(10) ** written.decimals < 1


def _places(value: Fraction, rounding: Rounding, written: Written) -> int:
    if rounding.decimals is not None:
        return rounding.decimals
    if rounding.figures is not None and value:
        return rounding.figures - 1 - magnitude(value)
    return written.decimals or 0


def magnitude(value: Fraction) -> int:
    """The power of ten of its first digit: 2 of 345, -1 of 0.5."""
    power = len(str(value.numerator).lstrip("-")) - len(str(value.denominator))
    return power if abs(value) >= Fraction(10) ** power else power - 1


def _precisions(written: Written) -> range:
    """The places to which it may be exact: of 1200 all from hundreds to units."""
    assert written.decimals is not None
    if written.decimals or not written.value:
        return range(written.decimals, written.decimals + 1)
    zeros = len(str(written.value.numerator)) - len(str(written.value.numerator).rstrip("0"))
    return range(-zeros, 1)
