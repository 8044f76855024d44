"""Texts of strings and numbers that satisfy a grammar's schema, or complete a beginning of one."""

import json
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from math import ceil, isfinite, lcm
from typing import Any

from qwen_app.decoding.json_schema import regexp, regexp_syntax
from qwen_app.decoding.json_schema.option import Option, dumps


def scalars(option: Option, written: str = "") -> Iterator[str]:
    """Texts of a scalar that begin with ``written``, the likely cheapest first; not all of them
    need be valid."""
    match option.type:
        case "literal":
            if option.literal.startswith(written):
                yield option.literal
        case "null":
            yield from _those(written, "null")
        case "boolean":
            yield from _those(written, "true", "false")
        case "string":
            yield from strings(option.rules, written)
        case "integer" | "number":
            yield from numbers(option.rules, option.type == "integer", written)


def _those(written: str, *texts: str) -> Iterator[str]:
    return (text for text in texts if text.startswith(written))


def expression(rules: Mapping[str, Any]) -> list[regexp.Node]:
    """What a string must match, all of it.

    Raises:
        Unreadable: a pattern or format that this side does not know.
    """
    trees = []
    if "pattern" in rules:
        trees.append(regexp_syntax.parse(rules["pattern"]))
    if "format" in rules:
        trees.append(regexp_syntax.format_expression(rules["format"]))
    return trees


def strings(rules: Mapping[str, Any], written: str = "") -> Iterator[str]:
    """JSON texts of strings that begin with ``written``, which is JSON text too and ends neither
    within an escape nor within a character."""
    begun = '"' + written[1:]
    try:
        content = json.loads(begun + '"', strict=False)
        trees = expression(rules)
    except (ValueError, RecursionError):
        return
    short = max(0, int(rules.get("minLength", 0)) - len(content))
    if short > 100_000:
        return
    if not trees:
        yield begun + "." * short + '"'
        return
    left = [regexp.after_text(tree, content) for tree in trees]
    for tree in left:
        for more in range(short, short + 8):
            text = regexp.shortest(tree, more)
            if text is None:
                break
            if all(regexp.nullable(regexp.after_text(other, text)) for other in left):
                yield begun + dumps(text)[1:]
                break


def numbers(rules: Mapping[str, Any], whole: bool, written: str = "") -> Iterator[str]:
    """JSON texts of numbers in range that begin with ``written``."""
    if not written:
        texts = {_plain(value) for value in _candidates(rules, whole)}
        yield from (text for text in sorted(texts, key=_in_order) if _fits(text, rules, whole))
    elif "e" in written.lower():
        texts = {
            written + more for more in ("", *_TEN, *(f"{sign}{d}" for sign in "+-" for d in _TEN))
        }
        yield from (text for text in sorted(texts, key=_in_order) if _fits(text, rules, whole))
    else:
        yield from _longer_numbers(rules, whole, written)


_TEN = "0123456789"
_MOST_DIGITS = 20


def _longer_numbers(rules: Mapping[str, Any], whole: bool, written: str) -> Iterator[str]:
    """For each number of digits more, with and without a decimal point, the one nearest to 0."""
    negative = written.startswith("-")
    before, point, behind = written.removeprefix("-").partition(".")
    for more in range(_MOST_DIGITS):
        shapes: list[
            tuple[str, int, int]
        ] = []  # fixed digits, free digits, of them behind the point
        if point:
            shapes.append((before + behind, more, len(behind) + more))
        else:
            if more == 0 or before != "0":
                shapes.append((before, more, 0))
            if not whole and before and more:
                shapes.append((before, more, more))
        for fixed, free, places in shapes:
            if (point and not behind and not more) or not (fixed or free):
                continue
            text = _nearest(rules, negative, fixed, free, places)
            if text is not None and _fits(text, rules, whole):
                yield text


def _nearest(
    rules: Mapping[str, Any], negative: bool, fixed: str, free: int, places: int
) -> str | None:
    """The number of least magnitude whose digits are ``fixed`` and so many free ones, the last
    ``places`` of them behind the point, that satisfies the rules."""
    unit = Fraction(1, 10**places)
    low = int(fixed or "0") * 10**free
    high = low + 10**free - 1
    if not fixed and free > 1:
        low = 10 ** (free - 1)  # no leading zero
    least, most = low * unit, high * unit
    names = ("maximum", "exclusiveMaximum") if negative else ("minimum", "exclusiveMinimum")
    step = _fraction(rules.get("multipleOf"))
    grid = _common_multiple(unit, abs(step)) if step else unit
    for name in names:
        limit = _fraction(rules.get(name))
        if limit is not None:
            limit = -limit if negative else limit
            least = max(
                least, limit + grid if name.startswith("e") and limit % grid == 0 else limit
            )
    value = ceil(least / grid) * grid
    if value > most:
        return None
    digits = str(int(value / unit)).rjust(places + 1, "0")
    if len(digits) < len(fixed) + free:
        digits = digits.rjust(len(fixed) + free, "0")
    cut = len(digits) - places
    return ("-" if negative else "") + digits[:cut] + ("." + digits[cut:] if places else "")


def _common_multiple(a: Fraction, b: Fraction) -> Fraction:
    below = lcm(a.denominator, b.denominator)
    return Fraction(lcm(int(a * below), int(b * below)), below)


def _in_order(text: str) -> tuple[int, str]:
    return len(text), text


def _fits(text: str, rules: Mapping[str, Any], whole: bool) -> bool:
    if not _NUMBER.fullmatch(text) or (whole and not text.lstrip("-").isdigit()):
        return False
    value = Fraction(text)
    for name, holds in _LIMITS.items():
        limit = _fraction(rules.get(name))
        if limit is not None and not holds(value, limit):
            return False
    step = _fraction(rules.get("multipleOf"))
    return not step or (value / step).denominator == 1


_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?")
_LIMITS: dict[str, Callable[[Fraction, Fraction], bool]] = {
    "minimum": operator.ge,
    "exclusiveMinimum": operator.gt,
    "maximum": operator.le,
    "exclusiveMaximum": operator.lt,
}


def _fraction(number: Any) -> Fraction | None:
    """Exactly the number that its JSON text says, not the float nearest to it."""
    if isinstance(number, bool) or not isinstance(number, int | float):
        return None
    return Fraction(repr(number)) if isfinite(number) else None


def _candidates(rules: Mapping[str, Any], whole: bool) -> Iterator[Fraction]:
    yield from map(Fraction, (0, 1, -1, 2, 10, 100))
    ends = [end for name in _LIMITS if (end := _fraction(rules.get(name))) is not None]
    step = _fraction(rules.get("multipleOf"))
    if step:
        step = abs(step)
        for end in (*ends, Fraction(0)):
            base = ceil(end / step)
            yield from (n * step for n in (base - 1, base, base + 1))
    for end in ends:
        yield from map(Fraction, (ceil(end) - 1, ceil(end), ceil(end) + 1))
        if not whole:
            yield end
            for power in range(1, 18):
                yield from (end + Fraction(sign, 10**power) for sign in (1, -1))
    if not whole:
        yield from (Fraction(1, 2), Fraction(1, 10), Fraction(-1, 2))


def _plain(value: Fraction) -> str:
    """A number's text without an exponent, to 20 decimal places."""
    if value.denominator == 1:
        return str(value.numerator)
    return f"{Decimal(value.numerator) / Decimal(value.denominator):.20f}".rstrip("0").rstrip(".")
