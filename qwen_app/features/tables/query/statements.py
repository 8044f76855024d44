"""From whole queries to the database's SQL.

The tables of the database: ``t`` has a row for each of the table (``r`` counts from 1, ``tot``
says whether it sums up others, ``f0``... are what the query needs of its columns), ``c`` one for
each cell (``r``, and fields of `name` and `value`). ``id`` tells rows apart, so that a result can
say where it came from: the row, or for cells the place of the cell when all are counted row by
row from 0.
"""

from dataclasses import dataclass, replace

from qwen_app.features.tables.query.errors import invalid
from qwen_app.features.tables.query.expressions import Expressions
from qwen_app.features.tables.query.fold import fold
from qwen_app.features.tables.query.scope import Piece, Scope
from qwen_app.features.tables.query.tree import (
    Column,
    Compare,
    Expression,
    Like,
    Logic,
    Member,
    Query,
    Text,
    expressions,
    is_aggregating,
    queries,
    walk,
)
from qwen_app.features.tables.query.write import write_expression
from qwen_app.features.tables.table import Table

MOST_IDS = 500
"""How many rows are named as those that a row of the result came from."""


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL for the outermost query.

    Its columns: one for each output; the ids of the rows behind (at most `MOST_IDS`); their
    number; one for each key of ORDER BY.
    """

    sql: str
    outputs: tuple[Piece, ...]


class Statements(Expressions):
    """Translates one query of a table; `fields` then says what the database must hold."""

    def __init__(self, table: Table) -> None:
        super().__init__(table)
        self._totals = frozenset(table.totals)

    def outermost(self, query: Query, most_rows: int) -> Statement:
        """Raises:
        InvalidQuery: the query makes no sense for this table.
        """
        # One row more than asked for tells whether the last one is tied with the next.
        limit = most_rows if query.limit is None else min(query.limit, most_rows)
        source, scope = self._source(query)
        query = replace(query, limit=limit + 1)
        outputs = query.outputs or tuple(Column(name) for name in self.table.names)
        if scope.source == "none":
            plain = tuple(self.piece(output, scope, shown=True) for output in outputs)
            items = [f"{piece.sql} AS o{i}" for i, piece in enumerate(plain)]
            return Statement(f"SELECT {', '.join(items)}, []::DOUBLE[], 0{source}", plain)
        body = source + self._where(query, scope)
        ids = "ids" if scope.source == "query" else "id"
        if is_aggregating(query) or query.distinct:
            some = f"flatten(list(ids ORDER BY id))[1:{MOST_IDS}]" if ids == "ids" else (
                f"list(id ORDER BY id)[1:{MOST_IDS}]"
            )  # fmt: skip
            count = "count(*)"
        else:
            some, count = ("ids" if ids == "ids" else "[id]"), "1"
        return self._assemble(query, outputs, scope, body, f"{some}, {count}")

    def one_value(self, query: Query, *, shown: bool = False) -> Piece:
        if len(query.outputs) != 1:
            raise invalid(
                "A query in parentheses must give one value: select one expression.",
                "括号中的子查询必须只给出一个值：请只选取一个表达式。",
            )
        return self._inner(query, shown)

    def exists(self, query: Query) -> str:
        first = query.outputs[:1] or (Column(self.table.names[0]),)
        found = self._inner(replace(query, outputs=first), shown=False)
        return f"(EXISTS ({found.sql}))"

    # --- clauses --------------------------------------------------------------------------

    def _inner(self, query: Query, shown: bool) -> Piece:
        source, scope = self._source(query)
        if scope.source == "none":
            piece = self.piece(query.outputs[0], scope, shown=shown)
            return replace(piece, sql=f"SELECT {piece.sql}{source}")
        body = source + self._where(query, scope)
        found = self._assemble(query, query.outputs, scope, body, None, shown=shown)
        return replace(found.outputs[0], sql=found.sql)

    def _source(self, query: Query) -> tuple[str, Scope]:
        if isinstance(query.source, Query):
            return self._derived(query.source)
        if query.source is None:
            self._check_sourceless(query)
            return "", Scope("none")
        if query.source == "t":
            return " FROM (SELECT *, r AS id FROM t)", Scope("t")
        return " FROM (SELECT *, p AS id FROM c JOIN t USING (r))", Scope("cells")

    def _check_sourceless(self, query: Query) -> None:
        rest = query.where or query.group or query.having or query.order or query.distinct
        if rest or query.limit is not None or query.offset or is_aggregating(query):
            raise invalid(
                "FROM t is missing: without it there are no rows.",
                "缺少 FROM t：没有它就没有可查的行。",
            )

    def _derived(self, inner: Query) -> tuple[str, Scope]:
        """The rows of a query, with both forms of its value and what they came from."""
        if len(inner.outputs) < 1 or isinstance(inner.source, Query) or inner.source is None:
            raise invalid(
                "FROM (SELECT ...) needs a query of t or cells that selects an expression.",
                "FROM (SELECT …) 中须是对 t 或 cells 的查询，并选取一个表达式。",
            )
        inner_source, scope = self._source(inner)
        body = inner_source + self._where(inner, scope)
        output = inner.outputs[0]
        grouped = is_aggregating(inner) or inner.distinct
        some = f"list(id ORDER BY id)[1:{MOST_IDS}]" if grouped else "[id]"
        first = "min(id)" if grouped else "id"
        made = self._assemble(
            replace(inner, outputs=(output,)),
            (output,),
            scope,
            body,
            f"{some} AS ids, {first} AS id",
            both=True,
        )
        value = made.outputs[0]
        shown = replace(value, sql="shown") if value.sort == "text" else replace(value, sql="o0")
        return f" FROM ({made.sql})", Scope("query", replace(value, sql="o0"), shown)

    def _where(self, query: Query, scope: Scope) -> str:
        conditions = []
        if query.where is not None:
            conditions.append(self.condition(query.where, scope))
        if self._leaves_totals_out(query, scope):
            conditions.append("NOT tot")
        return f" WHERE {' AND '.join(conditions)}" if conditions else ""

    def _leaves_totals_out(self, query: Query, scope: Scope) -> bool:
        """Rows that sum up others would be counted twice, or be the largest of all. Where one of
        them is asked for by name it stays."""
        if not self._totals or scope.source == "query":
            return False
        if not (is_aggregating(query) or query.order or query.distinct or query.where):
            return False
        return not any(self._names_total(column, text) for column, text in _asked(query.where))

    def _names_total(self, name: str, text: str) -> bool:
        """Whether only rows of totals hold the text in a column: it is what they are called. The
        name of a group, which its subtotal bears too, is not."""
        column = self.table.column(name)
        holders = {row for row in self._totals if fold(column.texts[row]) == fold(text)}
        return bool(holders) and not any(
            fold(other) == fold(text)
            for row, other in enumerate(column.texts)
            if row not in self._totals
        )

    def _assemble(
        self,
        query: Query,
        outputs: tuple[Expression, ...],
        scope: Scope,
        body: str,
        hidden: str | None,
        *,
        shown: bool = True,
        both: bool = False,
    ) -> Statement:
        """SELECT around a body of FROM and WHERE.

        Args:
            hidden: columns after the outputs; None for an inner query, which has none.
            shown: texts as they are shown, not folded.
            both: ``o0`` folded, and ``shown`` beside it if it is a text.
        """
        if query.having is not None and not is_aggregating(query):
            raise invalid("HAVING needs GROUP BY; use WHERE.", "HAVING 需要 GROUP BY，请用 WHERE。")
        grouped = is_aggregating(query)
        keys = query.group
        if query.distinct and not grouped:
            grouped, keys = True, outputs
        inside = replace(scope, grouped=grouped, keys=keys)
        pieces = tuple(self.piece(output, inside, shown=shown and not both) for output in outputs)
        items = [f"{piece.sql} AS o{i}" for i, piece in enumerate(pieces)]
        if both and pieces[0].sort == "text":
            items.append(f"{self.piece(outputs[0], inside, shown=True).sql} AS shown")
        order = self._order(query, inside, keys if query.distinct else ())
        if hidden is not None:
            items += [hidden]
            if not both:
                items += [f"{key} AS k{i}" for i, (key, _) in enumerate(order)]
        sql = f"SELECT {', '.join(items)}{body}"
        if keys:
            # In parentheses, so that a constant is not taken for the number of a column.
            made = (f"({self.piece(key, scope).sql})" for key in keys)
            sql += f" GROUP BY {', '.join(made)}"
        if query.having is not None:
            sql += f" HAVING {self.condition(query.having, inside)}"
        sql += self._tail(query, order, "min(id)" if grouped else "id", bool(keys) or not grouped)
        return Statement(sql, pieces)

    def _order(
        self, query: Query, scope: Scope, distinct: tuple[Expression, ...]
    ) -> list[tuple[str, bool]]:
        """(SQL of the key, whether it falls)"""
        found = []
        for order in query.order:
            if distinct and order.by not in distinct and not is_aggregating(query):
                piece = self.piece(order.by, replace(scope, grouped=False))
                extreme = "max" if order.descending else "min"
                piece = replace(piece, sql=f"{extreme}({piece.sql})")
            else:
                piece = self.piece(order.by, scope)
            found.append((piece.sql, order.descending))
        return found

    def _tail(self, query: Query, order: list[tuple[str, bool]], first: str, has_rows: bool) -> str:
        keys = [f"{key}{' DESC' if falls else ''} NULLS LAST" for key, falls in order]
        sql = f" ORDER BY {', '.join([*keys, first])}" if has_rows else ""
        if query.limit is not None:
            sql += f" LIMIT {query.limit}"
        return sql + (f" OFFSET {query.offset}" if query.offset else "")


def mentioned(query: Query) -> tuple[str, ...]:
    """Names of the columns that a query looks at, those of inner queries left out."""
    names = [
        node.name
        for expression in expressions(query)
        for node in walk(expression)
        if isinstance(node, Column)
    ]
    return tuple(dict.fromkeys(names))


def inner_queries(query: Query) -> tuple[Query, ...]:
    """The queries directly inside a query's expressions."""
    return tuple(
        inner
        for expression in expressions(query)
        for node in walk(expression)
        for inner in queries(node)
    )


def label(output: Expression) -> str:
    """How an output is headed: a column's name, or the expression itself."""
    return output.name if isinstance(output, Column) else write_expression(output)


def _asked(where: Expression | None) -> list[tuple[str, str]]:
    """(column, text) of what a condition demands of columns, not of what it excludes."""
    match where:
        case Compare("=", Column(name), Text(text)) | Compare("=", Text(text), Column(name)):
            return [(name, text)]
        case Member(Column(name), tuple() as options, False):
            return [(name, option.value) for option in options if isinstance(option, Text)]
        case Logic(left=left, right=right):
            return _asked(left) + _asked(right)
        case Like(Column(name), pattern, False):
            return [(name, pattern.strip("%"))]
        case _:
            return []
