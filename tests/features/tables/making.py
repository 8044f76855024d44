"""Tables made in tests, without reading anything."""

import datetime
from collections.abc import Sequence
from decimal import Decimal

from qwen_app.features.tables.table import Column, Kind, Table, Value

_MISSING = ("", "—")


def column(name: str, kind: Kind, texts: Sequence[str], unit: str = "") -> Column:
    """A column of texts that are plain numbers or ISO dates where the kind says so."""
    values: list[Value] = []
    exceptions = []
    for row, text in enumerate(texts):
        value = _value(kind, text)
        values.append(value)
        if value is None and text not in _MISSING:
            exceptions.append(row)
    return Column(name, name, kind, tuple(texts), tuple(values), unit, tuple(exceptions))


def _value(kind: Kind, text: str) -> Value:
    if text in _MISSING:
        return None
    try:
        match kind:
            case "integer" | "year" | "rank":
                return int(text)
            case "decimal" | "percent" | "currency" | "duration":
                return Decimal(text)
            case "date":
                return datetime.date.fromisoformat(text)
            case _:
                return text
    except (ValueError, ArithmeticError):
        return None


PEOPLE = Table(
    (
        column("姓名", "text", ["张三", "李四", "王五"]),
        column("年龄", "integer", ["28", "32", "25"]),
        column("城市", "text", ["杭州", "北京", "深圳"]),
    )
)
"""The article's table."""

GAMES = Table(
    (
        column("Team", "text", ["Reds", "Blues", "Reds", "Greens", "Blues", "Total"]),
        column("Day", "date", ["2021-03-01", "2021-03-15", "2022-01-02", "2022-05-31", "", ""]),
        column("Goals", "integer", ["3", "1", "2", "DNF", "4", "10"]),
        column("Score", "score", ["3–1", "1–1", "2–0", "", "4–2", ""]),
        column("Fee", "decimal", ["1.5", "0.1", "0.2", "2.25", "—", "4.05"]),
        column("Scorers", "text", ["Al, Bo and Cy", "Di", "Al / Bo", "", "Di\nEd", ""]),
    ),
    totals=(5,),
)
"""Mixed cells, missing ones, and a row of totals."""
