"""Claims as relations between SymPy's expressions. In the process that holds SymPy."""

from dataclasses import dataclass
from itertools import product
from typing import Any

from qwen_app.features.tutor.checking.convert import Converter, TooHardError
from qwen_app.features.tutor.checking.knowledge import Condition
from qwen_app.features.tutor.checking.ruling import Claim
from qwen_app.features.tutor.reading import tree
from qwen_app.features.tutor.reading.tree import Expression, Relation
from qwen_app.features.tutor.reading.tree import Symbol as Letter

MOST_ALTERNATIVES = 24


@dataclass(frozen=True, slots=True)
class Related:
    """``left relation right``, of SymPy's expressions. ≈ has become =."""

    left: Any
    relation: Relation
    right: Any

    @property
    def letters(self) -> frozenset[Any]:
        return frozenset(self.left.free_symbols | self.right.free_symbols)

    @property
    def difference(self) -> Any:
        return self.left - self.right


Alternatives = tuple[tuple[Related, ...], ...]


def related(condition: Condition, converter: Converter) -> Alternatives:
    """The same condition in SymPy's terms. Raises `TooHardError`."""
    found: list[tuple[Related, ...]] = []
    for claims in condition:
        for chosen in product(*(_alternatives(claim, converter) for claim in claims)):
            found.append(tuple(one for part in chosen for one in part))
            if len(found) > MOST_ALTERNATIVES:
                raise TooHardError
    return tuple(found)


def letters_of(alternatives: Alternatives) -> frozenset[Any]:
    return frozenset(letter for part in alternatives for one in part for letter in one.letters)


def _alternatives(claim: Claim, converter: Converter) -> list[tuple[Related, ...]]:
    left, relation, right = claim.left, claim.relation, claim.right
    if relation == "≈":
        relation = "="
    if relation == "∈":
        return _members(left, right, converter)
    if relation == "=":
        match left, right:
            case tree.Tuple(items), tree.Tuple(others) if len(items) == len(others):
                pairs = zip(items, others, strict=True)
                return [tuple(_one(a, "=", b, converter) for a, b in pairs)]
            case Letter(), tree.Tuple(items) | tree.SetOf(items):
                return [(_one(left, "=", item, converter),) for item in items]
            case tree.Ratio(parts), tree.Ratio(others) if len(parts) == len(others) > 2:
                return [
                    tuple(
                        Related(
                            converter.of(a) * converter.of(others[0]),
                            "=",
                            converter.of(b) * converter.of(parts[0]),
                        )
                        for a, b in zip(parts[1:], others[1:], strict=True)
                    )
                ]
            case tree.Binary("/", dividend, divisor), tree.Remainder(quotient, rest):
                whole = converter.of(divisor) * converter.of(quotient) + converter.of(rest)
                return [(Related(converter.of(dividend), "=", whole),)]
    if any(isinstance(node, tree.PlusMinus) for side in (left, right) for node in tree.walk(side)):
        return [
            (_one(_signed(left, upper), relation, _signed(right, upper), converter),)
            for upper in (True, False)
        ]
    return [(_one(left, relation, right, converter),)]


def _one(left: Expression, relation: Relation, right: Expression, converter: Converter) -> Related:
    return Related(converter.of(left), relation, converter.of(right))


def _members(
    left: Expression, right: Expression, converter: Converter
) -> list[tuple[Related, ...]]:
    match right:
        case tree.SetOf(items):
            return [(_one(left, "=", item, converter),) for item in items]
        case tree.Interval(lower, upper, lower_closed, upper_closed):
            bounds = []
            if not _is_infinite(lower):
                bounds.append(_one(left, "≥" if lower_closed else ">", lower, converter))
            if not _is_infinite(upper):
                bounds.append(_one(left, "≤" if upper_closed else "<", upper, converter))
            return [tuple(bounds)]
        case tree.Union(parts):
            return [one for part in parts for one in _members(left, part, converter)]
        case _:
            raise TooHardError


def _is_infinite(side: Expression) -> bool:
    return any(node == tree.Constant("oo") for node in tree.walk(side))


def _signed(node: Expression, upper: bool) -> Expression:
    """With every ± as its upper or lower sign."""
    match node:
        case tree.PlusMinus(left, right, minus_first):
            inner = _signed(right, upper)
            minus = upper == minus_first
            if left is None:
                return tree.Negative(inner) if minus else inner
            return tree.Binary("-" if minus else "+", _signed(left, upper), inner)
        case tree.Negative(inner):
            return tree.Negative(_signed(inner, upper))
        case tree.Binary(operator, left, right):
            return tree.Binary(operator, _signed(left, upper), _signed(right, upper))
        case tree.Quantity(inner, unit):
            return tree.Quantity(_signed(inner, upper), unit)
        case tree.Call(name, arguments):
            return tree.Call(name, tuple(_signed(argument, upper) for argument in arguments))
        case _:
            if any(isinstance(inner, tree.PlusMinus) for inner in tree.walk(node)):
                raise TooHardError
            return node
