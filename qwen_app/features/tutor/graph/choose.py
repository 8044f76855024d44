"""What of a problem and its solution is worth a picture."""

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from qwen_app.features.tutor.graph.line import INEQUALITIES, number_line
from qwen_app.features.tutor.graph.numeric import Definitions, compiled
from qwen_app.features.tutor.graph.plot import Drawn, plot
from qwen_app.features.tutor.graph.shapes import Graph
from qwen_app.features.tutor.reading.tree import (
    Apply,
    Binary,
    Chain,
    Expression,
    Negative,
    Number,
    Statement,
    Symbol,
    System,
    symbols,
    walk,
)

MOST_GRAPHS: Final = 2
_MOST_NODES: Final = 150
_MOST_CURVES: Final = 3
Texts = Sequence[tuple[str, Sequence[Statement]]]
"""Texts, each with what was read in it; the problem first."""


def graphs(texts: Texts) -> tuple[Graph, ...]:
    """Pictures of functions, equations and inequalities of one letter, at most `MOST_GRAPHS`.
    What the problem states comes first; the lines of a solution are looked at for what it leaves
    in words."""
    made: list[Graph] = []
    for text, statements in texts:
        drawable = [each for each in statements if _is_small(each)]
        for graph in (_functions(text, drawable), _line(drawable), _equations(text, drawable)):
            if graph is not None and all(graph != other for other in made):
                made.append(graph)
        if made:
            break  # A line of the solution is another form of the same.
    return tuple(made[:MOST_GRAPHS])


def _is_small(statement: Statement) -> bool:
    sides = [side for chain in _chains(statement) for side in chain.sides]
    return sum(len(walk(side)) for side in sides) <= _MOST_NODES


def _chains(statement: Statement) -> tuple[Chain, ...]:
    return statement.chains if isinstance(statement, System) else (statement,)


def _is_letter(symbol: Symbol) -> bool:
    return not symbol.is_word and symbol.name.isascii()


def _letters(*trees: Expression) -> frozenset[Symbol]:
    return frozenset[Symbol]().union(*(symbols(tree) for tree in trees))


# --- functions: y = ..., f(x) = ... -----------------------------------------------------------


def _functions(text: str, statements: Sequence[Statement]) -> Graph | None:
    chains = [chain for each in statements for chain in _chains(each)]
    definitions = _definitions(chains)
    found: list[tuple[Drawn, Symbol, str]] = []
    for chain in chains:
        if chain.operators[:1] != ("=",):
            continue
        left, right = chain.sides[:2]
        label = text[chain.start : chain.end].strip() if len(chain.sides) == 2 else ""
        match left:
            case Apply(name, (Symbol() as variable,), 0):
                found.append((Drawn(label or f"{name}({variable.name})", right), variable, "y"))
            case Symbol("y", ""):
                letters = _letters(right)
                if len(letters) == 1 and left not in letters:
                    (variable,) = letters
                    found.append((Drawn(label or "y", right), variable, "y"))
            case _:
                continue
    found = [each for each in found if _is_letter(each[1])]
    if not found:
        return None
    variable = found[0][1]
    curves = [drawn for drawn, of, _ in found if of == variable][:_MOST_CURVES]
    curves = [
        curve for i, curve in enumerate(curves) if curve.tree not in [c.tree for c in curves[:i]]
    ]
    return plot(curves, variable, found[0][2], definitions)


def _definitions(chains: Sequence[Chain]) -> Definitions:
    known: dict[str, tuple[Symbol, Expression]] = {}
    for chain in chains:
        match chain.sides[:2]:
            case (Apply(name, (Symbol() as variable,), 0), body) if chain.operators[0] == "=":
                known.setdefault(name, (variable, body))
            case _:
                continue
    return known


# --- inequalities -----------------------------------------------------------------------------


def _line(statements: Sequence[Statement]) -> Graph | None:
    wanted: list[Chain | System] = []
    for statement in statements:
        operators = {each for chain in _chains(statement) for each in chain.operators}
        if operators & INEQUALITIES:
            wanted.append(statement)
    letters = _letters(*(s for each in wanted for chain in _chains(each) for s in chain.sides))
    if len(letters) != 1:
        return None
    (variable,) = letters
    if not _is_letter(variable):
        return None
    chains = [chain for each in statements for chain in _chains(each)]
    return number_line(tuple(wanted), variable, _definitions(chains))


# --- equations --------------------------------------------------------------------------------


def _equations(text: str, statements: Sequence[Statement]) -> Graph | None:
    chains = [
        chain
        for each in statements
        for chain in _chains(each)
        if chain.operators == ("=",) and not isinstance(chain.sides[0], Apply)
    ]
    letters = _letters(*(side for chain in chains for side in chain.sides))
    if not all(_is_letter(symbol) for symbol in letters):
        return None
    if len(letters) == 1 and len(chains) == 1:
        return _one_unknown(text, chains[0], *letters)
    if len(letters) == 2 and len(chains) == 2:
        return _two_unknowns(text, chains, letters)
    return None


def _one_unknown(text: str, chain: Chain, variable: Symbol) -> Graph | None:
    """Both sides as curves, which meet at the solutions; nothing for what is linear."""
    left, right = chain.sides
    if _is_linear(left, variable) and _is_linear(right, variable):
        return None
    written = re.split("[=＝]", text[chain.start : chain.end])
    labels = [f"y = {side.strip()}" for side in written] if len(written) == 2 else ["y", "y"]
    curves = [
        Drawn(label, side, is_level=not symbols(side))
        for label, side in zip(labels, (left, right), strict=True)
        # The axis is there anyway.
        if not (isinstance(side, Number) and side.value == 0)
    ]
    return plot(curves, variable, "y", {})


def _is_linear(tree: Expression, variable: Symbol) -> bool:
    f = compiled(tree, (variable,))
    if f is None:
        return False
    at = [f((x,)) for x in (-3.7, 0.0, 1.3, 8.9)]
    slopes = [(at[i] - at[1]) / x for i, x in ((0, -3.7), (2, 1.3), (3, 8.9))]
    return max(slopes) - min(slopes) <= 1e-9 * max(1.0, *(abs(s) for s in slopes))


def _two_unknowns(text: str, chains: Sequence[Chain], letters: frozenset[Symbol]) -> Graph | None:
    """Two lines, which meet at the solution."""
    ordered = sorted(letters, key=lambda symbol: symbol.name)
    across, up = ordered
    curves = []
    for chain in chains:
        solved = _solved_for(chain, up, across)
        if solved is None:
            return None
        curves.append(Drawn(text[chain.start : chain.end].strip(), solved))
    return plot(curves, across, up.name, {})


def _solved_for(chain: Chain, up: Symbol, across: Symbol) -> Expression | None:
    """The height over ``across``; None where the equation is not linear in both."""
    left, right = chain.sides
    difference = Binary("-", left, right)
    f = compiled(difference, (across, up))
    if f is None:
        return None
    zero, a, b, both = (f(at) for at in ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (-2.5, 3.5)))
    a, b = a - zero, b - zero
    if not b or abs(zero - 2.5 * a + 3.5 * b - both) > 1e-9 * max(1.0, abs(both)):
        return None
    return Negative(
        Binary("/", Binary("+", Binary("*", _number(a), across), _number(zero)), _number(b))
    )


def _number(value: float) -> Expression:
    exact = Fraction(value).limit_denominator(10_000)
    number = Number(abs(exact), None)
    return Negative(number) if exact < 0 else number
