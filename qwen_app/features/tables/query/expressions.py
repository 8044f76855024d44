"""From expressions to the database's SQL: names of our own, and every literal a parameter."""

from abc import ABC, abstractmethod
from dataclasses import replace

from qwen_app.features.tables.query.comparisons import (
    compare_period,
    need,
    no_mix,
    no_number_in_text,
)
from qwen_app.features.tables.query.derive import Derived, derived_sort
from qwen_app.features.tables.query.errors import invalid
from qwen_app.features.tables.query.fold import fold
from qwen_app.features.tables.query.literals import as_number, as_period, number_in, period_in
from qwen_app.features.tables.query.patterns import like_regex
from qwen_app.features.tables.query.scope import (
    CELL_NAME,
    CELL_VALUE,
    Fields,
    Meaning,
    Piece,
    Scope,
    find_column,
)
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
    Number,
    Operator,
    Pseudo,
    Query,
    Scalar,
    Text,
)
from qwen_app.features.tables.query.write import write_expression
from qwen_app.features.tables.table import Column as TableColumn
from qwen_app.features.tables.table import Table

_MOST_DIGITS = 10
"""Of ROUND."""
_OUTWARDS = "(1 + 1e-14)"
_AGGREGATES = {"SUM": "fsum", "AVG": "favg"}
"""Those that lose nothing in adding up."""
_WORDS_OF = {"year": ("years", "年份"), "rank": ("ranks", "名次"), "time": ("times", "时刻")}
_AS_THEY_ARE = ("COLUMN", "PREV", "NEXT")
"""Functions whose values have their column's unit and format."""


class Expressions(ABC):
    """Translates expressions; `Statements` adds the clauses around them.

    Texts have two forms: folded for comparing, and as shown.
    """

    def __init__(self, table: Table) -> None:
        self.table = table
        self.fields = Fields()

    @abstractmethod
    def one_value(self, query: Query, *, shown: bool = False) -> Piece:
        """An inner query of one expression, without the parentheses around it."""

    @abstractmethod
    def exists(self, query: Query) -> str: ...

    def condition(self, node: Expression, scope: Scope) -> str:
        """Raises:
        InvalidQuery: it is no condition, or one that makes no sense.
        """
        piece = self.piece(node, scope)
        if piece.sort != "truth":
            text = write_expression(node)[:80]
            raise invalid(
                f"{text} is no condition; compare it with something.",
                f"{text} 不是条件，请将它与某个值比较。",
            )
        return piece.sql

    def piece(self, node: Expression, scope: Scope, *, shown: bool = False) -> Piece:
        """Raises:
        InvalidQuery: it makes no sense here; the text says why.
        """
        if scope.grouped and node in scope.keys:
            key = self.piece(node, replace(scope, grouped=False), shown=shown)
            return replace(key, sql=f"arg_min({key.sql}, id)")
        match node:
            case Number(value):
                return Piece(f"{self.fields.bind(float(value))}::DOUBLE", "number")
            case Text(value):
                text = value if shown else fold(value)
                return Piece(f"{self.fields.bind(text)}::VARCHAR", "text")
            case Column(name):
                self._must_be_key(node, scope)
                return self._field(Derived(find_column(self.table, name).name), shown)
            case Pseudo():
                self._must_be_key(node, scope)
                return self._pseudo(node, scope, shown)
            case Aggregate():
                return self._aggregate(node, scope)
            case Call("ROUND", arguments):
                return self._round(arguments, scope)
            case Call("ABS", arguments):
                inner = need("number", self.piece(arguments[0], scope), "ABS", arguments[0])
                return replace(inner, sql=f"abs({inner.sql})")
            case Call("HAS", (whole, part)):
                texts = [
                    need("text", self.piece(each, scope), "HAS", each) for each in (whole, part)
                ]
                return Piece(f"contains({texts[0].sql}, {texts[1].sql})", "truth")
            case Call():
                self._must_be_key(node, scope)
                return self._of_column(node, scope, shown)
            case Negative(inner_node):
                inner = need("number", self.piece(inner_node, scope), "-", inner_node)
                return replace(inner, sql=f"(-{inner.sql})")
            case Compute():
                return self._compute(node, scope)
            case Scalar(query):
                found = self.one_value(query, shown=shown)
                return replace(found, sql=f"({found.sql})")
            case Case():
                return self._case(node, scope, shown)
            case _:
                return Piece(self._truth(node, scope), "truth")

    # --- values ---------------------------------------------------------------------------

    def _field(self, derived: Derived, shown: bool) -> Piece:
        column = self.column_of(derived)
        sort = derived_sort(derived, column)
        is_own = derived.column not in (CELL_NAME, CELL_VALUE)
        like = derived.column if is_own and derived.function in _AS_THEY_ARE else None
        return Piece(self.fields.name(derived, shown=shown and sort == "text"), sort, like)

    def column_of(self, derived: Derived) -> TableColumn:
        if derived.column in (CELL_NAME, CELL_VALUE):
            return TableColumn(derived.column, "", "text", (), ())
        return self.table.column(derived.column)

    def _must_be_key(self, node: Expression, scope: Scope) -> None:
        if scope.grouped:
            text = write_expression(node)
            raise invalid(
                f"{text} differs from row to row here: put it into GROUP BY or an aggregate, or"
                f" find the row by ORDER BY and LIMIT 1.",
                f"此处各行的 {text} 不同：请放入 GROUP BY 或聚合函数，或用 ORDER BY 与 LIMIT 1"
                "取出某一行。",
            )

    def _pseudo(self, node: Pseudo, scope: Scope, shown: bool) -> Piece:
        if node.name == "row":
            return Piece("r", "number")
        if scope.source == "query":
            value = scope.shown if shown else scope.value
            if value is None:
                raise RuntimeError("a source that is a query has a value")
            return value
        return self._field(Derived(CELL_NAME if node.name == "name" else CELL_VALUE), shown)

    def _of_column(self, call: Call, scope: Scope, shown: bool) -> Piece:
        subject, *rest = call.arguments
        if isinstance(subject, Column):
            column = find_column(self.table, subject.name).name
        elif isinstance(subject, Pseudo) and subject.name == "value" and scope.source == "cells":
            column = CELL_VALUE
        else:
            raise invalid(
                f"{call.name} needs a column, not {write_expression(subject)[:80]}.",
                f"{call.name} 需要一列，而不是 {write_expression(subject)[:80]}。",
            )
        place = rest[0].value if rest and isinstance(rest[0], Number) else 1
        if (rest and not isinstance(rest[0], Number)) or place != int(place) or place == 0:
            raise invalid(
                f"The second argument of {call.name} is a whole number: 1 is the first, -1 the"
                " last.",
                f"{call.name} 的第二个参数须为整数：1 表示第一个，-1 表示最后一个。",
            )
        if column == CELL_VALUE and call.name in ("PREV", "NEXT", "RUN"):
            raise invalid(
                f"{call.name} needs a column of t, not value.",
                f"{call.name} 需要表 t 的一列，而不是 value。",
            )
        return self._field(Derived(column, call.name, int(place)), shown)

    def _aggregate(self, node: Aggregate, scope: Scope) -> Piece:
        if not scope.grouped:
            raise invalid(
                f"{write_expression(node)} cannot stand here: WHERE looks at single rows. Use"
                " HAVING, or a query in parentheses.",
                f"{write_expression(node)} 不能用在这里：WHERE 只看单行，请用 HAVING 或括号中的"
                "子查询。",
            )
        if node.argument is None:
            return Piece("count(*)::DOUBLE", "number")
        inner = self.piece(node.argument, replace(scope, grouped=False))
        distinct = "DISTINCT " if node.distinct else ""
        sql = f"{_AGGREGATES.get(node.name, node.name.lower())}({distinct}{inner.sql})"
        if node.name == "COUNT":
            return Piece(f"{sql}::DOUBLE", "number")
        if node.name not in ("MIN", "MAX") or inner.sort != "date":
            need("number", inner, node.name, node.argument)
        if node.name == "SUM":
            self._must_add_up(node.argument)
        return Piece(sql, inner.sort, inner.like)

    def _must_add_up(self, node: Expression) -> None:
        """Raises:
        InvalidQuery: a column of years, places in an order or times of day: no sum of them means
            anything.
        """
        kind = self.table.column(node.name).kind if isinstance(node, Column) else None
        if kind in ("year", "rank", "time"):
            text = write_expression(node)
            raise invalid(
                f"{text} holds {_WORDS_OF[kind][0]}: their sum means nothing. Use COUNT, AVG, MIN"
                " or MAX.",
                f"{text} 是{_WORDS_OF[kind][1]}，相加没有意义。请用 COUNT、AVG、MIN 或 MAX。",
            )

    def _round(self, arguments: tuple[Expression, ...], scope: Scope) -> Piece:
        inner = need("number", self.piece(arguments[0], scope), "ROUND", arguments[0])
        digits = arguments[1] if len(arguments) == 2 else Number(0)
        if not isinstance(digits, Number) or digits.value not in range(_MOST_DIGITS + 1):
            raise invalid(
                f"ROUND needs a number of digits from 0 to {_MOST_DIGITS}.",
                f"ROUND 的小数位数须为 0 到 {_MOST_DIGITS} 的整数。",
            )
        # A little outwards first: 2.675 is a little less in binary, and people round it up.
        return replace(inner, sql=f"round({inner.sql} * {_OUTWARDS}, {int(digits.value)})")

    def _compute(self, node: Compute, scope: Scope) -> Piece:
        left, right = self.piece(node.left, scope), self.piece(node.right, scope)
        if node.operator == "-" and left.sort == right.sort == "date":
            return Piece(f"({left.sql} - {right.sql})", "number")
        need("number", left, node.operator, node.left)
        need("number", right, node.operator, node.right)
        if node.operator == "/":
            return Piece(f"({left.sql} / nullif({right.sql}, 0))", "number")
        same = left.like if left.like == right.like else None
        like = same if node.operator in "+-" else None
        return Piece(f"({left.sql} {node.operator} {right.sql})", "number", like)

    def _case(self, node: Case, scope: Scope, shown: bool) -> Piece:
        parts = ["CASE"]
        sorts: set[Meaning] = set()
        for when, then in node.branches:
            value = self.piece(then, scope, shown=shown)
            sorts.add(value.sort)
            parts.append(f"WHEN {self.condition(when, scope)} THEN {value.sql}")
        if node.otherwise is not None:
            value = self.piece(node.otherwise, scope, shown=shown)
            sorts.add(value.sort)
            parts.append(f"ELSE {value.sql}")
        if len(sorts) > 1:
            raise invalid(
                "The values of CASE must be all numbers, all texts or all dates.",
                "CASE 的各个取值须同为数字、同为文本或同为日期。",
            )
        return Piece(f"({' '.join(parts)} END)", sorts.pop())

    # --- conditions -----------------------------------------------------------------------

    def _truth(self, node: Expression, scope: Scope) -> str:
        match node:
            case Not(inner):
                return f"(NOT {self.condition(inner, scope)})"
            case Logic(operator, left, right):
                return f"({self.condition(left, scope)} {operator} {self.condition(right, scope)})"
            case Exists(query):
                return self.exists(query)
            case Compare(operator, left, right):
                return self._compare(operator, left, right, scope)
            case Between(subject, low, high, negated):
                ends = self._compare(">=", subject, low, scope)
                sql = f"({ends} AND {self._compare('<=', subject, high, scope)})"
            case Member(subject, Query() as query, negated):
                piece, found = self.piece(subject, scope), self.one_value(query)
                no_mix(piece, found, subject, Scalar(query))
                sql = f"({piece.sql} IN ({found.sql}))"
            case Member(subject, tuple() as options, negated):
                each = [self._compare("=", subject, option, scope) for option in options]
                sql = f"({' OR '.join(each)})"
            case Like(subject, pattern, negated):
                sql = self._like(subject, pattern, scope)
            case IsNull(subject, negated):
                sql = f"({self._held(subject, scope)} IS NULL)"
            case _:
                raise TypeError(f"{type(node).__name__} is no expression")
        return f"(NOT {sql})" if negated else sql

    def _compare(
        self, operator: Operator, left: Expression, right: Expression, scope: Scope
    ) -> str:
        if isinstance(left, Text | Number) and not isinstance(right, Text | Number):
            turned: dict[Operator, Operator] = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
            return self._compare(turned.get(operator, operator), right, left, scope)
        piece = self.piece(left, scope)
        if piece.sort == "number" and isinstance(right, Text):
            number = self._number_beside(left, right.value)
            if number is None and operator in ("=", "!=") and isinstance(left, Column):
                self._must_be_key(left, scope)
                text = self._field(Derived(piece.like or left.name, "TEXT"), shown=False)
                return f"({text.sql} {operator} {self.piece(right, scope).sql})"
            if number is None:
                raise invalid(
                    f"{write_expression(left)[:80]} is a number; '{right.value[:80]}' is none.",
                    f"{write_expression(left)[:80]} 是数字，而 '{right.value[:80]}' 不是数字。",
                )
            return f"({piece.sql} {operator} {self.fields.bind(number)}::DOUBLE)"
        if piece.sort == "date" and isinstance(right, Text | Number):
            text_of = right.value if isinstance(right, Text) else write_expression(right)
            period = as_period(text_of)
            if period is None and isinstance(left, Column):
                period = period_in(self.table.column(left.name), text_of)
            if period is None:
                raise invalid(
                    f"{write_expression(left)[:80]} is a date; '{text_of[:80]}' is none. Write"
                    " '2024-05-31', '2024-05' or 2024.",
                    f"{write_expression(left)[:80]} 是日期，而 '{text_of[:80]}' 不是日期。请写成"
                    " '2024-05-31'、'2024-05' 或 2024。",
                )
            return compare_period(self.fields, piece.sql, operator, period)
        other = self.piece(right, scope)
        no_mix(piece, other, left, right)
        if piece.sort == "text" and operator not in ("=", "!="):
            no_number_in_text(left, right)
        return f"({piece.sql} {operator} {other.sql})"

    def _number_beside(self, left: Expression, text: str) -> float | None:
        """What a text means beside a number: beside a column what it would mean in it."""
        if isinstance(left, Column):
            return number_in(self.table.column(left.name), text)
        return as_number(text)

    def _like(self, subject: Expression, pattern: str, scope: Scope) -> str:
        piece = self.piece(subject, scope)
        if piece.sort != "text" and isinstance(subject, Column):
            piece = self._field(Derived(piece.like or subject.name, "TEXT"), shown=False)
        need("text", piece, "LIKE", subject)
        regex = self.fields.bind(like_regex(pattern))
        return f"regexp_full_match({piece.sql}, {regex}::VARCHAR, 's')"

    def _held(self, subject: Expression, scope: Scope) -> str:
        """What is NULL where the subject is missing. A cell that is no number in a column of
        numbers is not."""
        piece = self.piece(subject, scope)
        if isinstance(subject, Column) and not scope.grouped:
            return self._field(Derived(piece.like or subject.name, "HELD"), shown=False).sql
        return piece.sql
