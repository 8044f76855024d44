"""Numbers and strings under several subschemas at once."""

import math
from fractions import Fraction
from functools import lru_cache

from qwen_app.decoding.json_schema import formats, languages
from qwen_app.decoding.json_schema.forms import Form, Numbers, Strings
from qwen_app.decoding.json_schema.graph import Node
from qwen_app.decoding.json_schema.negation import NOT_ENUM
from qwen_app.decoding.json_schema.patterns import (
    BadPattern,
    PatternTimeout,
    anything_but,
    compile_pattern,
)
from qwen_app.decoding.json_schema.values import LARGEST

MOST_EXCLUDED = 2_000
"""Characters of the strings that ``not`` excludes, for which one pattern is made."""
MOST_LENGTH = 10_000_000
"""Bounds on lengths beyond it are not worth enforcing: no answer is so long."""

_Bound = tuple[float | int, bool, Node, str]


def bounds(node: Node) -> tuple[list[_Bound], list[_Bound]]:
    """(lower, upper) bounds of one subschema: (value, whether it is excluded, node, keyword)."""
    words = node.keywords
    lower: list[_Bound] = []
    upper: list[_Bound] = []
    for found, plain, strict in (
        (lower, "minimum", "exclusiveMinimum"),
        (upper, "maximum", "exclusiveMaximum"),
    ):
        limit, other = words.get(plain), words.get(strict)
        if limit is not None:  # `true` is draft-04's way to exclude the limit itself
            found.append((limit, other is True, node, plain))
        if other is not None and not isinstance(other, bool):
            found.append((other, True, node, strict))
    return lower, upper


def numbers(nodes: list[Node], form: Form, *, integer: bool) -> Numbers | None:
    """The numbers that all of the subschemas allow; None if there are none."""
    low: _Bound | None = None
    high: _Bound | None = None
    multiples: list[tuple[float | int, Node, str]] = []
    for node in nodes:
        lower, upper = bounds(node)
        for found in lower:
            if low is None or (found[0], found[1]) > (low[0], low[1]):
                low = found
        for found in upper:
            if high is None or (-found[0], found[1]) > (-high[0], high[1]):
                high = found
        multiples += [
            (node.keywords[keyword], node, keyword)
            for keyword in ("multipleOf", "divisibleBy")
            if keyword in node.keywords
        ]
        if any(isinstance(v, int | float) for v in node.keywords.get(NOT_ENUM, ())):
            form.dropped["not", node.path] = "not"
    if low and high and (low[0] > high[0] or (low[0] == high[0] and (low[1] or high[1]))):
        _contradict(
            form, low, f"no number is within {low[3]} {low[0]} and {high[3]} {high[0]}",
            f"没有数能同时满足 {low[3]} {low[0]} 与 {high[3]} {high[0]}",
        )  # fmt: skip
        return None
    multiple = _multiple(multiples, form)
    if (integer or multiple is not None) and not _whole_between(
        low, high, Fraction(1) if multiple is None else _fraction(multiple), integer
    ):
        bound = low or high
        assert bound is not None
        _contradict(
            form, bound, "no such whole number or multiple lies within the bounds",
            "上下限之间没有符合要求的整数或倍数",
        )  # fmt: skip
        return None
    if integer and isinstance(multiple, float):
        # A whole number that is a multiple of p/q in lowest terms is one of p.
        numerator = _fraction(multiple).numerator
        multiple = numerator if numerator > 1 else None
    kept = [_within(bound, form) for bound in (low, high)]
    return Numbers(
        integer,
        kept[0][0] if kept[0] else None,
        kept[0][1] if kept[0] else False,
        kept[1][0] if kept[1] else None,
        kept[1][1] if kept[1] else False,
        multiple,
    )


def _within(bound: _Bound | None, form: Form) -> _Bound | None:
    """The bound if the grammar can hold it exactly."""
    if bound is None:
        return None
    text = repr(bound[0])
    if abs(bound[0]) > LARGEST or "e" in text:
        form.dropped[bound[3], bound[2].path] = "large"
        return None
    return bound


def _multiple(multiples: list[tuple[float | int, Node, str]], form: Form) -> float | int | None:
    kept: float | int | None = None
    for value, node, keyword in multiples:
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if abs(value) > LARGEST or "e" in repr(value):
            form.dropped[keyword, node.path] = "large"
            continue
        if isinstance(value, float) and Fraction(value) != _fraction(value):
            # `jsonschema`, and many a reader's validator, divides binary fractions.
            form.dropped[keyword, node.path] = "binary"
        if kept is None or (_fraction(value) / _fraction(kept)).denominator == 1:
            kept = value
        elif isinstance(kept, int) and isinstance(value, int):
            both = math.lcm(kept, value)
            if both <= LARGEST:
                kept = both
            else:
                form.dropped[keyword, node.path] = "large"
        elif (_fraction(kept) / _fraction(value)).denominator != 1:
            form.dropped[keyword, node.path] = "several"
    return kept


def _fraction(value: float | int) -> Fraction:
    return Fraction(repr(value))


def _whole_between(low: _Bound | None, high: _Bound | None, unit: Fraction, integer: bool) -> bool:
    """Whether a multiple of ``unit`` (and of 1) lies within the bounds."""
    if integer and unit.denominator != 1:
        unit = Fraction(unit.numerator)
    if low is None or high is None:
        return True
    first = math.ceil(_fraction(low[0]) / unit)
    if low[1] and first * unit == _fraction(low[0]):
        first += 1
    last = first * unit
    return last < _fraction(high[0]) or (last == _fraction(high[0]) and not high[1])


def number_holds(node: Node, value: float | int) -> bool:
    """Whether the keywords for numbers of one subschema hold."""
    lower, upper = bounds(node)
    for limit, strict, _, _ in lower:
        if value < limit or (strict and value == limit):
            return False
    for limit, strict, _, _ in upper:
        if value > limit or (strict and value == limit):
            return False
    for keyword in ("multipleOf", "divisibleBy"):
        unit = node.keywords.get(keyword)
        if unit is not None and (_fraction(value) / _fraction(unit)).denominator != 1:
            return False
    return True


def string_holds(node: Node, value: str) -> bool:
    """Whether the keywords for strings of one subschema hold; True where that took too long."""
    words = node.keywords
    if len(value) < words.get("minLength", 0) or len(value) > words.get("maxLength", len(value)):
        return False
    name = words.get("format")
    if isinstance(name, str) and not formats.conforms(value, name):
        return False
    try:
        return "pattern" not in words or compile_pattern(words["pattern"]).search(value)
    except (PatternTimeout, BadPattern):
        return True


def strings(nodes: list[Node], form: Form) -> Strings | None:
    """The strings that all of the subschemas allow; None if there are none."""
    least, most = 0, None
    patterns: dict[str, tuple[str, Node]] = {}
    named: dict[str, Node] = {}
    excluded: dict[str, Node] = {}
    at: Node | None = None
    for node in nodes:
        words = node.keywords
        if words.get("minLength", 0) > least:
            least, at = int(words["minLength"]), node
        if "maxLength" in words and (most is None or words["maxLength"] < most):
            most, at = int(words["maxLength"]), node
        if "pattern" in words:
            rust = spelled(words["pattern"])
            if rust is None:
                form.dropped["pattern", node.path] = "pattern"
            else:
                patterns[rust] = ("pattern", node)
            at = node
        name = words.get("format")
        if isinstance(name, str) and name in formats.known():
            at = node
            if name in formats.PATTERNS:
                patterns[formats.PATTERNS[name]] = ("format", node)
            elif name in formats.ENFORCED:
                named[name] = node
            else:
                form.dropped["format", node.path] = "format"
        excluded |= {v: node for v in words.get(NOT_ENUM, ()) if isinstance(v, str)}
    if excluded and sum(map(len, excluded)) <= MOST_EXCLUDED:
        patterns[anything_but(excluded)] = ("not", next(iter(excluded.values())))
    else:
        for node in excluded.values():
            form.dropped["not", node.path] = "many"
    if not patterns and (exact := formats.WRITTEN_OUT.get(next(iter(named), ""))):
        patterns[exact] = ("format", named.pop(next(iter(named))))
    for name, node in named.items():
        if name not in formats.EXACT:
            form.dropped["format", node.path] = "format-full"
    pattern = next(iter(patterns), None)
    if pattern is not None and compile_pattern(pattern).loose:
        form.dropped[patterns[pattern][0], patterns[pattern][1].path] = "quoted"
    for _, (keyword, node) in list(patterns.items())[1:]:
        form.dropped[keyword, node.path] = "several"
    format_ = next(iter(named), None)
    for node in list(named.values())[1:]:
        form.dropped["format", node.path] = "several"
    if least > MOST_LENGTH or (most or 0) > MOST_LENGTH:
        if least > MOST_LENGTH and at is not None:
            form.dropped["minLength", at.path] = "large"
        least, most = min(least, MOST_LENGTH), None if (most or 0) > MOST_LENGTH else most
    made = Strings(least, most, pattern, format_)
    others = list(patterns)[1:]
    if (most is not None and least > most) or (
        (others or format_ or least or most is not None) and languages.empty(made, *others)
    ):
        if at is not None:
            form.contradictions.append(
                (
                    (next((k for k in _STRING if k in at.keywords), "type"), at.path),
                    "no string satisfies all that is asked of it here",
                    "没有字符串能满足此处的全部要求",
                )
            )
        return None
    return made


_STRING = ("pattern", "format", "minLength", "maxLength")


@lru_cache(maxsize=4096)
def spelled(pattern: str) -> str | None:
    """The pattern for the grammar, or None if the grammar cannot have it."""
    try:
        rust = compile_pattern(pattern).rust
    except BadPattern:
        return None
    return rust


def _contradict(form: Form, bound: _Bound, en: str, zh: str) -> None:
    form.contradictions.append(((bound[3], bound[2].path), en, zh))
