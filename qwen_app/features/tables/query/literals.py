"""How a text in quotes is read beside a number or a date."""

import datetime
import re
from calendar import monthrange

from qwen_app.features.tables.kinds import amounts
from qwen_app.features.tables.kinds.clean import plain as kinds_plain
from qwen_app.features.tables.kinds.infer import read_as
from qwen_app.features.tables.query.derive import plain
from qwen_app.features.tables.query.link import dates
from qwen_app.features.tables.table import Column, Value

_MONTH_OF_YEAR = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*月?")
_YEAR_ONLY = re.compile(r"(\d{4})\s*年?")


def as_number(text: str) -> float | None:
    """The number that a text is, with its unit or currency if it has one: 28岁, ¥1.5万, 40%."""
    number = amounts.split_number(kinds_plain(text), codes=True)
    if number is None:
        return None
    comma = number.digits.count(",") == 1 and amounts.says_comma(number.digits) > 0
    value = amounts.value_of(number, comma=comma)
    return None if value is None else float(value)


def as_period(text: str) -> tuple[int, int] | None:
    """(first, last day) of the day, month or year that a text names, as ordinals."""
    text = text.strip()
    if days := dates(text):
        year, month, day = map(int, days[0].split("-"))
        return _period(year, month, day)
    if match := _MONTH_OF_YEAR.fullmatch(text):
        return _period(int(match[1]), int(match[2]))
    if match := _YEAR_ONLY.fullmatch(text):
        return _period(int(match[1]))
    return None


def number_in(column: Column, text: str) -> float | None:
    """The number that a text would be as a cell of a column: 5:00 among durations is 300."""
    value = plain(_value_in(column, text)) if column.kind in ("duration", "time", "rank") else None
    return value if isinstance(value, float) else as_number(text)


def period_in(column: Column, text: str) -> tuple[int, int] | None:
    """(first, last day) of what a text would be as a cell of a column of dates, as ordinals."""
    value = _value_in(column, text)
    if not isinstance(value, datetime.date):
        return None
    return value.toordinal(), value.toordinal()


def _value_in(column: Column, text: str) -> Value:
    alone = Column(column.name, column.header, column.kind, (text,), (None,))
    return read_as(alone, column.kind)[0].values[0]


def _period(year: int, month: int = 0, day: int = 0) -> tuple[int, int] | None:
    try:
        first = datetime.date(year, month or 1, day or 1)
        last_day = day or monthrange(year, month or 12)[1]
        return first.toordinal(), datetime.date(year, month or 12, last_day).toordinal()
    except ValueError:  # 31 June, or the year 0
        return None
