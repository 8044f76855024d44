"""The database: one table, in memory, without any way out.

DuckDB with its access to files and network off, its configuration locked, one thread, and limits
of time and memory. It sees columns of numbers and texts under names of our own; no header, value
or word of a question is ever part of its SQL.
"""

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from qwen_app.features.tables.query.derive import Derived, Plain, derive
from qwen_app.features.tables.query.errors import failed
from qwen_app.features.tables.query.fold import fold
from qwen_app.features.tables.query.scope import CELL_NAME, CELL_VALUE, Fields
from qwen_app.features.tables.table import Column, Table

if TYPE_CHECKING:
    import pandas

TIME_LIMIT_S: Final = 4.0
"""Of one query."""
MOST_CELLS: Final = 300_000
"""How many cells a table may have for ``FROM cells``, which makes a row of each."""
_CONFIGURATION: Final[dict[str, str | bool | int | float | list[str]]] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "temp_directory": "",
    "memory_limit": "256MB",
    "threads": "1",
}


class Database:
    """One table's database. Columns are put into it when a query needs them.

    One query runs at a time; `close` it, or use it as a context.
    """

    def __init__(self, table: Table) -> None:
        import duckdb

        self.table = table
        self._connection = duckdb.connect(":memory:", config=_CONFIGURATION)
        self._connection.execute("SET lock_configuration = true")
        self._lock = threading.Lock()
        self._known: dict[tuple[Derived, bool], list[Plain]] = {}
        self._whole: dict[str, Column] = {}

    def __enter__(self) -> "Database":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def run(self, sql: str, fields: Fields, *, uses_cells: bool) -> list[tuple[Any, ...]]:
        """The rows of a statement that `Statements` made.

        Raises:
            QueryFailed: too slow or too large, or a query in parentheses gave several rows.
        """
        with self._lock:
            self._load(fields, uses_cells)
            return self._fetch(sql, fields.parameters)

    def _fetch(self, sql: str, parameters: dict[str, str | float]) -> list[tuple[Any, ...]]:
        import duckdb

        late = threading.Event()

        def stop() -> None:
            late.set()
            self._connection.interrupt()

        timer = threading.Timer(TIME_LIMIT_S, stop)
        timer.daemon = True
        timer.start()
        try:
            return self._connection.execute(sql, parameters).fetchall()
        except duckdb.Error as error:
            if late.is_set():
                raise failed(
                    f"The query took longer than {TIME_LIMIT_S:g} s and was stopped.",
                    f"查询超过 {TIME_LIMIT_S:g} 秒，已停止。",
                ) from error
            raise _explain(error) from error
        finally:
            timer.cancel()
            timer.join()

    # --- loading --------------------------------------------------------------------------

    def _load(self, fields: Fields, uses_cells: bool) -> None:
        """Make ``t``, and ``c`` if it is used, anew with what the query needs: a column takes
        longer to work out, which is done once, than to hand over."""
        rows: dict[str, tuple[bool, list[Plain]]] = {}
        cells: dict[str, tuple[bool, list[Plain]]] = {}
        if uses_cells and self.table.rows * len(self.table.columns) > MOST_CELLS:
            raise failed(
                f"FROM cells is for tables of up to {MOST_CELLS} cells.",
                f"FROM cells 只适用于不超过 {MOST_CELLS} 个单元格的表。",
            )
        for (derived, shown), name in fields.names.items():
            target = cells if derived.column in (CELL_NAME, CELL_VALUE) else rows
            target[name] = self._values(derived, shown)
        totals = set(self.table.totals)
        t = _frame(self.table.rows, rows)
        t["r"] = range(1, self.table.rows + 1)
        t["tot"] = [row in totals for row in range(self.table.rows)]
        self._put("t", t, rows)
        if uses_cells:
            width = len(self.table.columns)
            c = _frame(self.table.rows * width, cells)
            c["r"] = [row for row in range(1, self.table.rows + 1) for _ in range(width)]
            c["p"] = range(self.table.rows * width)
            self._put("c", c, cells)

    def _put(
        self, name: str, frame: "pandas.DataFrame", columns: dict[str, tuple[bool, list[Plain]]]
    ) -> None:
        self._connection.register("incoming", frame)
        # Of a column without any value DuckDB would not know that it holds texts.
        texts = [f"{one}::VARCHAR AS {one}" for one, (is_text, _) in columns.items() if is_text]
        typed = f" REPLACE ({', '.join(texts)})" if texts else ""
        self._connection.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT *{typed} FROM incoming")
        self._connection.unregister("incoming")

    def _values(self, derived: Derived, shown: bool) -> tuple[bool, list[Plain]]:
        """(whether they are texts, the values)"""
        from qwen_app.features.tables.query.derive import derived_sort

        column = self._column(derived.column)
        is_text = derived_sort(derived, column) == "text"
        key = (derived, shown or not is_text)
        if key not in self._known:
            values = derive(derived, column)
            self._known[key] = values if key[1] else _folded(values)
        return is_text, self._known[key]

    def _column(self, name: str) -> Column:
        if name not in (CELL_NAME, CELL_VALUE):
            return self.table.column(name)
        if name not in self._whole:
            columns = self.table.columns
            if name == CELL_NAME:
                texts = self.table.names * self.table.rows
                self._whole[name] = Column(name, "", "text", texts, texts)
            else:
                texts = tuple(text for row in self.table.texts() for text in row)
                values = tuple(
                    value for row in zip(*(c.values for c in columns), strict=True) for value in row
                )
                exceptions = tuple(
                    row * len(columns) + at
                    for at, column in enumerate(columns)
                    for row in column.exceptions
                )
                self._whole[name] = Column(name, "", "text", texts, values, "", exceptions)
        return self._whole[name]


def _frame(rows: int, columns: dict[str, tuple[bool, list[Plain]]]) -> "pandas.DataFrame":
    import pandas

    return pandas.DataFrame(
        {
            name: pandas.Series(values, dtype=object if is_text else float)
            for name, (is_text, values) in columns.items()
        },
        index=range(rows),
    )


def _folded(values: Sequence[Plain]) -> list[Plain]:
    known = {value: fold(value) for value in set(values) if isinstance(value, str)}
    return [known[value] if isinstance(value, str) else value for value in values]


def _explain(error: Exception) -> Exception:
    text = str(error)
    if "More than one row returned" in text:
        return failed(
            "A query in parentheses gave several rows where one value is needed; add MIN, MAX or"
            " LIMIT 1.",
            "括号中的子查询返回了多行，而此处只能是一个值；请加上 MIN、MAX 或 LIMIT 1。",
        )
    if "memory" in text.lower():
        return failed("The query needs too much memory.", "查询需要的内存过多。")
    line = text.splitlines()[0][:200] if text else type(error).__name__
    return failed(f"The query could not be computed: {line}", f"查询无法计算：{line}")
