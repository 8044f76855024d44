"""The one way of writing a query: what the grammar allows, the training data teaches and the
page shows."""

from decimal import Decimal

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
    Order,
    Pseudo,
    Query,
    Scalar,
    Text,
)

# How tightly each binds; what binds less tightly than its place asks for gets parentheses.
_OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _SIGN, _ATOM = range(8)


def write(query: Query) -> str:
    """The text of a query; ``parse(write(query)) == query``."""
    outputs = ", ".join(_any(output) for output in query.outputs) or "*"
    parts = ["SELECT DISTINCT" if query.distinct else "SELECT", outputs]
    if isinstance(query.source, Query):
        parts.append(f"FROM ({write(query.source)})")
    elif query.source is not None:
        parts.append(f"FROM {query.source}")
    if query.where is not None:
        parts.append(f"WHERE {_any(query.where)}")
    if query.group:
        parts.append("GROUP BY " + ", ".join(map(_any, query.group)))
    if query.having is not None:
        parts.append(f"HAVING {_any(query.having)}")
    if query.order:
        parts.append("ORDER BY " + ", ".join(map(_order, query.order)))
    if query.limit is not None:
        parts.append(f"LIMIT {query.limit}")
    if query.offset:
        parts.append(f"OFFSET {query.offset}")
    return " ".join(parts)


def write_name(name: str) -> str:
    """A column's name as it stands in a query."""
    return '"' + name.replace('"', '""') + '"'


def write_text(text: str) -> str:
    """A text as it stands in a query."""
    return "'" + text.replace("'", "''") + "'"


def write_number(value: int | float) -> str:
    """Digits without an exponent."""
    if isinstance(value, int):
        return str(value)
    return format(Decimal(repr(value)), "f")  # the shortest digits that give the value back


def write_expression(expression: Expression) -> str:
    """The text of an expression as it stands in a query."""
    return _any(expression)


def _any(expression: Expression) -> str:
    return _write(expression)[0]


def _order(order: Order) -> str:
    return _any(order.by) + (" DESC" if order.descending else "")


def _at_least(expression: Expression, level: int) -> str:
    text, own = _write(expression)
    return text if own >= level else f"({text})"


def _write(expression: Expression) -> tuple[str, int]:
    """(text, how tightly it binds)"""
    match expression:
        case Column(name):
            return write_name(name), _ATOM
        case Pseudo(name):
            return name, _ATOM
        case Number(value):
            return write_number(value), _ATOM if value >= 0 else _SIGN
        case Text(value):
            return write_text(value), _ATOM
        case Call(name, arguments):
            return f"{name}({', '.join(map(_any, arguments))})", _ATOM
        case Aggregate(name, argument, distinct):
            inner = "*" if argument is None else _any(argument)
            return f"{name}({'DISTINCT ' if distinct else ''}{inner})", _ATOM
        case Scalar(query):
            return f"({write(query)})", _ATOM
        case Exists(query):
            return f"EXISTS ({write(query)})", _ATOM
        case Case(branches, otherwise):
            parts = [f"WHEN {_any(when)} THEN {_any(then)}" for when, then in branches]
            last = [] if otherwise is None else [f"ELSE {_any(otherwise)}"]
            return " ".join(["CASE", *parts, *last, "END"]), _ATOM
        case Negative(inner):
            return "-" + _at_least(inner, _ATOM), _SIGN
        case Compute(operator, left, right):
            level = _SUM if operator in "+-" else _PRODUCT
            # The right side one step tighter: a - (b - c) keeps its parentheses.
            return (
                f"{_at_least(left, level)} {operator} {_at_least(right, level + 1)}",
                level,
            )
        case Not(inner):
            return f"NOT {_at_least(inner, _NOT)}", _NOT
        case Logic(operator, left, right):
            level = _AND if operator == "AND" else _OR
            return f"{_at_least(left, level)} {operator} {_at_least(right, level + 1)}", level
        case _:
            return _condition(expression), _COMPARE


def _condition(expression: Expression) -> str:
    match expression:
        case Compare(operator, left, right):
            return f"{_at_least(left, _SUM)} {operator} {_at_least(right, _SUM)}"
        case Between(subject, low, high, negated):
            word = "NOT BETWEEN" if negated else "BETWEEN"
            ends = f"{_at_least(low, _SUM)} AND {_at_least(high, _SUM)}"
            return f"{_at_least(subject, _SUM)} {word} {ends}"
        case Member(subject, options, negated):
            word = "NOT IN" if negated else "IN"
            inner = (
                write(options)
                if isinstance(options, Query)
                else ", ".join(_at_least(each, _SUM) for each in options)
            )
            return f"{_at_least(subject, _SUM)} {word} ({inner})"
        case Like(subject, pattern, negated):
            word = "NOT LIKE" if negated else "LIKE"
            return f"{_at_least(subject, _SUM)} {word} {write_text(pattern)}"
        case IsNull(subject, negated):
            return f"{_at_least(subject, _SUM)} IS {'NOT NULL' if negated else 'NULL'}"
        case _:
            raise TypeError(f"{type(expression).__name__} is no condition")
