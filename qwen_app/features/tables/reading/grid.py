"""From a table's markup to a grid: spans expanded, whatever they claim."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from qwen_app.features.tables.reading.cell_text import CellStyle, cell_text, is_hidden
from qwen_app.features.tables.reading.limits import check_cell, check_size

if TYPE_CHECKING:
    from lxml.etree import _Element

Section = Literal["head", "body", "foot"]

_MAX_COLSPAN = 1000  # as browsers have it
_DIGITS = re.compile(r"\s*\+?([0-9]{1,18})")
_SECTIONS: dict[str, Section] = {"thead": "head", "tbody": "body", "tfoot": "foot"}


@dataclass(slots=True, eq=False)
class Box:
    """One cell of the source, which may cover several places of the grid."""

    text: str
    header: bool = False  # a <th>, or a cell of a <thead>
    row_header: bool = False  # a <th> that says it heads its row


GridRow: TypeAlias = list[Box | None]
"""A row of the grid; None where the source has no cell. A spanning box stands in all its places."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows of one width. ``heads`` counts the leading rows that the source itself calls header."""

    rows: list[GridRow]
    heads: int = 0

    @property
    def width(self) -> int:
        return len(self.rows[0]) if self.rows else 0


def read_grid(table: "_Element", style: CellStyle) -> Grid:
    """The grid of a ``<table>`` without those nested in its cells.

    A row span ends with its section (head, body, foot) at the latest, a column span at the last
    column in which any cell starts. Hidden rows and cells are left out.

    Raises:
        TableTooLarge: beyond the limits of rows, columns, cells, or a cell's length.
    """
    sections: dict[Section, list[_Element]] = {"head": [], "body": [], "foot": []}
    for section, row in _source_rows(table, "body"):
        sections[section].append(row)
    placed: list[list[tuple[int, int, Box]]] = []  # of each row: first column, end, box
    width = 0
    count = 0
    for section, rows in sections.items():
        active: list[tuple[int, int, int, Box]] = []  # spans from above: start, end, rows left, box
        for row in rows:
            line, active = _place(row, section == "head", active, style)
            count += len(line)
            check_size(count // max(width, 1), width)
            placed.append(line)
            width = max(width, max((start + 1 for start, _, _ in line), default=0))
        check_size(len(placed), width)
    grid: list[GridRow] = []
    for line in placed:
        out: GridRow = [None] * width
        for start, end, box in line:
            out[start] = box
            for column in range(start + 1, min(end, width)):
                out[column] = box
        grid.append(out)
    return Grid(grid, heads=len(sections["head"]))


def _source_rows(element: "_Element", section: Section) -> Iterator[tuple[Section, "_Element"]]:
    """Rows with their section, also where broken markup has them deeper than they belong."""
    for child in element:
        tag = child.tag
        if not isinstance(tag, str) or tag in ("td", "th", "table", "caption"):
            continue
        if tag == "tr":
            if not is_hidden(child):
                yield section, child
        elif not is_hidden(child):
            yield from _source_rows(child, _SECTIONS.get(tag, section))


def _place(
    row: "_Element", head: bool, active: list[tuple[int, int, int, Box]], style: CellStyle
) -> tuple[list[tuple[int, int, Box]], list[tuple[int, int, int, Box]]]:
    """One row's boxes with those that reach into it from above; and what reaches further down."""
    line = [(start, end, box) for start, end, _, box in active]
    below = [(start, end, left - 1, box) for start, end, left, box in active if left > 1]
    column = 0
    waiting = iter(active)
    above = next(waiting, None)
    for cell in row:
        if cell.tag not in ("td", "th") or is_hidden(cell):
            continue
        while above is not None and above[0] <= column:
            column = max(column, above[1])
            above = next(waiting, None)
        text = cell_text(cell, style)
        check_cell(text)
        is_th = cell.tag == "th"
        scope = cell.get("scope") if is_th else None
        box = Box(text, head or is_th, is_th and scope in ("row", "rowgroup"))
        end = column + max(1, min(_span(cell.get("colspan"), 1), _MAX_COLSPAN))
        if above is not None:
            end = min(end, above[0])
        line.append((column, end, box))
        rows = _span(cell.get("rowspan"), 1)
        if rows != 1:  # 0: to the end of the section
            below.append((column, end, rows - 1 if rows else 1 << 60, box))
        column = end
        check_size(1, len(line))
    below.sort(key=lambda span: span[0])
    return line, below


def _span(value: str | None, default: int) -> int:
    """A span as browsers read it: leading digits, else the default."""
    if value is None:
        return default
    match = _DIGITS.match(value)
    return int(match[1]) if match else default
