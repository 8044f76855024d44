"""From trees to SymPy's expressions. Only the process that holds SymPy imports this module.

Letters stand for real numbers. Degrees become radians, other units are left out. Nothing is built
whose size could get out of hand: such a tree is `TooHardError`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import sympy

from qwen_app.features.tutor.checking.knowledge import Definition
from qwen_app.features.tutor.checking.units import Dimensions, dimensions_of
from qwen_app.features.tutor.reading import tree

MOST_BITS = 20_000
"""Of a power of numbers."""
MOST_EXPONENT = 60
"""Of a sum: more could take long to expand."""
MOST_FACTORIAL = 500
MOST_TERMS = 2000
"""Of a sum or product that is added up term by term."""

_DEGREE = "°"


class TooHardError(Exception):
    """It is beyond what is decided: a kind of expression, its size, or something nobody defined."""


@dataclass(frozen=True, slots=True)
class Manner:
    """What is meant by what people write in two ways: a bare number in sin 30, log without a base,
    3.14 for π."""

    degrees: bool = False
    natural_log: bool = False
    pi: Fraction | None = None


@dataclass(slots=True)
class Converter:
    definitions: Mapping[str, Definition] = field(default_factory=dict)
    manner: Manner = Manner()
    _units: dict[Dimensions, Fraction] = field(default_factory=dict)
    _depth: int = 0

    def of(self, node: tree.Expression) -> Any:
        """A SymPy expression. Raises `TooHardError`."""
        match node:
            case tree.Number(value=value, continues=False):
                return sympy.Rational(value.numerator, value.denominator)
            case tree.Symbol():
                return symbol(node)
            case tree.Blank():
                return sympy.Symbol("□", real=True)
            case tree.Constant(name):
                return self._constant(name)
            case tree.Negative(inner):
                return -self.of(inner)
            case tree.Binary(operator, left, right):
                return self._binary(operator, self.of(left), self.of(right))
            case tree.Percent(inner):
                return self.of(inner) / 100
            case tree.Quantity(inner, unit):
                return self._quantity(inner, unit)
            case tree.Compound(parts):
                return self._compound(parts)
            case tree.Ratio((first, second)):
                return self.of(first) / self.of(second)
            case tree.Call(name, arguments):
                return self._call(name, arguments)
            case tree.Apply(name, arguments, order):
                return self._apply(name, [self.of(argument) for argument in arguments], order)
            case _:
                return self._calculus(node)

    def _constant(self, name: str) -> Any:
        if name == "pi" and self.manner.pi is not None:
            return sympy.Rational(self.manner.pi.numerator, self.manner.pi.denominator)
        return {"pi": sympy.pi, "e": sympy.E, "oo": sympy.oo, "i": sympy.I}[name]

    def _binary(self, operator: str, left: Any, right: Any) -> Any:
        match operator:
            case "+":
                return left + right
            case "-":
                return left - right
            case "*":
                return left * right
            case "/":
                if right == 0:
                    raise TooHardError
                return left / right
            case "^":
                return power(left, right)
            case _:
                if not (left.is_Integer and right.is_Integer and right != 0):
                    raise TooHardError
                return left % right

    def _quantity(self, inner: tree.Expression, unit: tree.Unit) -> Any:
        if unit.factors == ((_DEGREE, 1),):
            return self.of(inner) * sympy.pi / 180
        factor, dimensions = dimensions_of(unit)
        if dimensions and self._units.setdefault(dimensions, factor) != factor:
            raise TooHardError  # metres and centimetres: their numbers do not add up
        return self.of(inner)

    def _compound(self, parts: tuple[tree.Quantity, ...]) -> Any:
        """In the last of its units."""
        last, dimensions = dimensions_of(parts[-1].unit)
        if dimensions and self._units.setdefault(dimensions, last) != last:
            raise TooHardError
        total = sympy.Integer(0)
        for part in parts:
            factor, own = dimensions_of(part.unit)
            if own != dimensions or not own:
                raise TooHardError
            scale = factor / last
            total += self.of(part.inner) * sympy.Rational(scale.numerator, scale.denominator)
        return total

    def _call(self, name: str, arguments: tuple[tree.Expression, ...]) -> Any:
        values = [self.of(argument) for argument in arguments]
        if name in _TRIGONOMETRIC:
            value = values[0]
            if self.manner.degrees and value.is_Rational:
                value = value * sympy.pi / 180
            return _TRIGONOMETRIC[name](value)
        if name == "log" and len(values) == 1:
            return sympy.log(values[0]) if self.manner.natural_log else sympy.log(values[0], 10)
        if name in _FUNCTIONS:
            return _FUNCTIONS[name](*values)
        return counted(name, values)

    def _apply(self, name: str, values: list[Any], order: int) -> Any:
        definition = self.definitions.get(name)
        if definition is None or len(definition.parameters) != len(values) or self._depth > 8:
            if order or len(values) != 1:
                raise TooHardError
            return sympy.Function(name, real=True)(*values)
        if order and len(values) != 1:
            raise TooHardError
        parameters = [symbol(parameter) for parameter in definition.parameters]
        self._depth += 1
        body = self.of(definition.body)
        self._depth -= 1
        if order:
            body = sympy.diff(body, parameters[0], order)
        return body.subs(dict(zip(parameters, values, strict=True)), simultaneous=True)

    def _calculus(self, node: tree.Expression) -> Any:
        match node:
            case tree.Derivative(inner, variable, order):
                return self._derivative(inner, variable, order)
            case tree.Integral(inner, variable, None, None):
                return sympy.Integral(self.of(inner), symbol(variable))
            case tree.Integral(inner, variable, lower, upper) if lower and upper:
                bounds = (symbol(variable), self.of(lower), self.of(upper))
                return sympy.Integral(self.of(inner), bounds).doit()
            case tree.Evaluated(inner, lower, upper):
                body = self.of(inner)
                (variable,) = body.free_symbols or {sympy.Symbol("x", real=True)}
                return body.subs(variable, self.of(upper)) - body.subs(variable, self.of(lower))
            case tree.Limit(inner, variable, to, side):
                point = self.of(to)
                direction = side or ("+-" if point.is_finite else "+" if point < 0 else "-")
                return sympy.limit(self.of(inner), symbol(variable), point, direction)
            case tree.Series():
                return self._series(node)
            case _:
                raise TooHardError

    def _derivative(self, inner: tree.Expression, variable: tree.Symbol | None, order: int) -> Any:
        body = self.of(inner)
        if isinstance(inner, tree.Symbol):
            definition = self.definitions.get(name_of(inner))
            if definition is None or definition.parameters:
                raise TooHardError
            body = self.of(definition.body)
        if variable is not None:
            return sympy.diff(body, symbol(variable), order)
        if len(body.free_symbols) > 1:
            raise TooHardError
        if not body.free_symbols:
            return sympy.Integer(0)
        return sympy.diff(body, next(iter(body.free_symbols)), order)

    def _series(self, node: tree.Series) -> Any:
        body, index = self.of(node.inner), symbol(node.variable)
        lower, upper = self.of(node.lower), self.of(node.upper)
        if lower.is_Integer and upper.is_Integer:
            if upper - lower > MOST_TERMS:
                if node.kind == "product":
                    raise TooHardError
                return sympy.summation(body, (index, lower, upper))
            terms = [body.subs(index, number) for number in range(int(lower), int(upper) + 1)]
            return sympy.Add(*terms) if node.kind == "sum" else sympy.Mul(*terms)
        compute = sympy.summation if node.kind == "sum" else sympy.product
        return compute(body, (index, lower, upper))


def name_of(letter: tree.Symbol) -> str:
    return f"{letter.name}_{letter.index}" if letter.index else letter.name


def symbol(letter: tree.Symbol) -> Any:
    return sympy.Symbol(name_of(letter), real=True)


def power(base: Any, exponent: Any) -> Any:
    """Raises `TooHardError` for what would be too big."""
    if exponent.is_Rational and base.is_Rational:
        if base == 0 and exponent <= 0:
            raise TooHardError
        bits = max(int(base.p).bit_length(), int(base.q).bit_length())
        if bits > 1 and abs(exponent) * bits > MOST_BITS:
            raise TooHardError
    elif exponent.is_Rational:
        degree = abs(exponent) * _degree(base)
        if degree > MOST_EXPONENT:
            raise TooHardError
    elif exponent.is_number and abs(sympy.N(exponent, 5)) > 1000:
        raise TooHardError
    return base**exponent


def _degree(base: Any) -> Any:
    """How much a power of it grows; 1 of a letter."""
    if base.is_Pow and base.exp.is_Rational:
        return abs(base.exp) * _degree(base.base)
    return max((_degree(part) for part in base.args), default=1) if base.args else 1


def counted(name: str, values: list[Any]) -> Any:
    """Functions of whole numbers."""
    if not all(value.is_Integer for value in values):
        raise TooHardError
    if name in ("gcd", "lcm"):
        return sympy.igcd(*values) if name == "gcd" else sympy.ilcm(*values)
    if not all(0 <= value <= MOST_FACTORIAL for value in values):
        raise TooHardError
    if name == "factorial":
        return sympy.factorial(values[0])
    if name == "binomial":
        return sympy.binomial(*values)
    if name == "permutations":
        return sympy.ff(*values)
    raise TooHardError


def _root(radicand: Any, degree: Any) -> Any:
    if not degree.is_Integer or not 2 <= degree <= MOST_EXPONENT:
        raise TooHardError
    # The real root: that of -8 is -2, and not a complex number.
    return sympy.real_root(radicand, degree) if degree % 2 else sympy.root(radicand, degree)


def _logarithm(value: Any, base: Any) -> Any:
    return sympy.log(value, base)


_TRIGONOMETRIC: dict[str, Callable[[Any], Any]] = {
    "sin": sympy.sin,
    "cos": sympy.cos,
    "tan": sympy.tan,
    "cot": sympy.cot,
    "sec": sympy.sec,
    "csc": sympy.csc,
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "sqrt": sympy.sqrt,
    "root": _root,
    "abs": sympy.Abs,
    "arcsin": sympy.asin,
    "arccos": sympy.acos,
    "arctan": sympy.atan,
    "ln": sympy.log,
    "lg": lambda value: sympy.log(value, 10),
    "log": _logarithm,
    "exp": lambda value: power(sympy.E, value),
    "floor": sympy.floor,
    "ceil": sympy.ceiling,
    "max": sympy.Max,
    "min": sympy.Min,
}
