"""Dates in the common forms of both languages."""

import datetime
import re
from dataclasses import dataclass
from typing import Literal

Order = Literal["mdy", "dmy"]

_MONTHS = {
    name: number
    for number, names in enumerate(
        ("january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul",
         "august aug", "september sep sept", "october oct", "november nov", "december dec"), 1
    )
    for name in names.split()
}  # fmt: skip
_MONTH = "(?P<name>" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\.?"
_WEEKDAY = (
    r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,? |"
    r"(?:星期|周)[一二三四五六日天],? ?)?"
)
_CLOCK = (
    r"(?:(?:T|,? )(?P<h>\d{1,2}):(?P<min>\d{2})(?::(?P<s>\d{2})(?:\.\d{1,6})?)?(?P<zone>Z)?"
    r"(?: ?(?P<half>[ap])\.?m\.?)?)?"
)
_WEEKDAY_AFTER = r"(?: ?(?:星期|周)[一二三四五六日天]| ?\((?:周|星期).\))?"
_YEAR = r"(?P<y>[12]\d{3}|0[1-9]\d\d)"
_FORMS = [
    re.compile(_WEEKDAY + form + _CLOCK + _WEEKDAY_AFTER, re.I)
    for form in (
        _YEAR + r"(?P<sep>[-/.])(?P<m>\d{1,2})(?P=sep)(?P<d>\d{1,2})",
        _YEAR + r" ?年 ?(?P<m>\d{1,2}) ?月(?: ?(?P<d>\d{1,2}) ?[日号]?)?",
        _MONTH + r" (?P<d>\d{1,2})(?:st|nd|rd|th)?,? " + _YEAR,
        r"(?P<d>\d{1,2})(?:st|nd|rd|th)?[ -](?:of )?" + _MONTH + r",?[ -]" + _YEAR,
        _MONTH + r",? " + _YEAR,
        _YEAR + r"[ -]" + _MONTH + r"(?:[ -](?P<d>\d{1,2}))?",
        _YEAR + r"(?P<sep>[-/])(?P<m>0[1-9]|1[0-2])",
        r"(?P<a>\d{1,2})(?P<sep>[-/.])(?P<b>\d{1,2})(?P=sep)(?P<y>\d{4}|\d{2})",
    )
]  # fmt: skip
_COMPACT = re.compile(r"(?P<y>[12]\d{3})(?P<m>[01]\d)(?P<d>[0-3]\d)")


@dataclass(frozen=True, slots=True)
class Day:
    """A text taken apart as a date. ``first`` and ``second`` in a form that does not say which is
    the month; then month and day are 0."""

    year: int
    month: int
    day: int  # 0: not given
    first: int = 0
    second: int = 0
    separator: str = ""
    clock: datetime.time | None = None


def split_date(text: str, *, compact: bool = False) -> Day | None:
    """Takes a plain text apart as a date; None when it is none.

    Args:
        compact: also read eight digits (20240501), which elsewhere are a number.
    """
    if compact and (match := _COMPACT.fullmatch(text)):
        return Day(int(match["y"]), int(match["m"]), int(match["d"]))
    if not 6 <= len(text) <= 48 or not any(map(str.isdecimal, text)):
        return None
    for form in _FORMS:
        match = form.fullmatch(text)
        if match is not None:
            return _day(match.groupdict())
    return None


def _day(parts: dict[str, str | None]) -> Day | None:
    year = int(parts["y"] or 0)
    clock = None
    if parts["h"] is not None:
        hour = int(parts["h"])
        if parts["half"] is not None:
            if not 1 <= hour <= 12:
                return None
            hour = hour % 12 + (12 if parts["half"] in "pP" else 0)
        try:
            clock = datetime.time(hour, int(parts["min"] or 0), int(parts["s"] or 0))
        except ValueError:
            return None
    if parts.get("a"):
        if len(parts["y"] or "") == 2:
            year += 1900 if year >= 70 else 2000
        first, second = int(parts["a"] or 0), int(parts["b"] or 0)
        return Day(year, 0, 0, first, second, parts["sep"] or "", clock)
    name = parts.get("name")
    month = _MONTHS[name.casefold()] if name else int(parts["m"] or 0)
    return Day(year, month, int(parts.get("d") or 0), clock=clock)


def says_order(day: Day) -> Order | None:
    """What one date tells of its column's order of month and day."""
    if day.first > 12 >= day.second >= 1:
        return "dmy"
    if day.second > 12 >= day.first >= 1:
        return "mdy"
    return None


def value_of(day: Day, order: Order) -> datetime.date | datetime.datetime | None:
    """The date, or with a clock the moment; without a day the month's first. None: no such day."""
    month, number = day.month, day.day or 1
    if day.first or day.second:
        month, number = (day.first, day.second) if order == "mdy" else (day.second, day.first)
    try:
        date = datetime.date(day.year, month, number)
    except ValueError:
        return None
    return date if day.clock is None else datetime.datetime.combine(date, day.clock)
