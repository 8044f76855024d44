"""From a source to the table that is asked: which one of those found, and what its columns are.

All of it takes its time: not for an event loop.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qwen_app.errors import InvalidInput
from qwen_app.features.tables.table import Kind, Table

if TYPE_CHECKING:
    from qwen_app.features.tables.reading.read import Format, Found

Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Opened:
    """What was read from a source, and which of its tables is worked with.

    Attributes:
        found: all tables of the source, the likeliest first.
        index: which of them.
        table: that one, with the kinds that a person corrected.
    """

    found: "tuple[Found, ...]"
    index: int
    table: Table

    @property
    def cells(self) -> int:
        return sum(len(one.table.columns) * one.table.rows for one in self.found)


def read_source(
    content: str | bytes, *, name: str | None = None, kind: "Format | None" = None
) -> Opened:
    """The likeliest table of a source.

    Args:
        name: of the file that it was.
        kind: what it is, if that is known.

    Raises:
        InvalidInput: there is no table in it, or more than we read.
    """
    from qwen_app.features.tables.reading.read import read_table

    found = tuple(read_table(content, filename=name, kind=kind))
    return Opened(found, 0, found[0].table)


def choose(opened: Opened, index: int | None, kinds: Mapping[str, Kind]) -> Opened:
    """Another table of the same source, or the same with other kinds of columns.

    Raises:
        InvalidInput: there is no such table or column, or cells that are not of the kind.
    """
    index = opened.index if index is None else index
    if index >= len(opened.found):
        count = len(opened.found)
        raise InvalidInput(
            f"There is no table {index}: the source holds {count}, counted from 0.",
            f"没有编号为 {index} 的表格：来源中共有 {count} 个，从 0 开始编号。",
            param="index",
        )
    return Opened(opened.found, index, with_kinds(opened.found[index].table, kinds))


def with_kinds(table: Table, kinds: Mapping[str, Kind]) -> Table:
    """
    Raises:
        InvalidInput: there is no such column, or it has cells that are not of the kind.
    """
    from qwen_app.features.tables.build import retype

    for name, kind in kinds.items():
        if name not in table.names or table.column(name).kind != kind:
            table = retype(table, name, kind)
    return table


def from_records(records: Sequence[Mapping[str, Scalar]]) -> Table:
    """The table of some records; the columns in the order in which they first come.

    Raises:
        InvalidInput: no columns, or more than we read.
    """
    from qwen_app.features.tables.build import build_table
    from qwen_app.features.tables.reading.limits import check_cell, check_size

    names = list(dict.fromkeys(name for record in records for name in record))
    check_size(len(records), len(names))
    rows = [[_text(record.get(name)) for name in names] for record in records]
    for row in rows:
        for text in row:
            check_cell(text)
    return build_table(names, rows)


def _text(value: Scalar) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)
