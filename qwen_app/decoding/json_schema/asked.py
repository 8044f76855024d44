"""What a schema asks of a string or number that is to be found in a text."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from qwen_app.decoding.json_schema.addresses import ADDRESSES
from qwen_app.decoding.json_schema.formats import PATTERNS, WRITTEN_OUT
from qwen_app.decoding.json_schema.option import Option

DATE = "date"
_AS_PATTERNS = {WRITTEN_OUT[DATE]: DATE, PATTERNS["ipv6"]: "ipv6"}
"""Formats that a grammar's schema spells as patterns."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A string as a text may hold it.

    Attributes:
        format: of `ADDRESSES`, or ``date``; empty: any string.
        least: characters.
        most: characters; None: no limit.
    """

    format: str = ""
    least: int = 0
    most: int | None = None

    def allows(self, text: str) -> bool:
        """By its length."""
        return self.least <= len(text) and (self.most is None or len(text) <= self.most)


@dataclass(frozen=True, slots=True)
class Bounds:
    """A number as a text may state it: within limits, excluded ones among them."""

    is_whole: bool = False
    least: float | None = None
    most: float | None = None
    above: float | None = None
    below: float | None = None
    multiple: float | None = None

    def allow(self, number: Decimal) -> bool:
        value = Fraction(number)
        return not (
            (self.is_whole and value.denominator != 1)
            or (self.least is not None and value < _exact(self.least))
            or (self.most is not None and value > _exact(self.most))
            or (self.above is not None and value <= _exact(self.above))
            or (self.below is not None and value >= _exact(self.below))
            or (self.multiple is not None and (value / _exact(self.multiple)).denominator != 1)
        )


def strings_asked(options: Iterable[Option]) -> frozenset[Asked] | None:
    """The strings that options allow. None: one of them is none that a text could hold as it is,
    such as a choice from a list, a pattern, or a format that a text writes in many ways."""
    found = set()
    for option in options:
        rules = option.rules
        name = rules.get("format") or _AS_PATTERNS.get(rules.get("pattern", ""), "")
        is_other = "pattern" in rules and rules["pattern"] not in _AS_PATTERNS
        if option.type != "string" or is_other or (name and name not in {*ADDRESSES, DATE}):
            return None
        found.add(Asked(name, rules.get("minLength", 0), rules.get("maxLength")))
    return frozenset(found)


def numbers_asked(options: Iterable[Option]) -> frozenset[Bounds] | None:
    """The numbers that options allow, if a number stands here. None: it may be one of a list."""
    found = set()
    for option in options:
        if option.kind != "number":
            continue
        if option.type == "literal":
            return None
        rules = option.rules
        found.add(
            Bounds(
                option.type == "integer",
                rules.get("minimum"),
                rules.get("maximum"),
                rules.get("exclusiveMinimum"),
                rules.get("exclusiveMaximum"),
                rules.get("multipleOf"),
            )
        )
    return frozenset(found)


def _exact(number: float) -> Fraction:
    """As it is written: 0.1 is a tenth."""
    return Fraction(repr(number))
