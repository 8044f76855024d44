"""From statements as they were read to what is judged."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

from qwen_app.features.tutor.checking.arithmetic import Style
from qwen_app.features.tutor.checking.knowledge import Condition, Item
from qwen_app.features.tutor.checking.readings import Part, Reading
from qwen_app.features.tutor.checking.rounding import RoundedNumbers
from qwen_app.features.tutor.checking.ruling import Claim
from qwen_app.features.tutor.reading.tree import (
    Apply,
    Chain,
    Context,
    Expression,
    Number,
    Statement,
    Symbol,
    System,
    symbols,
    walk,
)

MOST_READINGS = 8
"""Of a statement; more are not tried."""

_ORDER = ("<", "≤", ">", "≥")


def part_of(statement: Statement, instead: RoundedNumbers = ()) -> Part:
    """What is to be judged of a statement, in each of its readings; no items where it states
    nothing that relates two sides."""
    if isinstance(statement, Chain):
        return tuple(tuple(_items(chain, instead)) for chain in readings(statement))
    ways = product(*(readings(chain) for chain in statement.chains))
    found = []
    for number, chains in enumerate(ways):
        if number >= MOST_READINGS:
            break
        found.append(_system(statement, chains, instead))
    return tuple(found)


def readings(chain: Chain) -> tuple[Chain, ...]:
    return (chain, *chain.alternatives)[:MOST_READINGS]


def conditions(statement: Statement) -> tuple[Condition, ...]:
    """What a statement says of letters, in its likeliest reading."""
    return tuple(
        item.condition
        for item in part_of(statement)[0]
        if any(symbols(side) for claims in item.condition for one in claims for side in _sides(one))
    )


def _sides(claim: Claim) -> tuple[Expression, Expression]:
    return claim.left, claim.right


def claims_of(chain: Chain) -> Iterator[tuple[Claim, ...]]:
    """Its steps; bounds on both sides (1 < x ≤ 3) are one."""
    steps = [
        Claim(left, relation, right)
        for left, relation, right in zip(
            chain.sides, chain.operators, chain.sides[1:], strict=False
        )
    ]
    run: list[Claim] = []
    for step in steps:
        joins = run and step.relation in _ORDER and run[-1].relation in _ORDER
        if run and not (joins and _has_letters(run[-1], step)):
            yield tuple(run)
            run = []
        run.append(step)
    if run:
        yield tuple(run)


def _has_letters(*claims: Claim) -> bool:
    return any(symbols(claim.left) or symbols(claim.right) for claim in claims)


def _items(chain: Chain, instead: RoundedNumbers) -> Iterator[Item]:
    steps = list(claims_of(chain))
    heads = isinstance(chain.sides[0], Symbol | Apply)
    for number, claims in enumerate(steps):
        is_last = number == len(steps) - 1
        is_about = any(claim.relation == "≈" for claim in claims)
        style = Style(
            about=is_about or (is_last and chain.context.about),
            rounding=chain.context.rounding if is_last or is_about else None,
            instead=instead,
        )
        later = heads and number > 0
        yield replace(
            _item((claims,), chain.context, style),
            is_identity=later and _is_worked_out(claims[0]),
            is_evaluated=chain.context.role == "formula" or (later and _is_evaluated(claims[0])),
        )


def _system(system: System, chains: tuple[Chain, ...], instead: RoundedNumbers) -> Reading:
    """What concerns letters is one condition, and what is plain arithmetic stands for itself."""
    ties: list[tuple[Claim, ...]] = []
    others: list[Item] = []
    style = Style(system.context.about, system.context.rounding, instead)
    for chain in chains:
        tie: list[Claim] = []
        for claims in claims_of(chain):
            if _has_letters(*claims):
                tie += claims
            else:
                others.append(_item((claims,), chain.context, style))
        if tie:
            ties.append(tuple(tie))
    if not ties:
        return tuple(others)
    if system.joined == "and":
        ties = [tuple(claim for tie in ties for claim in tie)]
    about = any(chain.context.about for chain in chains) or style.about
    rounding = style.rounding or next(
        (chain.context.rounding for chain in chains if chain.context.rounding), None
    )
    context = system.context if system.context != Context() else chains[0].context
    return (_item(tuple(ties), context, Style(about, rounding, instead)), *others)


def _item(condition: Condition, context: Context, style: Style) -> Item:
    return Item(
        condition,
        style,
        given=tuple(one for chain in context.given for one in conditions(chain)),
        is_supposed=context.role in ("suppose", "formula"),
        is_check=context.role == "check",
        is_reason=context.link == "because",
    )


def _is_worked_out(claim: Claim) -> bool:
    """An expression in letters after ``y =``, and another one."""
    return claim.relation == "=" and bool(symbols(claim.right)) and bool(symbols(claim.left))


def _is_evaluated(claim: Claim) -> bool:
    """A formula with letters, then the same with numbers; no single number, which may be given."""
    return (
        bool(symbols(claim.left))
        and not symbols(claim.right)
        and sum(isinstance(node, Number) for node in walk(claim.right)) > 1
    )
