"""How exact values are written, in the manner of the calculation that they belong to."""

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Final

from qwen_app.features.tutor.solving.calculation import Calculation
from qwen_app.features.tutor.solving.nodes import (
    Bar,
    Bracket,
    Literal,
    Minus,
    Node,
    Operation,
    Power,
    value_of,
)
from qwen_app.features.tutor.solving.scan import Part

_MOST_PLACES: Final = 8
"""Of a decimal that is written out; a longer one is written as a fraction."""
_MOST_ROUNDED: Final = 4
_MOST_STEPS: Final = 6
_MOST_EXPANDED: Final = 100
"""Denominator to which a fraction is expanded at most (1/2 = 3/6)."""


def values(calculation: Calculation, *, remainders: bool = True) -> tuple[str, ...]:
    """All the ways in which the exact value may be written after a sign of equality, none of them
    the beginning of a false one. At least one.

    Args:
        remainders: a division of whole numbers may also give ``2……1``.
    """
    value = calculation.value
    found: list[str] = []
    decimal = decimal_text(value, grouped=_is_grouped(calculation))
    if decimal is not None:
        found.append(decimal)
        found += _padded(decimal, calculation)
    if value.denominator > 1 and (decimal is None or not _has_decimals(calculation)):
        found.append(fraction_text(value, bar=_bar(calculation)))
        if calculation.is_latex:
            found.append(fraction_text(value, bar=""))
    if calculation.is_bare_fraction:
        found += _expanded(calculation)
    if _has_percent(calculation) or calculation.is_bare_fraction:
        percent = decimal_text(100 * value)
        if percent is not None and abs(value) <= 2:
            found.append(percent + ("\\%" if calculation.is_latex else "%"))
    if remainders:
        found += _with_remainder(calculation)
    minus = _minus(calculation)
    own = _as_written(calculation)
    other = [text for text in found if text != own] or [own]
    return tuple(dict.fromkeys(text.replace("-", minus) for text in other))


def roundings(calculation: Calculation) -> tuple[str, ...]:
    """The ways in which the value may be written after ``≈``."""
    value, minus = calculation.value, _minus(calculation)
    found: list[str] = []
    for scale, sign in ((1, ""), (100, "\\%" if calculation.is_latex else "%")):
        if sign and not _has_percent(calculation):
            continue
        exact = decimal_text(scale * value)
        if exact is not None and len(exact.partition(".")[2]) <= _MOST_ROUNDED:
            found.append(exact + sign)
        if exact is not None and "." not in exact:
            continue
        places = range(1 if abs(scale * value) < 10 else 0, _MOST_ROUNDED + 1)
        found += (rounded(scale * value, each) + sign for each in places)
    return tuple(dict.fromkeys(text.replace("-", minus) for text in found))


def steps(calculation: Calculation) -> tuple[str, ...]:
    """The calculation as it stands after one step of working it out, after two ...: ``12 + 5`` for
    ``2 × 6 + 5``. Where a negative number is added, also as a subtraction."""
    if any(part.kind in ("unit", "money", "percent") for part in calculation.parts):
        return ()
    found: list[str] = []
    tree, minus = calculation.tree, _minus(calculation)
    for _ in range(_MOST_STEPS):
        folded = _fold(tree, is_first=True)
        if folded is None or folded == tree or _is_number(folded):
            break
        tree = folded
        found += _variants(tree, minus)
    return tuple(dict.fromkeys(found))


def decimal_text(value: Fraction, *, grouped: bool = False) -> str | None:
    """``3.5``; None where the digits do not end, or are too many."""
    places = 0
    rest = value.denominator
    for prime in (2, 5):
        count = 0
        while rest % prime == 0:
            rest //= prime
            count += 1
        places = max(places, count)
    if rest != 1 or places > _MOST_PLACES:
        return None
    text = f"{Decimal(value.numerator * 10**places // value.denominator).scaleb(-places):f}"
    if grouped:
        whole, point, part = text.partition(".")
        text = f"{int(whole):,}" + point + part
    return text


def rounded(value: Fraction, places: int) -> str:
    """To so many places, halves away from zero, as schools do."""
    shifted = Fraction(abs(value)) * 10**places
    digits = Decimal(shifted.numerator) / Decimal(shifted.denominator)
    nearest = int(digits.to_integral_value(ROUND_HALF_UP))
    if 2 * abs(shifted - int(shifted)) == 1:  # Decimal may have cut the digits
        nearest = int(shifted) + 1
    text = f"{Decimal(nearest).scaleb(-places):f}"
    return "-" + text if value < 0 and nearest else text


def fraction_text(value: Fraction, *, bar: str = "") -> str:
    """In lowest terms, as ``7/3`` or with the given command of LaTeX."""
    if not bar:
        return f"{value.numerator}/{value.denominator}"
    sign = "-" if value < 0 else ""
    return f"{sign}{bar}{{{abs(value.numerator)}}}{{{value.denominator}}}"


# --- the manner of a calculation --------------------------------------------------------------


def _is_grouped(calculation: Calculation) -> bool:
    return any("," in part.text for part in _numbers(calculation))


def _padded(decimal: str, calculation: Calculation) -> Iterator[str]:
    """With as many places as the numbers have: 7.00 for 3.50 × 2."""
    most = max((len(part.text.partition(".")[2]) for part in _numbers(calculation)), default=0)
    whole, _, part = decimal.partition(".")
    if len(part) < most <= _MOST_ROUNDED:
        yield f"{whole}.{part:0<{most}}"


def _numbers(calculation: Calculation) -> list[Part]:
    return [part for part in calculation.parts if part.kind == "number"]


def _has_decimals(calculation: Calculation) -> bool:
    return any("." in part.text for part in _numbers(calculation))


def _has_percent(calculation: Calculation) -> bool:
    return any(part.kind == "percent" for part in calculation.parts)


def _bar(calculation: Calculation) -> str:
    if not calculation.is_latex:
        return ""
    return next((part.text for part in calculation.parts if part.kind == "frac"), "\\frac")


def _minus(calculation: Calculation) -> str:
    signs = {part.text for part in calculation.parts if part.kind == "operator"}
    return "−" if "−" in signs and "-" not in signs else "-"


def _as_written(calculation: Calculation) -> str:
    return "".join(part.written for part in calculation.parts)


def _expanded(calculation: Calculation) -> Iterator[str]:
    value = calculation.value
    for times in range(2, _MOST_EXPANDED // value.denominator + 1):
        above, below = times * value.numerator, times * value.denominator
        if value.denominator > 1:
            if calculation.is_latex:
                yield f"{_bar(calculation)}{{{above}}}{{{below}}}"
            else:
                yield f"{above}/{below}"


def _with_remainder(calculation: Calculation) -> Iterator[str]:
    """7 ÷ 3 = 2……1, as primary schools write it."""
    match calculation.tree:
        case Operation("/", Literal(above, _, False, ""), Literal(below, _, False, ""), sign):
            whole = above.denominator == below.denominator == 1
            if "÷" in sign and whole and above % below:
                quotient, rest = divmod(int(above), int(below))
                for between in ("……", "...", " …… ", "余", " 余 ", " R ", " R"):
                    yield f"{quotient}{between}{rest}"


# --- working out ------------------------------------------------------------------------------


def _is_number(node: Node) -> bool:
    match node:
        case Literal():
            return True
        case Minus(inner) | Bracket(inner):
            return _is_number(inner)
        case _:
            return False


def _literal(value: Fraction, *, is_first: bool) -> Node | None:
    text = decimal_text(abs(value))
    if text is None:
        return None
    number = Literal(abs(value), text)
    if value >= 0:
        return number
    negative = Minus(number, "-")
    return negative if is_first else Bracket(negative)


def _fold(node: Node, *, is_first: bool) -> Node | None:
    """Every operation between two numbers worked out; None where a result cannot be written.

    Args:
        is_first: nothing stands before the node, so that it may begin with a minus.
    """
    match node:
        case Literal():
            return node
        case Minus(inner, sign):
            folded = _fold(inner, is_first=False)
            return None if folded is None else Minus(folded, sign)
        case Bracket(inner, opened, closed):
            if _is_number(inner):
                return node if isinstance(inner, Minus) else inner
            folded = _fold(inner, is_first=True)
            if folded is None:
                return None
            if _is_number(folded) and not isinstance(folded, Minus):
                return folded
            return Bracket(folded, opened, closed)
        case Power(base, exponent, text):
            if _is_number(base):
                return _literal(value_of(node), is_first=is_first)
            folded = _fold(base, is_first=False)
            return None if folded is None else Power(folded, exponent, text)
        case Bar():
            return _literal(value_of(node), is_first=is_first)
        case Operation(operator, left, right, sign):
            if _is_number(left) and _is_number(right):
                return _literal(value_of(node), is_first=is_first)
            one = _fold(left, is_first=is_first)
            two = _fold(right, is_first=False)
            if one is None or two is None:
                return None
            return Operation(operator, one, two, sign or "×")


def _variants(tree: Node, minus: str) -> Iterator[str]:
    """The tree as text; where brackets around negative numbers can be left out, also without."""
    for merged in (False, True):
        yield _text(tree, merged).replace("-", minus)


def _text(node: Node, merged: bool) -> str:
    match node:
        case Literal(_, text):
            return text
        case Minus(inner, sign):
            return sign + _text(inner, merged)
        case Bracket(inner, opened, closed):
            return opened + _text(inner, merged) + closed
        case Power(base, _, text):
            return _text(base, merged) + text
        case Bar(above, below, command):
            return f"{command}{{{_text(above, merged)}}}{{{_text(below, merged)}}}"
        case Operation(operator, left, right, sign):
            match right:
                case Bracket(Minus(Literal() as number)) if merged and operator in "+-":
                    flipped = sign.replace(sign.strip(), "-" if operator == "+" else "+")
                    return _text(left, merged) + flipped + number.text
            return _text(left, merged) + sign + _text(right, merged)
