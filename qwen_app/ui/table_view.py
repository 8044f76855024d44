"""Tables and results as the page shows them: texts, and what its scripts need to know of them."""

import unicodedata
from decimal import Decimal
from typing import Any, Final

from qwen_app.features.tables.answer import show_result
from qwen_app.features.tables.opened import Opened
from qwen_app.features.tables.query.execute import Result
from qwen_app.features.tables.table import NUMBERS, Column, Table, Value

FIRST_ROWS: Final = 200
"""How many rows come with the table; the page fetches the others when they are scrolled to."""
_MOST_CHARACTERS: Final = 500
"""Of one cell, in the page."""
_MOST_WIDE: Final = 200


def view(handle: str, opened: Opened) -> dict[str, Any]:
    """Everything that the page shows of an open table, but for the rows after the first."""
    table = opened.table
    return {
        "handle": handle,
        "index": opened.index,
        "found": [
            {
                "title": found.table.caption[:_MOST_WIDE],
                "rows": found.table.rows,
                "columns": len(found.table.columns),
            }
            for found in opened.found
        ],
        "table": {
            "rows": table.rows,
            "columns": [_column(column) for column in table.columns],
            "totals": list(table.totals),
            "notes": [{"en": note.en, "zh": note.zh} for note in table.notes],
            "first": rows(table, 0, FIRST_ROWS),
        },
    }


def rows(table: Table, start: int, count: int) -> list[list[str]]:
    """So many rows from ``start`` on, as far as there are any."""
    columns = [column.texts[start : start + count] for column in table.columns]
    return [[_cut(text) for text in row] for row in zip(*columns, strict=True)]


def _column(column: Column) -> dict[str, Any]:
    return {
        "name": column.name,
        "header": column.header,
        "kind": column.kind,
        "unit": column.unit if column.kind in NUMBERS else "",
        "numeric": column.kind in NUMBERS,
        "exceptions": len(column.exceptions),
        "width": max(map(_width, (column.name, *column.texts[:FIRST_ROWS]))),
    }


def result_view(question: str, table: Table, result: Result) -> dict[str, Any]:
    """A result for the page, in the language of the question."""
    shown = show_result(question, table, result)
    return {
        "columns": [
            {
                "name": label,
                "kind": (
                    table.column(output.like).kind
                    if output.is_column and output.like is not None
                    else output.sort
                ),
                "numeric": output.sort == "number",
                "unit": table.column(output.like).unit if output.like is not None else "",
            }
            for label, output in zip(shown.labels, result.outputs, strict=True)
        ],
        "rows": [[_cut(text) for text in row] for row in shown.texts],
        "numbers": [[_number(value) for value in row] for row in result.rows],
        "truncated": result.truncated,
    }


def _number(value: Value) -> float | None:
    """For charts."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    return float(value)


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_CHARACTERS else text[:_MOST_CHARACTERS] + "…"


def _width(text: str) -> int:
    """In letters; a Chinese character is as wide as two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text[:_MOST_WIDE])
