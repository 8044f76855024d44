"""What mathematics consists of once it is read: expressions, statements, and what a problem asks.

Trees say what is written and do not judge it: ``1/0`` is a tree. They are bounded (see `limits`),
so whoever walks one may recurse. Fields that only say how something was written do not take part
in comparisons: ``½``, ``1/2`` and ``\\frac12`` are equal trees.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class Number:
    """Never negative; a mixed number (``1 1/2``, ``1½``) is one too."""

    value: Fraction
    decimals: int | None
    """Places written after the point, 0 of a whole number: 2 of ``3.50``. None: exact whatever
    the digits, as mixed numbers are."""
    text: str = field(default="", compare=False)
    """As written, without separators of thousands."""
    continues: bool = False
    """Dots follow, the digits go on: ``0.333...``"""


@dataclass(frozen=True, slots=True)
class Symbol:
    """A letter, or words that stand for a quantity: ``x``, ``x_1``, ``∠A``, ``total cost``."""

    name: str
    index: str = ""
    """Written below the line: ``1`` of ``x₁``, ``圆`` of ``S_圆``."""

    @property
    def is_word(self) -> bool:
        """Whether it is written in words; such a symbol has its value from the chain alone."""
        name = self.name.lstrip("∠△")
        return (len(name) > 1 and name not in GREEK) or "\u4e00" <= name[:1] <= "\u9fff"


@dataclass(frozen=True, slots=True)
class Blank:
    """A place to be filled in: ``□``, ``?``, ``(  )``, ``___``, 多少."""


@dataclass(frozen=True, slots=True)
class Constant:
    name: Literal["pi", "e", "oo", "i"]


@dataclass(frozen=True, slots=True)
class Negative:
    inner: "Expression"


@dataclass(frozen=True, slots=True)
class Binary:
    """``mod`` is the remainder of a division, ``^`` a power."""

    operator: Literal["+", "-", "*", "/", "^", "mod"]
    left: "Expression"
    right: "Expression"
    style: Literal["", "implicit", "of", "fraction"] = field(default="", compare=False)
    """How it was written: ``2x``, ``20% of 50`` (50的20%), a fraction with a bar."""


@dataclass(frozen=True, slots=True)
class PlusMinus:
    """``left ± right``, or ``±right`` where left is None; minus first where ``minus_first``."""

    left: "Expression | None"
    right: "Expression"
    minus_first: bool = False


@dataclass(frozen=True, slots=True)
class Percent:
    """``inner %``; a per mille is a Percent over 10."""

    inner: "Expression"


@dataclass(frozen=True, slots=True)
class Unit:
    """A product of powers: ``km/h`` is (("km", 1), ("h", -1)); money is a unit.

    Known units have the one short name of `units`, whatever language they were written in;
    other words (apples, 个, boxes) are kept as written, in lower case.
    """

    factors: tuple[tuple[str, int], ...]
    text: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Quantity:
    inner: "Expression"
    unit: Unit


@dataclass(frozen=True, slots=True)
class Compound:
    """Quantities written beside each other that are one: ``3小时20分``, ``5 feet 6 inches``."""

    parts: tuple[Quantity, ...]


@dataclass(frozen=True, slots=True)
class Ratio:
    """``3 : 4``, two parts or more."""

    parts: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Remainder:
    """What a division with remainder gives: ``3……2``, ``3余2``, ``3 R 2``."""

    quotient: "Expression"
    remainder: "Expression"


@dataclass(frozen=True, slots=True)
class Call:
    """A function that everybody knows; see `FUNCTIONS`."""

    name: str
    arguments: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Apply:
    """A function that the text defines: ``f(x)``; ``f'(2)`` has order 1."""

    name: str
    arguments: tuple["Expression", ...]
    order: int = 0


@dataclass(frozen=True, slots=True)
class Derivative:
    """``dy/dx``, ``d/dx (x^2)``, ``(x^2)'``, ``y'``; the last two do not say by what (None)."""

    inner: "Expression"
    variable: Symbol | None
    order: int = 1


@dataclass(frozen=True, slots=True)
class Integral:
    """Indefinite where both bounds are None."""

    inner: "Expression"
    variable: Symbol
    lower: "Expression | None" = None
    upper: "Expression | None" = None


@dataclass(frozen=True, slots=True)
class Evaluated:
    """``[x^2]_0^1``: inner at upper, less inner at lower."""

    inner: "Expression"
    lower: "Expression"
    upper: "Expression"


@dataclass(frozen=True, slots=True)
class Limit:
    inner: "Expression"
    variable: Symbol
    to: "Expression"
    side: Literal["", "+", "-"] = ""


@dataclass(frozen=True, slots=True)
class Series:
    """A sum or product over whole numbers from lower to upper."""

    kind: Literal["sum", "product"]
    inner: "Expression"
    variable: Symbol
    lower: "Expression"
    upper: "Expression"


@dataclass(frozen=True, slots=True)
class Tuple:
    """``(1, 2)``: a point, or values in order; as a side also ``2, 3`` (``x = 2, 3``)."""

    items: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class SetOf:
    """``{1, 2}``; no items is the empty set."""

    items: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Interval:
    lower: "Expression"
    upper: "Expression"
    lower_closed: bool
    upper_closed: bool


@dataclass(frozen=True, slots=True)
class Union:
    """Sets or intervals joined by ∪."""

    parts: tuple["Expression", ...]


Expression: TypeAlias = (
    Number
    | Symbol
    | Blank
    | Constant
    | Negative
    | Binary
    | PlusMinus
    | Percent
    | Quantity
    | Compound
    | Ratio
    | Remainder
    | Call
    | Apply
    | Derivative
    | Integral
    | Evaluated
    | Limit
    | Series
    | Tuple
    | SetOf
    | Interval
    | Union
)

FUNCTIONS: dict[str, tuple[int, int | None]] = {
    "sqrt": (1, 1),
    "root": (2, 2),
    "abs": (1, 1),
    "sin": (1, 1),
    "cos": (1, 1),
    "tan": (1, 1),
    "cot": (1, 1),
    "sec": (1, 1),
    "csc": (1, 1),
    "arcsin": (1, 1),
    "arccos": (1, 1),
    "arctan": (1, 1),
    "ln": (1, 1),
    "lg": (1, 1),
    "log": (1, 2),
    "exp": (1, 1),
    "floor": (1, 1),
    "ceil": (1, 1),
    "round": (1, 2),
    "gcd": (2, None),
    "lcm": (2, None),
    "max": (1, None),
    "min": (1, None),
    "factorial": (1, 1),
    "binomial": (2, 2),
    "permutations": (2, 2),
}
"""Each function with the fewest and most arguments (None: any number). ``root`` has (radicand,
degree), ``log`` (argument, base; without base it is 10 by school's custom, and the reader of a
tree may allow e), ``lg`` base 10, ``binomial`` and ``permutations`` (n, k) of ``C(n, k)``,
``A(n, k)``, ``P(n, k)``."""

GREEK = frozenset(
    (
        "alpha",
        "beta",
        "gamma",
        "delta",
        "epsilon",
        "theta",
        "lambda",
        "mu",
        "rho",
        "sigma",
        "tau",
        "phi",
        "psi",
        "omega",
    )
)
"""Names of symbols that are one letter: α is read as ``alpha``."""

Relation = Literal["=", "≈", "≠", "<", "≤", ">", "≥", "∈"]


@dataclass(frozen=True, slots=True)
class Rounding:
    """``decimals`` places after the point (-1: to tens), or ``figures`` significant ones."""

    decimals: int | None = None
    figures: int | None = None
    mode: Literal["nearest", "up", "down"] = "nearest"


@dataclass(frozen=True, slots=True)
class Context:
    """What the prose around a statement says about it."""

    role: Literal["", "check", "suppose", "answer", "formula"] = ""
    """``check``: 检验, 代入, Check; ``suppose``: 设, let, 已知: given and not derived; ``answer``:
    答案, Answer, boxed; ``formula``: a rule in words or letters (公式, formula)."""
    link: Literal["", "so", "and", "or", "because"] = ""
    """How it is joined to the statement before it in the line."""
    about: bool = False
    """约, ≈, about, approximately: the last side is rounded."""
    rounding: Rounding | None = None
    """保留两位小数, to 2 decimal places."""
    given: "tuple[Chain, ...]" = ()
    """Holds where these hold: 当x=3时, when x = 3."""
    continues: bool = False
    """The line begins with the relation (``= 3 + 10``): the first side, a `Blank`, stands for the
    last side of the statement before, which was not in the text."""


@dataclass(frozen=True, slots=True)
class Chain:
    """Sides with a relation between each and the next; one side alone is a value that was named.

    ``2x = 17 - 5 = 12`` has three sides. ``start`` and ``end`` are the part of the line read.
    """

    sides: tuple[Expression, ...]
    operators: tuple[Relation, ...]
    start: int = field(compare=False)
    end: int = field(compare=False)
    context: Context = Context()
    alternatives: "tuple[Chain, ...]" = ()
    """Other readings of the same text, where people write the same for different things: ``1/2x``
    is x/2 or 1/(2x), ``9(1/2)`` is 4.5 or 9½. The statement holds where one of the readings does,
    and fails only where all do. Alternatives have none themselves."""


@dataclass(frozen=True, slots=True)
class System:
    """Chains that hold together (``and``: a brace, 方程组) or of which one does (``or``: x = 2 or
    x = -3, 或)."""

    chains: tuple[Chain, ...]
    joined: Literal["and", "or"]
    start: int = field(compare=False)
    end: int = field(compare=False)
    context: Context = Context()


Statement: TypeAlias = Chain | System


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing a problem asks for."""

    kind: Literal["solve", "evaluate", "simplify", "factor", "expand", "find"]
    """``solve`` an equation, inequality or system; ``find`` the value of a symbol."""
    target: Expression | None = None
    """What to evaluate, simplify, ... or find; None where it is the statements or only in words."""
    unit: Unit | None = None
    """In which the answer is wanted: 多少平方厘米, how many miles."""
    rounding: Rounding | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    text: str
    statements: tuple[Statement, ...]
    """Equations, inequalities, systems and definitions that the problem states."""
    asked: tuple[Asked, ...]


def children(expression: Expression) -> tuple[Expression, ...]:
    """The expressions directly inside, in the order in which they are written."""
    match expression:
        case Negative(inner) | Percent(inner) | Quantity(inner, _):
            return (inner,)
        case Binary(_, left, right):
            return left, right
        case PlusMinus(left, right):
            return (right,) if left is None else (left, right)
        case Compound(parts):
            return parts
        case Ratio(parts) | Union(parts):
            return parts
        case Remainder(quotient, remainder):
            return quotient, remainder
        case Call(_, arguments) | Apply(_, arguments):
            return arguments
        case Derivative(inner, variable):
            return (inner,) if variable is None else (inner, variable)
        case Integral(inner, variable, lower, upper):
            bounds = tuple(bound for bound in (lower, upper) if bound is not None)
            return (inner, variable, *bounds)
        case Evaluated(inner, lower, upper):
            return inner, lower, upper
        case Limit(inner, variable, to):
            return inner, variable, to
        case Series(_, inner, variable, lower, upper):
            return inner, variable, lower, upper
        case Tuple(items) | SetOf(items):
            return items
        case Interval(lower, upper):
            return lower, upper
        case _:
            return ()


def walk(expression: Expression) -> tuple[Expression, ...]:
    """The expression and everything inside it."""
    found = [expression]
    for node in found:
        found.extend(children(node))
    return tuple(found)


def symbols(expression: Expression) -> frozenset[Symbol]:
    return frozenset(node for node in walk(expression) if isinstance(node, Symbol))
