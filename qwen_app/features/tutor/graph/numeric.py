"""The value of an expression as a number, for drawing: fast, bounded, and NaN where there is none.

Nothing is evaluated but our own trees. Floats are the only numbers here, so no power and no
factorial can grow without end.
"""

import math
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from qwen_app.features.tutor.reading.tree import (
    Apply,
    Binary,
    Call,
    Constant,
    Expression,
    Negative,
    Number,
    Percent,
    Symbol,
)

Values: TypeAlias = tuple[float, ...]
Function: TypeAlias = Callable[[Values], float]
"""The value where the variables have these values; NaN where it is not defined or not real."""

Definitions: TypeAlias = Mapping[str, tuple[Symbol, Expression]]
"""Functions that the text defines: name to variable and value."""

NAN: Final = math.nan
_MOST_NESTED: Final = 5
"""Definitions that use one another."""


def compiled(
    expression: Expression, variables: tuple[Symbol, ...], definitions: Definitions | None = None
) -> Function | None:
    """A function of the variables, in their order; None where the expression has anything else
    in it, or what has no value on an axis (units, sets, derivatives)."""
    return _compiled(expression, variables, definitions or {}, 0)


def _compiled(
    tree: Expression, variables: tuple[Symbol, ...], known: Definitions, depth: int
) -> Function | None:
    def inner(*trees: Expression) -> list[Function] | None:
        made = [_compiled(each, variables, known, depth) for each in trees]
        functions = [function for function in made if function is not None]
        return functions if len(functions) == len(made) else None

    match tree:
        case Number():
            return _always(float(tree.value))
        case Constant(name):
            value = {"pi": math.pi, "e": math.e}.get(name)
            return None if value is None else _always(value)
        case Symbol():
            if tree not in variables:
                return None
            at = variables.index(tree)
            return lambda values: values[at]
        case Negative(of):
            if (parts := inner(of)) is None:
                return None
            (f,) = parts
            return lambda values: -f(values)
        case Percent(of):
            if (parts := inner(of)) is None:
                return None
            (f,) = parts
            return lambda values: f(values) / 100
        case Binary("^", base, exponent):
            if (parts := inner(base, exponent)) is None:
                return None
            power = _power_of(exponent)
            f, g = parts
            return lambda values: power(f(values), g(values))
        case Binary(operator, left, right):
            if (parts := inner(left, right)) is None:
                return None
            operation = _OPERATIONS[operator]
            f, g = parts
            return lambda values: operation(f(values), g(values))
        case Call(name, arguments):
            call = _CALLS.get(name)
            parts = inner(*arguments)
            return None if call is None or parts is None else _applied(call, parts)
        case Apply(name, (argument,), 0) if name in known and depth < _MOST_NESTED:
            variable, body = known[name]
            defined = _compiled(body, (variable,), known, depth + 1)
            if defined is None or (parts := inner(argument)) is None:
                return None
            (f,) = parts
            return lambda values: defined((f(values),))
        case _:
            return None


def _always(value: float) -> Function:
    return lambda _: value


def _applied(call: Callable[..., float], parts: list[Function]) -> Function:
    def value(values: Values) -> float:
        numbers = [part(values) for part in parts]
        if any(math.isnan(number) for number in numbers):
            return NAN
        try:
            return call(*numbers)
        except (ValueError, OverflowError, ZeroDivisionError):
            return NAN

    return value


def _divide(a: float, b: float) -> float:
    return a / b if b else NAN


def _remainder(a: float, b: float) -> float:
    return a % b if b and math.isfinite(a) else NAN


def _add(a: float, b: float) -> float:
    return a + b


def _subtract(a: float, b: float) -> float:
    return a - b


def _multiply(a: float, b: float) -> float:
    return a * b


_OPERATIONS: Final[dict[str, Callable[[float, float], float]]] = {
    "+": _add,
    "-": _subtract,
    "*": _multiply,
    "/": _divide,
    "mod": _remainder,
}


def _power(base: float, exponent: float) -> float:
    if base < 0 and not exponent.is_integer():
        return NAN
    try:
        return math.pow(base, exponent)
    except (OverflowError, ValueError, ZeroDivisionError):
        return NAN


def _power_of(exponent: Expression) -> Callable[[float, float], float]:
    """Powers with this exponent. Odd roots of negative numbers are real: x^(1/3)."""
    match exponent:
        case Binary("/", Number(above), Number(below)) if above.denominator == 1:
            return _rational_power(int(above), int(below)) if below.denominator == 1 else _power
        case Number(value) if value.denominator % 2:
            return _rational_power(value.numerator, value.denominator)
        case _:
            return _power


def _rational_power(above: int, below: int) -> Callable[[float, float], float]:
    if below % 2 == 0 or not below:
        return _power
    sign = -1 if above % 2 else 1

    def power(base: float, exponent: float) -> float:
        if base >= 0 or below == 1:
            return _power(base, exponent)
        return sign * _power(-base, exponent)

    return power


def _root(radicand: float, degree: float) -> float:
    if not degree.is_integer() or degree < 1:
        return NAN
    return _rational_power(1, int(degree))(radicand, 1 / degree)


def _log(argument: float, base: float = 10.0) -> float:
    return math.log(argument) / math.log(base)


_CALLS: Final[dict[str, Callable[..., float]]] = {
    "sqrt": math.sqrt,
    "root": _root,
    "abs": abs,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "cot": lambda x: 1 / math.tan(x),
    "sec": lambda x: 1 / math.cos(x),
    "csc": lambda x: 1 / math.sin(x),
    "arcsin": math.asin,
    "arccos": math.acos,
    "arctan": math.atan,
    "ln": math.log,
    "lg": math.log10,
    "log": _log,
    "exp": math.exp,
    "floor": math.floor,
    "ceil": math.ceil,
    "max": max,
    "min": min,
}
PERIODIC: Final = frozenset({"sin", "cos", "tan", "cot", "sec", "csc"})
