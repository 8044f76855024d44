"""What the functions of columns give: worked out once a cell, in Python, which reads texts better
than SQL does. The database only compares, sorts and sums the results."""

import datetime
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias, TypeVar

from qwen_app.features.tables.query.sorts import Sort, sort_of
from qwen_app.features.tables.table import Column, Value

Plain: TypeAlias = str | float | None
"""What the database holds: a text, or a number; a date is a number of days, a time of seconds."""

_Item = TypeVar("_Item")

_NUMBER = re.compile(r"(?<![\w.])[-+−](?=\.?\d)\s*(?:\d[\d,]*)?\.?\d+|\d[\d,]*(?:\.\d+)?")
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_YEAR = re.compile(r"(?<!\d)[12]\d{3}(?!\d)")
_PARTS = re.compile(r"[,;/\n、，；•·|&]|\band\b|和|及")
_MONTHS = re.compile(
    r"\b(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b|(\d{1,2})\s*月", re.IGNORECASE
)
_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAY = re.compile(
    r"(?<!\d)(\d{1,2})(?:st|nd|rd|th)?(?=\s+[a-z]{3})|(?<![a-z])[a-z]{3,}+\.?\s++(\d{1,2})(?!\d)|(\d{1,2})\s*[日号]",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Derived:
    """A function of a column. Besides those of the language there are ``COLUMN``, the column
    itself, ``TEXT``, its cells as shown, and ``HELD``, 1 where the cell is not missing."""

    column: str
    function: str = "COLUMN"
    place: int = 1


def derived_sort(derived: Derived, column: Column) -> Sort:
    match derived.function:
        case "COLUMN" | "PREV" | "NEXT":
            return sort_of(column.kind)
        case "TEXT" | "PART":
            return "text"
        case _:
            return "number"


def derive(derived: Derived, column: Column) -> list[Plain]:
    """The results for all rows; None where there is none."""
    match derived.function:
        case "COLUMN":
            return _own(column)
        case "TEXT":
            return [text or None for text in column.texts]
        case "PREV":
            return [None, *_own(column)[:-1]]
        case "NEXT":
            return [*_own(column)[1:], None]
        case "HELD":
            return _held(column)
        case "RUN":
            return _runs(column.texts)
        case "YEAR":
            return _cells(column, _year)
        case "MONTH":
            return _cells(column, _month)
        case "DAY":
            return _cells(column, _day)
        case "NUMBER":
            return _cells(column, lambda text, value: _number(text, value, derived.place))
        case "PART":
            return _cells(column, lambda text, _: _pick(parts(text), derived.place))
        case "PARTS":
            return _cells(column, lambda text, _: float(len(parts(text))) if text else None)
        case "LENGTH":
            return _cells(column, lambda text, _: float(len(text)) if text else None)
        case function:
            raise ValueError(f"{function} is no function of a column")


def plain(value: Value) -> Plain:
    """A value as the database holds it."""
    match value:
        case None | str():
            return value
        case datetime.datetime():
            return value.toordinal() + plain_seconds(value.time()) / 86_400
        case datetime.date():
            return float(value.toordinal())
        case datetime.time():
            return plain_seconds(value)
        case int() | Decimal():
            return float(value)
        case _:
            raise TypeError(f"{value!r} has no plain form")


def plain_seconds(time: datetime.time) -> float:
    return time.hour * 3600 + time.minute * 60 + time.second + time.microsecond / 1e6


def numbers_in(text: str) -> list[float]:
    """The numbers in a text. A hyphen between two of them is no sign: 3-1 is 3 and 1."""
    found = []
    for match in _NUMBER.findall(text):
        digits = match.replace("−", "-").replace(" ", "")
        if "," in digits and not _GROUPED.fullmatch(digits.lstrip("+-")):
            found += [float(part) for part in digits.split(",") if part not in ("", "+", "-")]
        elif len(digits) <= 300:  # a float ends at 308 digits
            found.append(float(digits.replace(",", "")))
    return found


def parts(text: str) -> list[str]:
    """The several values of a cell: what stands between commas, slashes, lines and the like."""
    return [part.strip() for part in _PARTS.split(text) if part.strip()]


def _own(column: Column) -> list[Plain]:
    if sort_of(column.kind) != "text":
        return [plain(value) for value in column.values]
    kept = set(column.exceptions)
    return [
        text or None if value is not None or row in kept else None
        for row, (text, value) in enumerate(zip(column.texts, column.values, strict=True))
    ]


def _held(column: Column) -> list[Plain]:
    kept = set(column.exceptions)
    return [
        1.0 if value is not None or row in kept else None for row, value in enumerate(column.values)
    ]


def _cells(column: Column, function: Callable[[str, Value], Plain]) -> list[Plain]:
    """The function of each cell, worked out once for equal cells."""
    known: dict[str, Plain] = {}
    for text, value in zip(column.texts, column.values, strict=True):
        if text not in known:
            known[text] = function(text, value)
    return [known[text] for text in column.texts]


def _number(text: str, value: Value, place: int) -> Plain:
    if isinstance(value, tuple):
        picked = _pick(value, place)
        return None if picked is None else float(picked)
    if place in (1, -1) and isinstance(value, int | Decimal) and not isinstance(value, bool):
        return float(value)
    return _pick(numbers_in(text), place)


def _year(text: str, value: Value) -> Plain:
    if isinstance(value, datetime.date):
        return float(value.year)
    found = _YEAR.search(text)
    return float(found.group()) if found else None


def _month(text: str, value: Value) -> Plain:
    if isinstance(value, datetime.date):
        return float(value.month)
    found = _MONTHS.search(text)
    if not found:
        return None
    return float(found[2]) if found[2] else float(_MONTH_NAMES.index(found[1].lower()) + 1)


def _day(text: str, value: Value) -> Plain:
    if isinstance(value, datetime.date):
        return float(value.day)
    found = _DAY.search(text)
    return float(found[1] or found[2] or found[3]) if found else None


def _runs(texts: tuple[str, ...]) -> list[Plain]:
    lengths: list[Plain] = []
    length = 0
    before: str | None = None
    for text in texts:
        length = length + 1 if text == before else 1
        lengths.append(float(length) if text else None)
        before = text
    return lengths


def _pick(items: Sequence[_Item], place: int) -> _Item | None:
    """The item at a place: 1 is the first, -1 the last."""
    if place < 0:
        return items[place] if -place <= len(items) else None
    return items[place - 1] if 0 < place <= len(items) else None
