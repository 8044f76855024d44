"""How exact a computed figure is.

The database computes in binary, where 35000.45 - 35000.4 leaves 0.0499999999956. What the cells'
own decimal places say about the result puts that right.
"""

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from qwen_app.features.tables.query.tree import (
    Aggregate,
    Call,
    Column,
    Compute,
    Expression,
    Negative,
    Number,
    Pseudo,
    Scalar,
)
from qwen_app.features.tables.table import Column as TableColumn
from qwen_app.features.tables.table import Table

LARGEST_EXACT: Final = 10**15
"""From here on figures have more digits than binary holds; after the fifteenth they are noughts."""
_MOST_PLACES: Final = 9
_WHOLE: Final = frozenset({"PARTS", "YEAR", "MONTH", "DAY", "LENGTH", "RUN"})


def places_of(column: TableColumn) -> int:
    """Decimal places that the column's values have."""
    places = 0
    for value in column.values:
        if isinstance(value, Decimal):
            exponent = value.normalize().as_tuple().exponent
            places = max(places, -exponent if isinstance(exponent, int) else 0)
    return places


def exact_places(node: Expression, table: Table) -> int | None:
    """Decimal places that the exact result can have; None where there may be endlessly many, or
    more than binary holds."""
    places = _places(node, table)
    return places if places is None or places <= _MOST_PLACES else None


def _places(node: Expression, table: Table) -> int | None:
    match node:
        case Column(name):
            return places_of(table.column(name))
        case Number(value):
            exponent = Decimal(repr(value)).normalize().as_tuple().exponent
            return max(0, -exponent) if isinstance(exponent, int) else None
        case Pseudo("row") | Aggregate("COUNT"):
            return 0
        case Aggregate("SUM" | "MIN" | "MAX", argument) if argument is not None:
            return _places(argument, table)
        case Negative(inner) | Call("ABS" | "PREV" | "NEXT", (inner, *_)):
            return _places(inner, table)
        case Call("ROUND", (_, Number(digits))):
            return int(digits)
        case Call("ROUND", (_,)):
            return 0
        case Call(name) if name in _WHOLE:
            return 0
        case Compute("+" | "-" | "*" as operator, left, right):
            one, other = _places(left, table), _places(right, table)
            if one is None or other is None:
                return None
            return one + other if operator == "*" else max(one, other)
        case Scalar(query) if len(query.outputs) == 1 and query.source in ("t", None):
            return _places(query.outputs[0], table)
        case _:
            return None


def as_decimal(number: float, places: int | None) -> int | Decimal:
    """A finite number of the database without what binary adds to it; whole ones as int."""
    if number.is_integer() and abs(number) < LARGEST_EXACT:
        return int(number)
    exact = Decimal(repr(number))
    if places is not None and abs(number) < LARGEST_EXACT:
        exact = exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    else:
        # What is off in binary comes after the twelfth digit, in large numbers after the last.
        exact = Decimal(f"{number:.{12 if abs(number) < 1e9 else 15}g}")
    return int(exact) if exact == exact.to_integral_value() else exact
