"""What the language can do with a column: three sorts, made from the kinds that reading knows."""

from typing import Literal

from qwen_app.features.tables.table import NUMBERS, Kind

Sort = Literal["text", "number", "date"]


def sort_of(kind: Kind) -> Sort:
    """Times of day count as numbers (seconds), ranges, scores and booleans as texts: their
    numbers are reached by NUMBER."""
    if kind in NUMBERS or kind == "time":
        return "number"
    return "date" if kind in ("date", "datetime") else "text"
