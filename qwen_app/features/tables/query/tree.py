"""What a query consists of. `parse` makes trees from text, `write` text from trees."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Operator = Literal["=", "!=", "<", "<=", ">", ">="]
Arithmetic = Literal["+", "-", "*", "/"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table, by its name."""

    name: str


@dataclass(frozen=True, slots=True)
class Pseudo:
    """``row``: the number of the row; ``name`` and ``value``: see the package's docstring."""

    name: Literal["row", "name", "value"]


@dataclass(frozen=True, slots=True)
class Number:
    """Finite; an int where it is whole."""

    value: int | float


@dataclass(frozen=True, slots=True)
class Text:
    value: str


@dataclass(frozen=True, slots=True)
class Compute:
    operator: Arithmetic
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, slots=True)
class Negative:
    inner: "Expression"


@dataclass(frozen=True, slots=True)
class Call:
    """A function that is no aggregate; ``name`` is in capitals."""

    name: str
    arguments: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Aggregate:
    """``argument`` None is ``*``."""

    name: str
    argument: "Expression | None"
    distinct: bool = False


@dataclass(frozen=True, slots=True)
class Compare:
    operator: Operator
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, slots=True)
class Between:
    subject: "Expression"
    low: "Expression"
    high: "Expression"
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """``IN``: a list, or one query that gives it."""

    subject: "Expression"
    options: "tuple[Expression, ...] | Query"
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Like:
    subject: "Expression"
    pattern: str
    negated: bool = False


@dataclass(frozen=True, slots=True)
class IsNull:
    subject: "Expression"
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Not:
    inner: "Expression"


@dataclass(frozen=True, slots=True)
class Logic:
    operator: Literal["AND", "OR"]
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, slots=True)
class Exists:
    query: "Query"


@dataclass(frozen=True, slots=True)
class Scalar:
    """A query that gives one value."""

    query: "Query"


@dataclass(frozen=True, slots=True)
class Case:
    branches: tuple[tuple["Expression", "Expression"], ...]
    """(condition, value), at least one."""
    otherwise: "Expression | None" = None


Expression: TypeAlias = (
    Column
    | Pseudo
    | Number
    | Text
    | Compute
    | Negative
    | Call
    | Aggregate
    | Compare
    | Between
    | Member
    | Like
    | IsNull
    | Not
    | Logic
    | Exists
    | Scalar
    | Case
)


@dataclass(frozen=True, slots=True)
class Order:
    by: Expression
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    outputs: tuple[Expression, ...]
    """Empty is ``*``."""
    source: 'Literal["t", "cells"] | Query | None' = "t"
    """None: no FROM, one row."""
    distinct: bool = False
    where: Expression | None = None
    group: tuple[Expression, ...] = ()
    having: Expression | None = None
    order: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int = 0


AGGREGATES = ("COUNT", "SUM", "AVG", "MIN", "MAX", "MEDIAN")

FUNCTIONS: dict[str, tuple[int, int]] = {
    "ROUND": (1, 2),
    "ABS": (1, 1),
    "NUMBER": (1, 2),
    "PART": (2, 2),
    "PARTS": (1, 1),
    "YEAR": (1, 1),
    "MONTH": (1, 1),
    "DAY": (1, 1),
    "LENGTH": (1, 1),
    "PREV": (1, 1),
    "NEXT": (1, 1),
    "RUN": (1, 1),
    "HAS": (2, 2),
}
"""Each function with the fewest and most arguments."""


def children(expression: Expression) -> tuple[Expression, ...]:
    """The expressions directly inside, those of inner queries left out."""
    match expression:
        case Compute(left=left, right=right) | Compare(left=left, right=right):
            return left, right
        case Logic(left=left, right=right):
            return left, right
        case Negative(inner) | Not(inner):
            return (inner,)
        case Call(arguments=arguments):
            return arguments
        case Aggregate(argument=argument):
            return () if argument is None else (argument,)
        case Between(subject, low, high):
            return subject, low, high
        case Member(subject, options):
            return (subject,) if isinstance(options, Query) else (subject, *options)
        case Like(subject=subject) | IsNull(subject=subject):
            return (subject,)
        case Case(branches, otherwise):
            last = () if otherwise is None else (otherwise,)
            return tuple(part for branch in branches for part in branch) + last
        case _:
            return ()


def queries(expression: Expression) -> tuple[Query, ...]:
    """The queries directly inside an expression, not those inside its children."""
    match expression:
        case Scalar(query) | Exists(query):
            return (query,)
        case Member(options=Query() as query):
            return (query,)
        case _:
            return ()


def expressions(query: Query) -> tuple[Expression, ...]:
    """The expressions directly in a query, in the order in which they are written."""
    optional = (query.where, *query.group, query.having, *(order.by for order in query.order))
    return query.outputs + tuple(part for part in optional if part is not None)


def walk(expression: Expression) -> tuple[Expression, ...]:
    """The expression and everything inside it, inner queries left out."""
    found = [expression]
    for node in found:
        found.extend(children(node))
    return tuple(found)


def has_aggregate(expression: Expression) -> bool:
    return any(isinstance(node, Aggregate) for node in walk(expression))


def is_aggregating(query: Query) -> bool:
    """Whether rows are put together: grouped, or counted as a whole."""
    return bool(query.group) or any(map(has_aggregate, expressions(query)))
