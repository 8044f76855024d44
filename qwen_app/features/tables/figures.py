"""How a computed value is written: as the column it was computed from, rounded as was asked."""

import datetime
import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from qwen_app.errors import Language
from qwen_app.features.tables.query.tree import (
    Aggregate,
    Call,
    Column,
    Compute,
    Expression,
    Scalar,
    walk,
)
from qwen_app.features.tables.table import Column as TableColumn
from qwen_app.features.tables.table import Table, Value

_MOST_DIGITS: Final = 10
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
_SIGNS: Final = "¥￥$€£₩₹฿₽"
_KNOWN_UNITS: Final = {"年龄": "岁"}
"""Of columns whose header says what the cells leave out."""


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
    if any(isinstance(part, Compute) and part.operator == "/" for part in inside):
        return 4
    if any(isinstance(part, Aggregate) and part.name in ("AVG", "MEDIAN") for part in inside):
        names = [part.name for part in inside if isinstance(part, Column)]
        return 1 + max((_places(table.column(name)) for name in names), default=0)
    return None


def rounded(value: Value, digits: int | None) -> Value:
    """Half away from zero, as people round; whole numbers as int."""
    if digits is None or isinstance(value, bool) or not isinstance(value, int | Decimal):
        return value
    exact = Decimal(value).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    return int(exact) if digits == 0 or exact == exact.to_integral_value() else exact


def show_figure(
    value: Value, column: TableColumn | None, language: Language, digits: int | None = None
) -> str:
    """A value as text.

    Args:
        column: the column whose unit and way of writing the value has, if it has one.
        digits: decimal places to keep even where they are zeros; None: as many as it has.
    """
    if isinstance(value, bool):
        yes, no = ("是", "否") if language == "zh" else ("yes", "no")
        return yes if value else no
    if isinstance(value, datetime.datetime | datetime.date):
        return _date(value, column)
    if not isinstance(value, int | Decimal):
        return "" if value is None else str(value)
    return _number(value, column, digits)


def _number(value: int | Decimal, column: TableColumn | None, digits: int | None) -> str:
    scale, word = _scale(column)
    number = Decimal(value) / scale
    grouped = column is not None and any("," in text for text in column.texts[:50])
    text = f"{number:{',' if grouped else ''}{'' if digits is None else f'.{digits}'}f}"
    if digits is None and "." in text:
        text = text.rstrip("0").rstrip(".")
    text += word
    unit = _unit(column)
    if column is not None and column.kind == "percent":
        return f"{text}%"
    if not unit:
        return text
    if unit[0] in _SIGNS:
        return f"-{unit}{text[1:]}" if text.startswith("-") else unit + text
    return f"{text} {unit}"


def _unit(column: TableColumn | None) -> str:
    if column is None or column.kind == "year":
        return ""
    return column.unit or _KNOWN_UNITS.get(column.name, "")


def _scale(column: TableColumn | None) -> tuple[int, str]:
    """(what to divide by, the word for it) where the column counts in 万 or 亿."""
    if column is None:
        return 1, ""
    shown = [text for text in column.texts[:50] if text]
    for word, scale in (("亿", 100_000_000), ("万", 10_000)):
        if shown and all(word in text for text in shown):
            return scale, word
    return 1, ""


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


def _places(column: TableColumn) -> int:
    """Decimal places that the column's values have."""
    places = 0
    for value in column.values[:1000]:
        if isinstance(value, Decimal):
            exponent = value.normalize().as_tuple().exponent
            places = max(places, -exponent if isinstance(exponent, int) else 0)
    return min(places, 4)
