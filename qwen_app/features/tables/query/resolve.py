"""From names as a person writes them to the names of the table's columns."""

from dataclasses import replace

from qwen_app.features.tables.query.errors import invalid
from qwen_app.features.tables.query.scope import find_column
from qwen_app.features.tables.query.tree import (
    Aggregate,
    Between,
    Call,
    Case,
    Column,
    Compare,
    Compute,
    Exists,
    Expression,
    IsNull,
    Like,
    Logic,
    Member,
    Negative,
    Not,
    Order,
    Pseudo,
    Query,
    Scalar,
)
from qwen_app.features.tables.table import Table


def resolve(query: Query, table: Table) -> Query:
    """The query with the columns' exact names.

    Raises:
        InvalidQuery: there is no such column, or nothing of that name at its place.
    """
    source = resolve(query.source, table) if isinstance(query.source, Query) else query.source
    names = _Names(table, query.source)
    if not query.outputs and source != "t":
        raise invalid(
            "SELECT * needs FROM t; from elsewhere name what you want, such as value.",
            "SELECT * 只能用于 FROM t；其他来源请写明要取什么，例如 value。",
        )
    return replace(
        query,
        outputs=tuple(map(names.expression, query.outputs)),
        source=source,
        where=None if query.where is None else names.expression(query.where),
        group=tuple(map(names.expression, query.group)),
        having=None if query.having is None else names.expression(query.having),
        order=tuple(Order(names.expression(o.by), o.descending) for o in query.order),
    )


class _Names:
    def __init__(self, table: Table, source: object) -> None:
        self._table = table
        self._source = source

    def expression(self, node: Expression) -> Expression:
        go = self.expression
        match node:
            case Column(name):
                return self._column(name)
            case Pseudo():
                return self._pseudo(node)
            case Compute(operator, left, right):
                return Compute(operator, go(left), go(right))
            case Compare(operator, left, right):
                return Compare(operator, go(left), go(right))
            case Logic(operator, left, right):
                return Logic(operator, go(left), go(right))
            case Negative(inner):
                return Negative(go(inner))
            case Not(inner):
                return Not(go(inner))
            case Call(name, arguments):
                return Call(name, tuple(map(go, arguments)))
            case Aggregate(name, argument, distinct):
                return Aggregate(name, None if argument is None else go(argument), distinct)
            case Between(subject, low, high, negated):
                return Between(go(subject), go(low), go(high), negated)
            case Member(subject, Query() as query, negated):
                return Member(go(subject), resolve(query, self._table), negated)
            case Member(subject, tuple() as options, negated):
                return Member(go(subject), tuple(map(go, options)), negated)
            case Like(subject, pattern, negated):
                return Like(go(subject), pattern, negated)
            case IsNull(subject, negated):
                return IsNull(go(subject), negated)
            case Exists(query):
                return Exists(resolve(query, self._table))
            case Scalar(query):
                return Scalar(resolve(query, self._table))
            case Case(branches, otherwise):
                return Case(
                    tuple((go(when), go(then)) for when, then in branches),
                    None if otherwise is None else go(otherwise),
                )
            case _:
                return node

    def _column(self, name: str) -> Expression:
        if self._source is None:
            raise invalid(f'"{name[:80]}" needs FROM t.', f"使用“{name[:80]}”一列需要 FROM t。")
        if isinstance(self._source, Query):
            raise invalid(
                f'FROM (SELECT ...) has only value, the first expression; not "{name[:80]}".',
                f"FROM (SELECT …) 中只有 value（其第一个表达式），没有“{name[:80]}”。",
            )
        return Column(find_column(self._table, name).name)

    def _pseudo(self, node: Pseudo) -> Expression:
        here = (
            ("value",)
            if isinstance(self._source, Query)
            else ("row", "name", "value")
            if self._source == "cells"
            else ("row",)
            if self._source == "t"
            else ()
        )
        if node.name in here:
            return node
        if self._source == "t" and any(name.lower() == node.name for name in self._table.names):
            return self._column(node.name)
        raise invalid(
            f"{node.name} is not known here: row needs FROM t, name and value need FROM cells.",
            f"此处没有 {node.name}：row 需要 FROM t，name 与 value 需要 FROM cells。",
        )
