"""A table that has been read: texts as they were shown, and beside each the value it stands for.

Column-wise tuples, so that 100,000 rows cost no object a cell. Nothing here knows where a table
came from (``reading/``) or how it is asked (``query/``).
"""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, TypeAlias, get_args

Kind = Literal[
    "text",  # str: the text itself, white space folded, without footnote marks
    "integer",  # int
    "decimal",  # Decimal, so that sums are exact
    "percent",  # Decimal in points: 12.5 for "12.5%"
    "currency",  # Decimal in units of money; which money is Column.unit
    "rank",  # int: 1st, 第3名, No. 4
    "year",  # int
    "date",  # datetime.date; without a day ("May 2024") its first day, see Column.unit
    "datetime",  # datetime.datetime without zone
    "time",  # datetime.time of a day
    "duration",  # Decimal in seconds
    "range",  # tuple of two numbers, low to high
    "score",  # tuple of two integers or more, in the order shown
    "boolean",  # bool
]
KINDS: tuple[Kind, ...] = get_args(Kind)

NUMBERS: frozenset[Kind] = frozenset(
    {"integer", "decimal", "percent", "currency", "rank", "year", "duration"}
)
"""Kinds whose values can be compared and computed as numbers."""

Number: TypeAlias = int | Decimal
Value: TypeAlias = (
    str
    | bool
    | Number
    | datetime.date
    | datetime.datetime
    | datetime.time
    | tuple[Number, ...]
    | None
)


@dataclass(frozen=True, slots=True)
class Note:
    """What was done to a table or is odd about it, for the reader."""

    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell; ``row`` counts the table's rows from 0, ``column`` is the column's name."""

    row: int
    column: str
    text: str
    value: Value


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        name: unique in its table, also when case is ignored; not empty, at most 64 characters,
            one line, without control characters, quotes (" ` ' ’ ‘) , brackets [ ] or backslash.
        header: the header's text as shown, levels joined by a space; may be empty or repeated.
        kind: what the values are; the type of each is noted at ``Kind``.
        texts: the cells as shown.
        values: the typed values, as many as texts. None: missing, or an exception.
        unit: what all values share: "kg", "岁", "¥"; "month" for dates without a day; "" for none.
        exceptions: rows whose text is neither missing nor of the kind; their value is None.
    """

    name: str
    header: str
    kind: Kind
    texts: tuple[str, ...]
    values: tuple[Value, ...]
    unit: str = ""
    exceptions: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """Columns of one length.

    Attributes:
        columns: at least one.
        caption: the table's caption or the heading before it; may be empty.
        totals: rows that sum up the others (合计, Total): part of the table, but to be left out
            of aggregates.
        notes: what reading did (a title row removed, exceptions in a column), for the reader.
    """

    columns: tuple[Column, ...]
    caption: str = ""
    totals: tuple[int, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def rows(self) -> int:
        """How many rows there are, without the header."""
        return len(self.columns[0].texts)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """The column called exactly so; ``KeyError`` without one."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def cell(self, row: int, name: str) -> Cell:
        """One cell; ``KeyError`` or ``IndexError`` when there is none."""
        column = self.column(name)
        return Cell(row, name, column.texts[row], column.values[row])

    def texts(self) -> Iterator[tuple[str, ...]]:
        """The rows as shown, without the header."""
        return zip(*(column.texts for column in self.columns), strict=True)
