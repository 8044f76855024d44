"""From a table's markup to a grid: spans expanded, whatever they claim."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Literal, TypeAlias

from qwen_app.features.tables.reading.cell_text import CellStyle, cell_text, is_hidden
from qwen_app.features.tables.reading.limits import (
    MAX_CELLS,
    MAX_COLUMNS,
    check_size,
)

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


_Placed: TypeAlias = tuple[int, int, Box]  # first column, the one after the last, box
_Active: TypeAlias = tuple[int, int, int, Box]  # rows left before the box
_first = itemgetter(0)


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

    A row span ends with its section (head, body, foot) at the latest. Columns in which no cell
    starts are none. Hidden rows and cells are left out.

    Raises:
        TableTooLarge: beyond the limits of rows, columns, cells, or a cell's length.
    """
    sections: dict[Section, list[_Element]] = {"head": [], "body": [], "foot": []}
    for section, row in _source_rows(table, "body"):
        sections[section].append(row)
    placed: list[list[_Placed]] = []
    starts: set[int] = set()
    count = 0
    for section, rows in sections.items():
        active: list[_Active] = []
        group: _Element | None = None
        for row in rows:
            if row.getparent() is not group:
                group, active = row.getparent(), []
            line, active = _place(row, section == "head", active, style)
            placed.append(line)
            starts.update(start for start, _, _ in line)
            count += len(line)
            if len(line) > MAX_COLUMNS or count > MAX_CELLS:
                check_size(len(placed), max(len(line), count // len(placed)))
        check_size(len(placed), len(starts))
    return Grid(_fill(placed, sorted(starts)), heads=len(sections["head"]))


def _fill(placed: list[list[_Placed]], starts: list[int]) -> list[GridRow]:
    """Full rows, of the columns alone in which some cell starts."""
    width = len(starts)
    where = {start: column for column, start in enumerate(starts)}
    grid: list[GridRow] = []
    for line in placed:
        if len(line) == width:
            line.sort(key=_first)
            grid.append([box for _, _, box in line])
            continue
        out: GridRow = [None] * width
        for start, end, box in line:
            column = where[start]
            out[column] = box
            column += 1
            while column < width and starts[column] < end:
                out[column] = box
                column += 1
        grid.append(out)
    return grid


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
    row: "_Element", head: bool, active: list[_Active], style: CellStyle
) -> tuple[list[_Placed], list[_Active]]:
    """One row's boxes with those that reach into it from above; and what reaches further down."""
    line = [(start, end, box) for start, end, _, box in active]
    below = [(start, end, left - 1, box) for start, end, left, box in active if left > 1]
    column = 0
    waiting = iter(active)
    above = next(waiting, None)
    for cell in row:
        tag = cell.tag
        if tag != "td" and tag != "th":
            continue
        columns = rows = 1
        header = head or tag == "th"
        row_header = False
        if cell.keys():
            if is_hidden(cell):
                continue
            columns = max(1, min(_span(cell.get("colspan")), _MAX_COLSPAN))
            rows = _span(cell.get("rowspan"))
            row_header = tag == "th" and cell.get("scope") in ("row", "rowgroup")
        text = cell_text(cell, style)
        while above is not None and above[0] <= column:
            column = max(column, above[1])
            above = next(waiting, None)
        end = column + columns
        if above is not None and end > above[0]:
            end = above[0]
        box = Box(text, header, row_header)
        line.append((column, end, box))
        if rows != 1:  # 0: to the end of the section
            below.append((column, end, rows - 1 if rows else 1 << 60, box))
        column = end
    below.sort(key=lambda span: span[0])
    return line, below


def _span(value: str | None) -> int:
    """A span as browsers read it: leading digits, else 1."""
    match = _DIGITS.match(value) if value else None
    return int(match[1]) if match else 1
