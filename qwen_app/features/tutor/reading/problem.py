"""What the text of a problem states and asks."""

import re
from typing import Literal

from qwen_app.features.tutor.reading import units
from qwen_app.features.tutor.reading.context import rounding
from qwen_app.features.tutor.reading.limits import MOST_CHARACTERS
from qwen_app.features.tutor.reading.lines import Piece
from qwen_app.features.tutor.reading.statements import Reading
from qwen_app.features.tutor.reading.tree import (
    Apply,
    Asked,
    Binary,
    Blank,
    Chain,
    Context,
    Derivative,
    Expression,
    Number,
    Problem,
    Quantity,
    Rounding,
    Statement,
    Symbol,
    System,
    Unit,
    symbols,
    walk,
)

Kind = Literal["solve", "evaluate", "simplify", "factor", "expand", "find"]

_TASKS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("factor", re.compile(r"因式分解|分解因式|\bfactor(?:i[sz]e)?\b", re.IGNORECASE)),
    ("expand", re.compile(r"展开|\bexpand\b|\bmultiply out\b", re.IGNORECASE)),
    ("simplify", re.compile(r"化简|约分|\bsimplif(?:y|ied)\b|\breduce\b", re.IGNORECASE)),
    (
        "evaluate",
        re.compile(
            r"计算|求值|算一算|口算|脱式|等于多少|是多少|\bcalculate\b|\bcompute\b|\bevaluate\b"
            r"|\bwhat(?:'s| is)\b|\bwork out\b"
            r"|\bfind the (?:value|sum|product|quotient|difference|integral|limit)\b"
            r"|求(?:不?定积分|极限|值|积分)",
            re.IGNORECASE,
        ),
    ),
    (
        "solve",
        re.compile(
            r"解(?:方程|不等式|下列|这个|得|出)?|方程|不等式|\bsolve\b|\bsolutions?\b|\broots?\b",
            re.IGNORECASE,
        ),
    ),
)
_DERIVATIVE = re.compile(r"导数|求导|\bderivative\b|\bdifferentiate\b", re.IGNORECASE)
_SYSTEM = re.compile(
    r"方程组|不等式组|联立|\bsystem\b|\bsimultaneous\b|\\begin\{cases\}", re.IGNORECASE
)
_FIND = re.compile(
    r"(?:求|find|solve for|what is|determine|value of)\s*(?:the value of\s*)?[\$\\(\s]*"
    r"([A-Za-z])(?!\s*[A-Za-z(²³^+*/×÷·-])",
    re.IGNORECASE,
)
_WANTED = re.compile(r"(?:求|find|determine)[\s$\\(]*$", re.IGNORECASE)
_FIND_WORD_ZH = re.compile(r"(?:多少|几)(?:个)?([\u4e00-\u9fffA-Za-z²³]{1,6})")
_FIND_WORD_EN = re.compile(
    r"how\s+(?:many|much)\s+((?:square|cubic)\s+[A-Za-z]+|[A-Za-z]+)|\bin\s+((?:square|cubic)\s+[A-Za-z]+|[A-Za-z]+)"
    r"(?=[?.,]|$)",
    re.IGNORECASE,
)


def read_problem(text: str) -> Problem:
    """What the problem's text states and asks. Of a word problem that is little or nothing: what
    it states in words alone is not read."""
    kept = text[:MOST_CHARACTERS]
    reading = Reading(kept)
    wanted = rounding(kept)
    unit = _unit(kept)
    stated: list[Statement] = []
    asked: list[Asked] = []
    for statement in reading.statements():
        if isinstance(statement, Chain):
            if len(statement.sides) < 2:
                continue
            if target := _before_blank(statement):
                asked.append(Asked("evaluate", target, unit, wanted))
                continue
            if any(isinstance(node, Blank) for side in statement.sides for node in walk(side)):
                asked.append(Asked("find", Blank(), unit, wanted))
        stated.append(statement)
    known = frozenset(symbol for each in stated for symbol in _symbols(each))
    for piece in reading.values:
        asked += (
            one
            for one in _alone(reading, piece, kept, wanted)
            if one.kind != "evaluate" or one.target is None or not _is_measure(one.target, known)
        )
    stated = _combined(stated, kept)
    asked += _named(stated, kept, unit, wanted)
    if not asked and any(_has_letters(statement) for statement in stated):
        asked.append(Asked("solve", None, unit, wanted))
    if not asked and unit is not None:
        asked.append(Asked("find", None, unit, wanted))
    return Problem(text, tuple(stated), tuple(asked))


def _before_blank(chain: Chain) -> Expression | None:
    """What is to be computed: the side before ``= ?``."""
    if len(chain.sides) == 2 and isinstance(chain.sides[1], Blank):
        left = chain.sides[0]
        return None if any(isinstance(node, Blank) for node in walk(left)) else left
    return None


def _task(before: str) -> Kind | None:
    """The kind of the instruction that stands last in the text."""
    best: tuple[int, int, Kind] | None = None
    for kind, pattern in _TASKS:
        for match in pattern.finditer(before):
            place = (match.end(), -match.start(), kind)
            if best is None or place[:2] > best[:2]:
                best = place
    return best[2] if best else None


def _alone(reading: Reading, piece: Piece, text: str, wanted: Rounding | None) -> list[Asked]:
    """What is asked about an expression that stands without a relation."""
    target = reading.made(piece, Context()).sides[0]
    start = reading.tokens[piece.first].start
    end = reading.tokens[piece.after - 1].end
    if piece.is_open:
        return [Asked("evaluate", target, None, wanted)]
    if isinstance(target, Number | Quantity | Symbol | Blank):
        return []
    before, after = text[:start], text[end:]
    if _DERIVATIVE.search(text) and not isinstance(target, Derivative):
        return [Asked("evaluate", Derivative(target, None), None, wanted)]
    kind = _task(before) or _task(after)
    rest = re.sub(r"[\W\d_]+", "", before + after)
    if kind is None and not rest:
        kind = "simplify" if symbols(target) else "evaluate"
    if _WANTED.search(before) and kind in (None, "solve", "evaluate"):
        kind = "evaluate"
    if kind is None and (wanted is not None or after.lstrip(" $\\)").startswith("的值")):
        kind = "evaluate"
    if kind in (None, "solve"):
        return []
    return [Asked(kind, target, None, wanted)]


def _is_measure(target: Expression, known: frozenset[Symbol]) -> bool:
    """32m among words, of which no more is said than that: a length, and nothing to work out."""
    match target:
        case Binary("*", Number(), Symbol(name) as letter):
            return name in units.AMBIGUOUS and letter not in known
        case _:
            return False


def _combined(stated: list[Statement], text: str) -> list[Statement]:
    """The equations of a system that is written without a brace, as one."""
    chains = [each for each in stated if isinstance(each, Chain)]
    if len(chains) < 2 or len(chains) != len(stated) or not _SYSTEM.search(text):
        return stated
    return [System(tuple(chains), "and", chains[0].start, chains[-1].end, chains[0].context)]


def _named(
    stated: list[Statement], text: str, unit: Unit | None, wanted: Rounding | None
) -> list[Asked]:
    """What is asked about what the text states."""
    known = {symbol for each in stated for symbol in _symbols(each)}
    found = []
    if _DERIVATIVE.search(text):
        for each in stated:
            first = each.sides[0] if isinstance(each, Chain) else None
            if isinstance(first, Apply) and first.order == 0:
                target = Apply(first.name, first.arguments, 1)
                return [Asked("find", target, unit, wanted)]
            if isinstance(first, Symbol):
                return [Asked("find", Derivative(first, None), unit, wanted)]
    for match in _FIND.finditer(text):
        symbol = Symbol(match.group(1))
        if symbol in known and Asked("find", symbol, unit, wanted) not in found:
            found.append(Asked("find", symbol, unit, wanted))
    if not found and stated and _task(text) == "solve" and known:
        found.append(Asked("solve", None, unit, wanted))
    return found


def _symbols(statement: Statement) -> frozenset[Symbol]:
    chains = statement.chains if isinstance(statement, System) else (statement,)
    return frozenset(symbol for chain in chains for side in chain.sides for symbol in symbols(side))


def _has_letters(statement: Statement) -> bool:
    return any(not symbol.is_word for symbol in _symbols(statement))


def _unit(text: str) -> Unit | None:
    """The unit in which the last question wants its answer."""
    best: tuple[int, Unit] | None = None
    for match in _FIND_WORD_ZH.finditer(text):
        if found := units.leading(match.group(1)):
            best = match.start(), Unit(found[0], match.group(1)[: found[1]])
    for match in _FIND_WORD_EN.finditer(text):
        word = (match.group(1) or match.group(2)).lower()
        square, _, base = word.rpartition(" ")
        factors = units.named(base)
        if factors is None or (best is not None and best[0] > match.start()):
            continue
        power = 2 if square == "square" else 3 if square == "cubic" else 1
        raised = tuple((name, times * power) for name, times in factors)
        best = match.start(), Unit(raised, word)
    return best[1] if best else None
