"""What an expression means at its place: which columns there are, and whether rows are grouped."""

import difflib
from dataclasses import dataclass, field
from typing import Literal

from qwen_app.features.tables.query.derive import Derived
from qwen_app.features.tables.query.errors import InvalidQuery, invalid
from qwen_app.features.tables.query.fold import fold
from qwen_app.features.tables.query.tree import Expression
from qwen_app.features.tables.table import Column, Table

Meaning = Literal["text", "number", "date", "truth"]
"""The sort of an expression; ``truth`` is a condition's."""

CELL_NAME, CELL_VALUE = "\0name", "\0value"
"""What the columns `name` and `value` of cells are called: no table has such names."""


@dataclass(frozen=True, slots=True)
class Piece:
    """An expression in the database's SQL."""

    sql: str
    sort: Meaning
    like: str | None = None
    """The column whose unit and format the value has."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an expression stands."""

    source: Literal["t", "cells", "query", "none"]
    value: Piece | None = None
    """What `value` is if the source is a query: texts folded for comparing."""
    shown: Piece | None = None
    """The same, as it is shown."""
    grouped: bool = False
    """Rows are put together: what is no aggregate must be a key."""
    keys: tuple[Expression, ...] = ()


@dataclass(slots=True)
class Fields:
    """The columns of the database that a query needs, and the values bound to its parameters."""

    names: dict[tuple[Derived, bool], str] = field(default_factory=dict)
    """(what, whether as shown and not folded) to the name of the database's column."""
    parameters: dict[str, str | float] = field(default_factory=dict)

    def name(self, derived: Derived, *, shown: bool) -> str:
        return self.names.setdefault((derived, shown), f"f{len(self.names)}")

    def bind(self, value: str | float) -> str:
        name = f"p{len(self.parameters)}"
        self.parameters[name] = value
        return f"${name}"


def find_column(table: Table, name: str) -> Column:
    """The column of that name; case, width and spaces do not matter.

    Raises:
        InvalidQuery: there is none; the text names the most similar one.
    """
    for column in table.columns:
        if column.name == name:
            return column
    folded = {fold(column.name): column for column in reversed(table.columns)}
    if fold(name) in folded:
        return folded[fold(name)]
    raise _unknown(table, name, list(folded))


def _unknown(table: Table, name: str, folded: list[str]) -> InvalidQuery:
    near = difflib.get_close_matches(fold(name), folded, n=1, cutoff=0.5)
    if near:
        best = find_column(table, near[0]).name
        hint_en, hint_zh = f' Did you mean "{best}"?', f"是否指“{best}”？"
    else:
        names = ", ".join(f'"{each}"' for each in table.names[:12])
        hint_en, hint_zh = f" The columns are {names}.", f"表中的列有：{names}。"
    return invalid(
        f'The table has no column "{name[:80]}".{hint_en}',
        f"表中没有“{name[:80]}”这一列。{hint_zh}",
    )
