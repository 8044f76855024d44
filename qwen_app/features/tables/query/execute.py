"""Running a query: typed rows, how they are shown, and the cells that they came from."""

import datetime
import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from qwen_app.features.tables.query.database import Database
from qwen_app.features.tables.query.exact import as_decimal, exact_places
from qwen_app.features.tables.query.parse import parse
from qwen_app.features.tables.query.resolve import resolve
from qwen_app.features.tables.query.scope import Meaning
from qwen_app.features.tables.query.statements import (
    Statements,
    inner_queries,
    label,
    mentioned,
)
from qwen_app.features.tables.query.tree import (
    Aggregate,
    Column,
    Compare,
    Expression,
    Logic,
    Query,
    Scalar,
    has_aggregate,
)
from qwen_app.features.tables.query.write import write
from qwen_app.features.tables.table import Table, Value

MOST_ROWS: Final = 1000
"""Of a result."""
MOST_CELLS: Final = 500
"""How many source cells a result names."""

Place: TypeAlias = tuple[int, str]
"""A cell of the table: row from 0, name of the column."""


@dataclass(frozen=True, slots=True)
class Output:
    """One column of a result."""

    label: str
    sort: Meaning
    like: str | None
    """The column of the table whose unit and format the values have, if there is one."""
    is_column: bool
    """Whether the values are cells of that column as they stand."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a query gave.

    Attributes:
        query: as it was run, with the columns' exact names.
        text: the query in its one way of writing.
        rows: typed values; None where there is none.
        texts: the same as shown: a cell's own text where the value is a cell.
        cells: where it came from, in the order of the table, at most `MOST_CELLS`.
        row_cells: for each row of the result the cells of it alone, in the order of the outputs;
            only cells that are shown as they stand.
        counted: how many rows of the table the result came from.
        truncated: there are more than `MOST_ROWS` rows.
        tied: LIMIT cut between different rows that are equal in the order asked for.
    """

    query: Query
    text: str
    outputs: tuple[Output, ...]
    rows: tuple[tuple[Value, ...], ...]
    texts: tuple[tuple[str, ...], ...]
    cells: tuple[Place, ...]
    row_cells: tuple[tuple[Place, ...], ...]
    counted: int
    truncated: bool
    tied: bool

    @property
    def is_empty(self) -> bool:
        """There is no row, or nothing in the rows."""
        return all(value is None for row in self.rows for value in row)


def execute(query: str | Query, table: Table) -> Result:
    """Run one query of a table.

    Raises:
        InvalidQuery: it is not of the language or does not fit the table.
        QueryFailed: too slow, too large, or a query in parentheses gave several rows.
    """
    with Database(table) as database:
        return execute_on(query, database)


def execute_on(query: str | Query, database: Database) -> Result:
    """The same where several queries are run on one table."""
    table = database.table
    resolved = resolve(parse(query) if isinstance(query, str) else query, table)
    statements = Statements(table)
    statement = statements.outermost(resolved, MOST_ROWS)
    uses_cells = _uses_cells(resolved)
    raw = database.run(statement.sql, statements.fields, uses_cells=uses_cells)
    limit = MOST_ROWS if resolved.limit is None else min(resolved.limit, MOST_ROWS)
    more = len(raw) > limit
    width = len(statement.outputs)
    rows, sources = raw[:limit], [row[width] or [] for row in raw[:limit]]
    columns = resolved.outputs or tuple(map(Column, table.names))
    outputs = tuple(
        Output(label(node), piece.sort, piece.like, isinstance(node, Column))
        for node, piece in zip(columns, statement.outputs, strict=True)
    )
    places = tuple(
        None if isinstance(node, Column) else exact_places(node, table) for node in columns
    )
    shown = [
        _row(row[:width], ids, outputs, places, table, uses=resolved.source)
        for row, ids in zip(rows, sources, strict=True)
    ]
    cells = _cells(resolved, sources, database)
    return Result(
        query=resolved,
        text=write(resolved),
        outputs=outputs,
        rows=tuple(values for values, _, _ in shown),
        texts=tuple(texts for _, texts, _ in shown),
        cells=cells,
        row_cells=tuple(places for _, _, places in shown),
        counted=sum(row[width + 1] for row in rows),
        truncated=more and (resolved.limit is None or resolved.limit > MOST_ROWS),
        tied=more
        and bool(rows)
        and bool(resolved.order)
        and _tied(raw[limit - 1], raw[limit], width),
    )


def _tied(last: tuple[object, ...], after: tuple[object, ...], width: int) -> bool:
    """Whether the first row that was left out has the same keys, and is another row to see."""
    return last[width + 2 :] == after[width + 2 :] and last[:width] != after[:width]


def _uses_cells(query: Query) -> bool:
    inner = (query.source,) if isinstance(query.source, Query) else ()
    return query.source == "cells" or any(map(_uses_cells, (*inner, *inner_queries(query))))


def _row(
    raw: tuple[object, ...],
    ids: list[float],
    outputs: tuple[Output, ...],
    exact: tuple[int | None, ...],
    table: Table,
    *,
    uses: object,
) -> tuple[tuple[Value, ...], tuple[str, ...], tuple[Place, ...]]:
    """(values, texts, cells shown as they stand) of one row of the result."""
    values: list[Value] = []
    texts: list[str] = []
    places: list[Place] = []
    row = _source_row(ids[0], table, uses) if ids and not isinstance(uses, Query) else None
    for value, output, digits in zip(raw, outputs, exact, strict=True):
        if output.is_column and output.like is not None and row is not None:
            column = table.column(output.like)
            cell = column.values[row]
            if cell is None and row in column.exceptions:
                cell = column.texts[row]
            values.append(cell)
            texts.append(column.texts[row])
            places.append((row, column.name))
        else:
            tidy = _tidy(value, output.sort, digits)
            values.append(tidy)
            texts.append(show(tidy))
    return tuple(values), tuple(texts), tuple(places)


def _source_row(id_: float, table: Table, source: object) -> int:
    return int(id_) // len(table.columns) if source == "cells" else int(id_) - 1


def _tidy(value: object, sort: Meaning, places: int | None) -> Value:
    """A value of the database as one of ours: whole numbers as int, days as dates."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    number = float(value)  # type: ignore[arg-type]  # what is left are numbers
    if not math.isfinite(number):
        return None
    if sort == "date":
        day = datetime.date.fromordinal(int(number))
        seconds = round((number - int(number)) * 86_400)
        if not seconds:
            return day
        return datetime.datetime(day.year, day.month, day.day) + datetime.timedelta(seconds=seconds)
    return as_decimal(number, places)


def show(value: Value) -> str:
    """A computed value as text; the answer's language and the column's format come later."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case _:
            return f"{value:f}" if hasattr(value, "as_tuple") else str(value)


# --- where it came from ---------------------------------------------------------------------


def _cells(query: Query, sources: list[list[float]], database: Database) -> tuple[Place, ...]:
    table = database.table
    if query.source is None:
        found = [place for inner in inner_queries(query) for place in _of(inner, database)]
        return _in_order(found, table)
    ids = [id_ for each in sources for id_ in each]
    if (extreme := _extreme(query)) is not None:
        statements = Statements(table)
        statement = statements.outermost(extreme, MOST_ROWS)
        rows = database.run(statement.sql, statements.fields, uses_cells=_uses_cells(extreme))
        ids = [row[1][0] for row in rows if row[1]]
    inner = query.source if isinstance(query.source, Query) else query
    names = mentioned(inner) or table.names
    if inner.source == "cells":
        width = len(table.columns)
        places = [(int(id_) // width, table.names[int(id_) % width]) for id_ in ids[:MOST_CELLS]]
    else:
        most = max(1, MOST_CELLS // len(names))
        places = [(int(id_) - 1, name) for id_ in ids[:most] for name in names]
    return _in_order(places, table)


def _of(query: Query, database: Database) -> tuple[Place, ...]:
    return execute_on(query, database).cells


def _extreme(query: Query) -> Query | None:
    """For a lone MIN or MAX the query of the rows that have it: they are its source, not all the
    rows that it was compared with."""
    if len(query.outputs) != 1 or query.group or query.having or isinstance(query.source, Query):
        return None
    output = query.outputs[0]
    if not isinstance(output, Aggregate) or output.name not in ("MIN", "MAX"):
        return None
    if output.argument is None or has_aggregate(output.argument):
        return None
    same: Expression = Compare("=", output.argument, Scalar(replace(query, order=(), limit=None)))
    where = same if query.where is None else Logic("AND", query.where, same)
    return Query((output.argument,), query.source, where=where)


def _in_order(places: Iterable[Place], table: Table) -> tuple[Place, ...]:
    at = {name: index for index, name in enumerate(table.names)}
    unique = dict.fromkeys(places)
    return tuple(sorted(unique, key=lambda place: (place[0], at[place[1]])))[:MOST_CELLS]
