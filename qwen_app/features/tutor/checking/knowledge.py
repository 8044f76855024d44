"""What a line may build on, and how each line adds to it."""

from dataclasses import dataclass, field, replace
from typing import TypeAlias

from qwen_app.features.tutor.checking.arithmetic import Style
from qwen_app.features.tutor.checking.ruling import Claim, Ruling
from qwen_app.features.tutor.reading.tree import (
    Apply,
    Expression,
    Relation,
    Symbol,
    symbols,
)

Condition: TypeAlias = tuple[tuple[Claim, ...], ...]
"""Alternatives, of each of which all claims hold."""

RECENT = 8
"""Lines before that a line is compared with one by one."""
MOST = 40
"""Conditions that are kept of a kind; the latest ones."""


@dataclass(frozen=True, slots=True)
class Definition:
    """``name(parameters) = body``; without parameters ``name = body``."""

    name: str
    parameters: tuple[Symbol, ...]
    body: Expression


@dataclass(frozen=True, slots=True)
class Item:
    """One condition of a line, to be judged.

    Attributes:
        given: what it is said to hold under: 当 x = 3 时, when x = 3.
        is_supposed: 设, let: it is not derived from anything.
        is_check: the line puts a solution in (检验, Check).
        is_reason: 因为, because: no step of solving.
        is_identity: an expression is worked out, so that its sides are equal for all values.
        is_evaluated: a formula whose letters are replaced by numbers (πr² = 3.14 × 5²).
    """

    condition: Condition
    style: Style = field(default_factory=Style)
    given: tuple[Condition, ...] = ()
    is_supposed: bool = False
    is_check: bool = False
    is_reason: bool = False
    is_identity: bool = False
    is_evaluated: bool = False

    @property
    def claim(self) -> Claim | None:
        """The claim, if it is a single one."""
        if len(self.condition) == 1 and len(self.condition[0]) == 1:
            return self.condition[0][0]
        return None


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Attributes:
    stated: by the problem. Equations for different parts of it may exclude each other.
    set_up: equations that the solution itself sets up, from a problem in words.
    defined: what letters were said to be; a letter may be defined anew, and only the last counts.
    assumed: what the latest lines choose or suppose (令 x = 0): holds until chosen anew.
    weak: what may support a later line and never speaks against one.
    accepted, failed: lines before, the latest last.
    functions: f(x) = ... and y = ..., for f(3), f' and y'.
    is_closed: the problem states its equations outright: nothing is to be set up.
    is_identity: the problem is to work out an expression: what is equal is so for all values.
    """

    stated: tuple[Condition, ...] = ()
    set_up: tuple[Condition, ...] = ()
    defined: tuple[tuple[Symbol, Claim], ...] = ()
    assumed: tuple[Condition, ...] = ()
    weak: tuple[Condition, ...] = ()
    accepted: tuple[Condition, ...] = ()
    failed: tuple[Condition, ...] = ()
    functions: tuple[Definition, ...] = ()
    is_closed: bool = False
    is_identity: bool = False

    @property
    def strong(self) -> tuple[Condition, ...]:
        """What a line that contradicts it fails by."""
        return self.stated + self.set_up + tuple(((claim,),) for _, claim in self.defined)

    @property
    def letters(self) -> frozenset[Symbol]:
        """All that something is known about."""
        found: frozenset[Symbol] = frozenset()
        for condition in (*self.strong, *self.assumed, *self.weak, *self.accepted):
            found |= letters(condition)
        return found

    def after(self, item: Item, ruling: Ruling) -> "Knowledge":
        """What is known when this has been said and judged."""
        condition = item.condition
        if ruling.status == "fails":
            return replace(self, failed=(*self.failed, condition)[-RECENT:])
        if ruling.reason == "definition":
            return self._define(item)
        if ruling.note == "supposed":
            return self  # it speaks against what is known, and holds for its own line alone
        if ruling.reason == "given":
            if item.is_supposed or ruling.note == "chosen":
                mine = letters(condition)
                kept = tuple(old for old in self.assumed if letters(old) != mine)
                return replace(self, assumed=(*kept, condition)[-MOST:])
            if item.is_evaluated:
                return replace(self, weak=(*self.weak, condition)[-MOST:])
            return replace(
                self,
                set_up=(*self.set_up, condition)[-MOST:],
                accepted=(*self.accepted, condition)[-RECENT:],
            )
        if item.given or not letters(condition):
            return self
        if ruling.status == "holds" and ruling.reason != "identity":
            return replace(self, accepted=(*self.accepted, condition)[-RECENT:])
        if ruling.status == "unchecked":
            return replace(self, weak=(*self.weak, condition)[-MOST:])
        return self

    def _define(self, item: Item) -> "Knowledge":
        claim = item.claim
        if claim is None:
            return self
        found = definition(claim)
        if found is None:
            return self
        functions = self.functions
        if not any(letter.is_word for letter in symbols(claim.left)):
            kept = tuple(old for old in functions if old.name != found.name)
            functions = (*kept, found)[-MOST:]
        if not isinstance(claim.left, Symbol):
            return replace(self, functions=functions)
        others = tuple(pair for pair in self.defined if pair[0] != claim.left)
        if claim.left.is_word:
            return replace(self, functions=functions)
        return replace(self, functions=functions, defined=(*others, (claim.left, claim))[-MOST:])


def definition(claim: Claim) -> Definition | None:
    """``f(x) = ...`` or ``y = ...``, read as a definition."""
    if claim.relation not in ("=", "≈"):
        return None
    match claim.left:
        case Apply(name, arguments, 0) if all(isinstance(each, Symbol) for each in arguments):
            parameters = tuple(each for each in arguments if isinstance(each, Symbol))
            return Definition(name, parameters, claim.right)
        case Symbol(name, index) if claim.left not in symbols(claim.right):
            return Definition(f"{name}_{index}" if index else name, (), claim.right)
        case _:
            return None


def letters(condition: Condition) -> frozenset[Symbol]:
    found: frozenset[Symbol] = frozenset()
    for claims in condition:
        for claim in claims:
            found |= symbols(claim.left) | symbols(claim.right)
    return found


def single(left: Expression, relation: Relation, right: Expression) -> Condition:
    return ((Claim(left, relation, right),),)
