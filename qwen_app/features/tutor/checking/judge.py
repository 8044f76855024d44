"""Judging the conditions of a line under what is known. In the process that holds SymPy."""

from collections.abc import Iterator
from dataclasses import replace

import sympy

from qwen_app.features.tutor.checking.convert import Converter, Manner, TooHardError
from qwen_app.features.tutor.checking.decide import is_zero
from qwen_app.features.tutor.checking.exact import PI
from qwen_app.features.tutor.checking.implied import Basis, compare
from qwen_app.features.tutor.checking.integrals import judge_antiderivative
from qwen_app.features.tutor.checking.knowledge import Condition, Item, Knowledge, letters
from qwen_app.features.tutor.checking.printing import text
from qwen_app.features.tutor.checking.quick import judge_quickly
from qwen_app.features.tutor.checking.relations import Alternatives, letters_of, related
from qwen_app.features.tutor.checking.ruling import HARD, Claim, Ruling
from qwen_app.features.tutor.checking.values import judge_values
from qwen_app.features.tutor.reading import tree


def judge(item: Item, knowledge: Knowledge) -> Ruling:
    """What people may mean is tried in turn: if one way of reading holds, the line does."""
    first = judge_quickly(item, knowledge)
    if first is not None:
        return first
    for manner in _manners(item.condition):
        try:
            ruling = _Judgement(item, knowledge, manner).ruling()
        except TooHardError:
            ruling = HARD
        if ruling.status == "holds":
            return replace(ruling, reason="rounded") if manner.pi is not None else ruling
        first = first or ruling
        if first.status == "unchecked" and first.reason != "hard":
            break
    assert first is not None
    return first


def _manners(condition: Condition) -> Iterator[Manner]:
    nodes = [
        node
        for claims in condition
        for claim in claims
        for side in (claim.left, claim.right)
        for node in tree.walk(side)
    ]
    degrees = any(isinstance(node, tree.Call) and node.name in _ANGLES for node in nodes)
    natural = any(
        isinstance(node, tree.Call) and node.name == "log" and len(node.arguments) == 1
        for node in nodes
    )
    pi = tree.Constant("pi") in nodes
    yield Manner()
    if degrees:
        yield Manner(degrees=True)
    if natural:
        yield Manner(natural_log=True)
    if pi:
        for value in PI:
            yield Manner(pi=value)


_ANGLES = frozenset(("sin", "cos", "tan", "cot", "sec", "csc"))


class _Judgement:
    """Of one item, in one manner of reading."""

    def __init__(self, item: Item, knowledge: Knowledge, manner: Manner) -> None:
        self._item = item
        self._knowledge = knowledge
        self._definitions = {each.name: each for each in knowledge.functions}
        self._manner = manner

    def ruling(self) -> Ruling:
        item = self._item
        claim = item.claim
        if claim is not None and self._is_new_function(claim):
            return Ruling("unchecked", "definition")
        stated = self._related(item.condition)
        if any(one.difference.has(sympy.Integral) for part in stated for one in part):
            return judge_antiderivative(stated)
        if not letters_of(stated):
            return judge_values(item, stated)
        if _is_identity(stated):
            return Ruling("holds", "identity")
        if (item.is_identity or self._knowledge.is_identity) and (
            wrong := _wrong_identity(stated)
        ) is not None:
            return wrong
        if claim is not None and (wrong := self._wrong_derivation(claim, stated)) is not None:
            return wrong
        ruling = self._by_premises()
        if item.is_supposed and ruling.status == "fails":
            return Ruling("unchecked", "given", "supposed")
        return ruling

    def _is_new_function(self, claim: Claim) -> bool:
        match claim.left:
            case tree.Apply(name, arguments, 0):
                known = name in self._definitions
                return all(isinstance(each, tree.Symbol) for each in arguments) and (
                    not known or not self._knowledge.is_closed
                )
            case _:
                return False

    def _wrong_derivation(self, claim: Claim, stated: Alternatives) -> Ruling | None:
        """``y' = 3x`` of y = x²: no equation to be solved, but a derivation that is wrong."""
        if len(stated) != 1 or len(stated[0]) != 1:
            return None
        ((one,),) = stated
        if claim.relation != "=" or not _derives(claim.left) or not one.right.free_symbols:
            return None
        if not one.right.free_symbols <= one.left.free_symbols or self._item.is_supposed:
            return None
        if is_zero(one.difference) is not False:
            return None
        return Ruling("fails", "contradicts", "value", text(sympy.expand(one.left)))

    def _by_premises(self) -> Ruling:
        knowledge, item = self._knowledge, self._item
        given = item.given
        together = given + knowledge.strong + knowledge.assumed
        ruling = self._compare(together)
        if ruling is not None and ruling.status == "holds" and ruling.reason != "lost":
            return ruling
        best = ruling
        for premises in self._single_ones():
            found = self._compare(premises)
            if found is None:
                continue
            if found.status == "holds" and found.reason in ("follows", "satisfies", "rounded"):
                is_case = ruling is not None and ruling.reason == "lost"
                return replace(found, note="case") if is_case else found
            best = best or found
        if knowledge.weak:
            found = self._compare(together + knowledge.weak)
            if found is not None and found.status == "holds":
                return found
        if best is None:
            return self._new()
        if best.status == "fails":
            for wrong in reversed(knowledge.failed):
                found = self._compare((wrong,))
                if found is not None and found.status == "holds" and found.reason == "follows":
                    return replace(best, note="from wrong")
        return best

    def _single_ones(self) -> Iterator[tuple[Condition, ...]]:
        given, knowledge = self._item.given, self._knowledge
        if given:
            yield given
        seen: set[Condition] = set()
        for condition in (*reversed(knowledge.accepted), *knowledge.stated, *knowledge.set_up):
            if condition in seen:
                continue
            seen.add(condition)
            yield (*given, condition)
            if len(condition) == 1 and len(condition[0]) > 1:
                for claim in condition[0]:
                    yield (*given, ((claim,),))

    def _compare(self, premises: tuple[Condition, ...]) -> Ruling | None:
        """None: the premises say nothing about it."""
        premises = _relevant(premises, letters(self._item.condition))
        if not premises:
            return None
        converter = self._converter()
        try:
            basis = [related(premise, converter) for premise in premises]
            defined = _is_defined(premises, self._knowledge)
            return compare(
                Basis(tuple(basis), self._knowledge.is_closed, defined),
                related(self._item.condition, converter),
                self._item,
            )
        except NotImplementedError:
            return HARD

    def _new(self) -> Ruling:
        """Nothing is known about its letters."""
        claim = self._item.claim
        if claim is not None and claim.relation in ("=", "≈"):
            for side, other in ((claim.left, claim.right), (claim.right, claim.left)):
                if isinstance(side, tree.Symbol) and side not in tree.symbols(other):
                    return Ruling("unchecked", "definition")
        if self._item.is_evaluated:
            return Ruling("unchecked", "given", "evaluated")
        if self._item.is_supposed or not self._knowledge.is_closed:
            return Ruling("unchecked", "given")
        return Ruling("unchecked", "unknown")

    def _converter(self) -> Converter:
        return Converter(self._definitions, self._manner)

    def _related(self, condition: Condition) -> Alternatives:
        return related(condition, self._converter())


def _is_identity(stated: Alternatives) -> bool:
    return len(stated) == 1 and all(
        one.relation == "=" and is_zero(one.difference) for one in stated[0]
    )


def _wrong_identity(stated: Alternatives) -> Ruling | None:
    """An expression is worked out: its sides are equal for all values, or the step is wrong."""
    if len(stated) != 1 or any(one.relation != "=" for one in stated[0]):
        return None
    for one in stated[0]:
        if not one.left.free_symbols >= one.right.free_symbols:
            return None
        if is_zero(one.difference) is False:
            return Ruling("fails", "contradicts", "value", text(sympy.expand(one.left)))
    return None


def _derives(side: tree.Expression) -> bool:
    return any(isinstance(node, tree.Derivative | tree.Apply) for node in tree.walk(side))


def _relevant(
    premises: tuple[Condition, ...], wanted: frozenset[tree.Symbol]
) -> tuple[Condition, ...]:
    """Those that share a letter with it, directly or through each other."""
    left = {index: letters(premise) for index, premise in enumerate(premises)}
    chosen: set[int] = set()
    while True:
        more = [index for index, own in left.items() if own & wanted]
        if not more:
            return tuple(premises[index] for index in sorted(chosen))
        for index in more:
            wanted = wanted | left.pop(index)
            chosen.add(index)


def _is_defined(premises: tuple[Condition, ...], knowledge: Knowledge) -> bool:
    """Whether they are definitions alone, which may be made anew."""
    defined = {((claim,),) for _, claim in knowledge.defined}
    return all(premise in defined for premise in premises)
