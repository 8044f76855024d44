"""How a computed value is written: as the column it was computed from, rounded as was asked."""

import datetime
import re
from decimal import Decimal
from typing import Final, Literal, TypeAlias

from qwen_app.errors import Language
from qwen_app.features.tables.numerals import half_up, write_clock, write_number, write_span
from qwen_app.features.tables.query.exact import places_of
from qwen_app.features.tables.query.tree import (
    Aggregate,
    Call,
    Column,
    Compute,
    Expression,
    Negative,
    Scalar,
    walk,
)
from qwen_app.features.tables.table import Column as TableColumn
from qwen_app.features.tables.table import Table, Value

Measure: TypeAlias = Literal["plain", "days", "span", "clock", "date"]

_MOST_DIGITS: Final = 10
_MOST_OF_DATA: Final = 4
"""Decimal places of the data to which a mean is rounded."""
_HAN_DIGITS: Final = {"零": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6}
_WORD_DIGITS: Final = {"no": 0, "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
_ASKED: Final = (
    re.compile(r"(?:保留|精确到|取|四舍五入到?)\s*(?:小数点?后?)?\s*([零一二两三四五六]|\d{1,2})\s*位"),
    re.compile(r"(?:小数点?后)\s*([零一二两三四五六]|\d{1,2})\s*位"),
    re.compile(r"\b(no|zero|one|two|three|four|five|\d{1,2})[\s-]+(?:decimal|digits? after)", re.I),
)  # fmt: skip
_WHOLE: Final = re.compile(
    r"取整|四舍五入到?整数|保留整数|nearest (?:whole|integer)|whole number", re.I
)


def asked_digits(text: str) -> int | None:
    """To how many decimal places a question or a description asks to round; None if it does not."""
    if _WHOLE.search(text):
        return 0
    for pattern in _ASKED:
        if match := pattern.search(text):
            word = match[1].lower()
            return min(_MOST_DIGITS, _digits(word))
    return None


def natural_digits(node: Expression, table: Table) -> int | None:
    """To how many places a computed value is rounded if nobody asks: a mean to one more than the
    data has, a ratio to four; None for what is exact as it is."""
    node = _computed(node)
    if isinstance(node, Call) and node.name == "ROUND":
        return None
    inside = walk(node)
    named = [table.column(part.name) for part in inside if isinstance(part, Column)]
    if any(isinstance(part, Compute) and part.operator == "/" for part in inside):
        return 4
    if any(isinstance(part, Aggregate) and part.name in ("AVG", "MEDIAN") for part in inside):
        places = 1 + max((min(places_of(column), _MOST_OF_DATA) for column in named), default=0)
        # Money has cents.
        return max(2, places) if any(column.kind == "currency" for column in named) else places
    return None


def rounded(value: Value, digits: int | None) -> Value:
    """Half away from zero, as people round; whole numbers as int."""
    if digits is None or isinstance(value, bool) or not isinstance(value, int | Decimal):
        return value
    exact = half_up(Decimal(value), digits)
    return int(exact) if digits == 0 or exact == exact.to_integral_value() else exact


def show_figure(
    value: Value,
    column: TableColumn | None,
    language: Language,
    digits: int | None = None,
    counts: Measure = "plain",
) -> str:
    """A value as text.

    Args:
        column: the column whose unit and way of writing the value has, if it has one.
        digits: decimal places to keep even where they are zeros; None: as many as it has.
        counts: what a number counts: days, or seconds of a day or of a length of time.
    """
    if isinstance(value, bool):
        yes, no = ("是", "否") if language == "zh" else ("yes", "no")
        return yes if value else no
    if isinstance(value, datetime.datetime | datetime.date):
        return _date(value, column)
    if not isinstance(value, int | Decimal):
        return "" if value is None else str(value)
    if counts == "days" and value != int(value):
        return write_span(half_up(Decimal(value) * 86_400, 0), None, language)
    match counts:
        case "days":
            day = "day" if abs(value) == 1 else "days"
            return f"{int(value)} {'天' if language == 'zh' else day}"
        case "clock" if 0 <= value < 86_400:
            return write_clock(value)
        case "span" | "clock":
            return write_span(value, column, language)
        case _:
            return write_number(value, column, digits)


def _date(value: datetime.date, column: TableColumn | None) -> str:
    written = column is not None and any("年" in text for text in column.texts[:50])
    if isinstance(value, datetime.datetime) and (value.hour or value.minute or value.second):
        return value.isoformat(sep=" ")
    if column is not None and column.unit == "month":
        return f"{value.year}年{value.month}月" if written else f"{value:%Y-%m}"
    if written:
        return f"{value.year}年{value.month}月{value.day}日"
    return f"{value.year:04d}-{value.month:02d}-{value.day:02d}"


def _computed(node: Expression) -> Expression:
    """What an inner query of one value computes."""
    while isinstance(node, Scalar) and len(node.query.outputs) == 1:
        node = node.query.outputs[0]
    return node


def _digits(word: str) -> int:
    if word in _HAN_DIGITS:
        return _HAN_DIGITS[word]
    return _WORD_DIGITS[word] if word in _WORD_DIGITS else int(word)


def measure(node: Expression, table: Table) -> Measure:
    """What a computed number counts, where its column does not say it."""
    match node:
        case Scalar(query) if len(query.outputs) == 1:
            return measure(query.outputs[0], table)
        case Aggregate("SUM" | "AVG" | "MEDIAN" | "MIN" | "MAX", argument) if argument is not None:
            return measure(argument, table)
        case Call("ABS" | "ROUND" | "PREV" | "NEXT", (inner, *_)) | Negative(inner):
            return measure(inner, table)
        case Column(name):
            kind = table.column(name).kind
            return {"time": "clock", "duration": "span", "date": "date", "datetime": "date"}.get(
                kind, "plain"
            )  # type: ignore[return-value]
        case Compute("-" | "+" as operator, left, right):
            sides = {measure(left, table), measure(right, table)}
            if operator == "-" and sides in ({"date"}, {"clock"}):
                return "days" if sides == {"date"} else "span"
            return "span" if sides == {"span"} else "plain"
        case _:
            return "plain"
