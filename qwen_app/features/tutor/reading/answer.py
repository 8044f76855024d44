"""An answer as a student or a solution gives it: a value, several, or what a letter is."""

import re

from qwen_app.features.tutor.reading.limits import MOST_CHARACTERS
from qwen_app.features.tutor.reading.lines import Piece
from qwen_app.features.tutor.reading.statements import Reading
from qwen_app.features.tutor.reading.tree import (
    Chain,
    Context,
    Expression,
    Statement,
    Symbol,
    System,
    Tuple,
)

_BETWEEN = re.compile(
    r"[\s,，、;；*$]*(?:或者|或|和|以及|与|\bor\b|\band\b|\\text\{[a-z或和 ]+\})?[\s,，、;；*$]*"
)
_ROLE = Context(role="answer")


def read_answer(text: str) -> Statement | None:
    """What an answer says: ``6``, ``x = 6``, ``108 平方厘米``, ``2 或 -3``, ``x > 3``,
    ``x = 2, y = 3``.

    One value is a chain of one side; several values without a letter are one side that is a
    `Tuple`; several chains are a system: of alternatives where "or" stands between them or they
    give one letter several values. None where the text names no value, or several that do not
    belong together.
    """
    reading = Reading(text[:MOST_CHARACTERS])
    statements = reading.statements()
    values = [piece for piece in reading.values if not piece.is_open]
    found: Statement | None = None
    chains = [
        chain
        for statement in statements
        for chain in (statement.chains if isinstance(statement, System) else (statement,))
        if len(chain.sides) > 1
    ]
    if chains:
        found = _chains(chains, values, reading)
    elif values:
        found = _values(values, reading)
    return found


def _chains(chains: list[Chain], values: list[Piece], reading: Reading) -> Statement:
    last = chains[-1]
    rest = [piece for piece in values if reading.tokens[piece.first].start >= last.end]
    if rest and _is_joined(reading, last.end, rest):
        # "x = 2 或 -3": the letter has more values.
        first = last.sides[0]
        chains += [_chain((first, piece.sides[0].expression), piece, reading) for piece in rest]
    if len(chains) == 1:
        return chains[0]
    letters = {chain.sides[0] for chain in chains}
    same = len(letters) < len(chains) or _differ_in_index(chains)
    is_or = any(chain.context.link == "or" for chain in chains) or (
        same and all(chain.operators == ("=",) for chain in chains)
    )
    start, end = chains[0].start, chains[-1].end
    return System(tuple(chains), "or" if is_or else "and", start, end, _ROLE)


def _differ_in_index(chains: list[Chain]) -> bool:
    """x₁ = 2, x₂ = 3."""
    firsts = [chain.sides[0] for chain in chains]
    letters = {side.name for side in firsts if isinstance(side, Symbol) and side.index.isdigit()}
    return len(letters) == 1 and all(isinstance(side, Symbol) and side.index for side in firsts)


def _chain(sides: tuple[Expression, Expression], piece: Piece, reading: Reading) -> Chain:
    start = reading.tokens[piece.first].start
    return Chain(sides, ("=",), start, reading.tokens[piece.after - 1].end, _ROLE)


def _values(values: list[Piece], reading: Reading) -> Statement | None:
    start = reading.tokens[values[0].first].start
    end = reading.tokens[values[-1].after - 1].end
    if len(values) == 1:
        return reading.made(values[0], _ROLE)
    if not _is_joined(reading, reading.tokens[values[0].after - 1].end, values[1:]):
        return None
    items = tuple(piece.sides[0].expression for piece in values)
    return Chain((Tuple(items),), (), start, end, _ROLE)


def _is_joined(reading: Reading, end: int, values: list[Piece]) -> bool:
    """Whether only signs of a list stand between the values."""
    for piece in values:
        start = reading.tokens[piece.first].start
        if not _BETWEEN.fullmatch(reading.text[end:start]):
            return False
        end = reading.tokens[piece.after - 1].end
    return True
