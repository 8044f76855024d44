"""Whether premises imply a condition, or say something else. In the process that holds SymPy."""

from dataclasses import dataclass, replace
from typing import Any

import sympy
from sympy import FiniteSet, S

from qwen_app.features.tutor.checking.decide import is_zero, near
from qwen_app.features.tutor.checking.exact import number
from qwen_app.features.tutor.checking.figures import written_as
from qwen_app.features.tutor.checking.knowledge import Item
from qwen_app.features.tutor.checking.printing import set_text, text, value_text
from qwen_app.features.tutor.checking.relations import Alternatives, letters_of
from qwen_app.features.tutor.checking.rounding import rounds_to
from qwen_app.features.tutor.checking.ruling import HARD, Ruling
from qwen_app.features.tutor.checking.solutions import aligned, solution_set
from qwen_app.features.tutor.checking.systems import judge_system
from qwen_app.features.tutor.reading.tree import Relation

_TURNED: dict[Relation, Relation] = {"<": ">", ">": "<", "≤": "≥", "≥": "≤"}


@dataclass(frozen=True, slots=True)
class Basis:
    """Conditions that all hold. ``is_defined``: they are nothing but definitions of letters."""

    conditions: tuple[Alternatives, ...]
    is_closed: bool
    is_defined: bool

    @property
    def letters(self) -> frozenset[Any]:
        return frozenset(
            letter for condition in self.conditions for letter in letters_of(condition)
        )

    @property
    def has_order(self) -> bool:
        return any(
            one.relation in _TURNED
            for condition in self.conditions
            for part in condition
            for one in part
        )


def compare(basis: Basis, stated: Alternatives, item: Item) -> Ruling | None:
    """None if the basis says nothing about it: no values fit the basis at all."""
    own = letters_of(stated)
    new = own - basis.letters
    if new:
        return _with_new_letters(basis, stated, item, new)
    if basis.is_defined and _names_one_of(stated, basis):
        return Ruling("unchecked", "definition")
    every = basis.letters | own
    if len(every) == 1:
        (letter,) = every
        return _compare_sets(basis, stated, item, letter)
    return judge_system(basis.conditions, stated, item, is_closed=basis.is_closed)


def _with_new_letters(
    basis: Basis, stated: Alternatives, item: Item, new: frozenset[Any]
) -> Ruling:
    if len(stated) == 1 and len(stated[0]) == 1:
        one = stated[0][0]
        for side, other in ((one.left, one.right), (one.right, one.left)):
            if one.relation == "=" and side in new and side not in other.free_symbols:
                return Ruling("unchecked", "definition")
    if item.is_supposed or not basis.is_closed:
        return Ruling("unchecked", "given")
    return Ruling("unchecked", "unknown")


def _names_one_of(stated: Alternatives, basis: Basis) -> bool:
    """Whether it gives a defined letter another value."""
    if len(stated) != 1 or len(stated[0]) != 1 or stated[0][0].relation != "=":
        return False
    defined = {part[0].left for condition in basis.conditions for part in condition}
    one = stated[0][0]
    return one.left in defined and not one.right.free_symbols


def _compare_sets(basis: Basis, stated: Alternatives, item: Item, letter: Any) -> Ruling | None:
    known: Any = S.Reals
    for condition in basis.conditions:
        found = solution_set(condition, letter)
        if found is None:
            return _by_substitution(basis, stated, letter) or _by_ratio(basis, stated) or HARD
        known = known.intersect(found)
    every = (*basis.conditions, stated)
    if any(one.difference.has(sympy.I) for each in every for part in each for one in part):
        return HARD  # only real solutions are looked for
    mine = solution_set(stated, letter)
    if mine is None:
        return HARD
    if known is S.EmptySet:
        if len(basis.conditions) > 1:
            return None  # parts of a problem that exclude each other
        if mine is not S.EmptySet:
            return Ruling("fails", "contradicts", "no solution")
    if isinstance(known, FiniteSet):
        mine = aligned(mine, known)
    if mine == known:
        return Ruling("holds", "satisfies" if item.is_check else "follows")
    if mine == S.Reals:
        return Ruling("holds", "identity")
    if _is_rounded(known, stated, item):
        return Ruling("holds", "rounded")
    return _differing(known, mine, basis, stated, item, letter)


def _differing(
    known: Any, mine: Any, basis: Basis, stated: Alternatives, item: Item, letter: Any
) -> Ruling:
    right = set_text(letter, known)
    if known.is_subset(mine):
        extra = mine - known
        if _is_solved(stated) and not _has_order(stated):
            return Ruling("fails", "added", "", right, _names(letter, extra))
        is_step = not (item.is_reason or item.is_supposed or item.is_check)
        if is_step and basis.is_closed and basis.has_order and _has_order(stated):
            return _wrong(known, stated, letter, right)
        if isinstance(extra, FiniteSet):
            return Ruling("holds", "added", "", right, _names(letter, extra))
        return Ruling("holds", "satisfies" if item.is_check else "follows")
    both_finite = isinstance(mine, FiniteSet) and isinstance(known, FiniteSet)
    if both_finite and _is_solved(stated) and not mine.is_disjoint(known) and mine - known:
        return Ruling("fails", "added", "", right, _names(letter, mine - known))
    if mine is not S.EmptySet and mine.is_subset(known):
        if isinstance(known, FiniteSet) or _are_components(mine, known):
            return Ruling("holds", "lost", "", right, _names(letter, known - mine))
        if isinstance(mine, FiniteSet):
            return Ruling("unchecked", "unknown", "one of many", right)
    return _wrong(known, stated, letter, right)


def _wrong(known: Any, stated: Alternatives, letter: Any, right: str | None) -> Ruling:
    turned = tuple(
        tuple(replace(one, relation=_TURNED.get(one.relation, one.relation)) for one in part)
        for part in stated
    )
    if turned != stated and solution_set(turned, letter) == known:
        return Ruling("fails", "contradicts", "direction", right)
    if _is_solved(stated):
        return Ruling("fails", "contradicts", "solution", right)
    sides: tuple[str, ...] = ()
    if isinstance(known, FiniteSet) and len(known) == 1 and len(stated) == len(stated[0]) == 1:
        ((one,),) = stated
        (value,) = known
        shown = [value_text(side.subs(letter, value)) for side in (one.left, one.right)]
        names = [text(letter), value_text(value), *shown]
        if None not in names:
            sides = tuple(name for name in names if name is not None)
            if not one.right.free_symbols and one.relation == "=":
                return Ruling("fails", "contradicts", "sides", sides[2], sides)
            return Ruling("fails", "contradicts", "sides", None, sides)
    return Ruling("fails", "contradicts", "solutions", None, () if right is None else (right,))


def _by_substitution(basis: Basis, stated: Alternatives, letter: Any) -> Ruling | None:
    """An equation that cannot be solved may still have a solution put in: ``x = 2``."""
    if not _is_solved(stated) or _has_order(stated):
        return None
    results = []
    for part in stated:
        if len(part) != 1:
            return None
        value = part[0].right if part[0].left == letter else part[0].left
        truths = [
            is_zero(one.difference.subs(letter, value))
            for condition in basis.conditions
            if len(condition) == 1
            for one in condition[0]
            if one.relation == "="
        ]
        if not truths or None in truths:
            return None
        results.append(all(truths))
    if all(results):
        return Ruling("holds", "satisfies")
    return Ruling("fails", "contradicts", "does not satisfy")


def _by_ratio(basis: Basis, stated: Alternatives) -> Ruling | None:
    """Both sides times a number, or a term moved over: the differences are in a fixed ratio."""
    if len(stated) != 1 or len(stated[0]) != 1 or stated[0][0].relation != "=":
        return None
    mine = stated[0][0].difference
    for condition in basis.conditions:
        if len(condition) == 1 and len(condition[0]) == 1 and condition[0][0].relation == "=":
            other = condition[0][0].difference
            if other == 0:
                continue
            ratio = sympy.simplify(mine / other)
            if ratio.is_number and ratio.is_nonzero:
                return Ruling("holds", "follows")
    return None


def _is_rounded(known: Any, stated: Alternatives, item: Item) -> bool:
    """``x ≈ 3.33`` for 10/3: each solution is written as a decimal, and each decimal is one."""
    if not isinstance(known, FiniteSet) or not _is_solved(stated) or len(stated) != len(known):
        return False
    values = [near(value) for value in known]
    if len(item.condition) == len(stated):
        claims = [part[0] for part in item.condition]
    else:
        return False
    for claim in claims:
        written = None
        for side in (claim.right, claim.left):
            value = number(side)
            if value is not None:
                written = written_as(side, value)
                break
        if written is None or not any(
            value is not None
            and rounds_to(
                value,
                written,
                about=item.style.about or claim.relation == "≈",
                rounding=item.style.rounding,
                is_exact=False,
            )
            for value in values
        ):
            return False
    return True


def _is_solved(stated: Alternatives) -> bool:
    """Whether it reads as a solution: a letter alone, and a value without letters."""
    return all(
        (one.left.is_Symbol and not one.right.free_symbols)
        or (one.right.is_Symbol and not one.left.free_symbols)
        for part in stated
        for one in part
    )


def _has_order(stated: Alternatives) -> bool:
    return any(one.relation in _TURNED for part in stated for one in part)


def _are_components(mine: Any, known: Any) -> bool:
    """Whether it is some of the separate parts of the known set."""
    parts = known.args if isinstance(known, sympy.Union) else (known,)
    return any(
        mine == sympy.Union(*(part for index, part in enumerate(parts) if chosen >> index & 1))
        for chosen in range(1, 2 ** min(len(parts), 5))
    )


def _names(letter: Any, found: Any) -> tuple[str, ...]:
    shown = set_text(letter, found)
    return () if shown is None else (shown,)
