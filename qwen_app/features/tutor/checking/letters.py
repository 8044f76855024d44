"""Letters that are written in two ways: X for x, x₁ for a solution of x."""

from dataclasses import fields, replace
from typing import TypeVar

from qwen_app.features.tutor.reading.tree import Chain, Expression, Statement, Symbol, System

Node = TypeVar("Node")


def unindexed(statements: tuple[Statement, ...], known: frozenset[Symbol]) -> tuple[Statement, ...]:
    """``x₁ = 2, x₂ = -3`` gives the solutions of x, if x is what there is an equation for: each is
    read as a value of x, and those of one line as alternatives."""
    found: list[Statement] = []
    joined = False
    for statement in statements:
        chains = statement.chains if isinstance(statement, System) else (statement,)
        letters = {_bare(chain, known) for chain in chains}
        letter = letters.pop()
        if letter is None or letters:
            found.append(statement)
            joined = False
            continue
        mine = tuple(replace(each, sides=(letter, *each.sides[1:])) for each in chains)
        before = found[-1] if joined else None
        if isinstance(before, System) and before.chains[-1].sides[0] == letter:
            found[-1] = replace(before, chains=(*before.chains, *mine), end=statement.end)
        else:
            found.append(System(mine, "or", statement.start, statement.end, statement.context))
        joined = True
    return tuple(found)


def _bare(chain: Chain, known: frozenset[Symbol]) -> Symbol | None:
    first = chain.sides[0]
    if not isinstance(first, Symbol) or not first.index.isdigit() or first in known:
        return None
    letter = Symbol(first.name)
    return letter if letter in known and set(chain.operators) <= {"=", "≈"} else None


def other_case(known: frozenset[Symbol]) -> dict[Symbol, Symbol]:
    """``X`` for ``x`` or ``x`` for ``X``, where the problem has that one letter only."""
    if len(known) != 1:
        return {}
    (letter,) = known
    if len(letter.name) != 1 or not letter.name.isascii():
        return {}
    return {Symbol(letter.name.swapcase(), letter.index): letter}


def renamed(node: Node, names: dict[Symbol, Symbol]) -> Node:
    """A tree or a statement with other names for its letters."""
    if isinstance(node, Symbol):
        return names.get(node, node)  # type: ignore[return-value]
    if isinstance(node, tuple):
        return tuple(renamed(each, names) for each in node)  # type: ignore[return-value]
    if not isinstance(node, Expression | Chain | System):
        return node
    changes = {each.name: renamed(getattr(node, each.name), names) for each in fields(node)}
    return replace(node, **changes)
