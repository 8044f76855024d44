"""The final answer: whether it satisfies the problem, or is what the lines came to."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

from qwen_app.features.tutor.checking.arithmetic import Style
from qwen_app.features.tutor.checking.exact import number
from qwen_app.features.tutor.checking.knowledge import Condition, Item, Knowledge, letters
from qwen_app.features.tutor.checking.letters import renamed
from qwen_app.features.tutor.checking.problems import goal, wanted
from qwen_app.features.tutor.checking.ruling import Claim, Ruling
from qwen_app.features.tutor.checking.verdict import (
    AnswerState,
    Finding,
    LineVerdict,
    SolutionVerdict,
)
from qwen_app.features.tutor.checking.words import claim_text, in_chinese
from qwen_app.features.tutor.reading.answer import read_answer as read
from qwen_app.features.tutor.reading.display import to_text
from qwen_app.features.tutor.reading.tree import (
    Apply,
    Chain,
    Derivative,
    Expression,
    Problem,
    Ratio,
    Relation,
    SetOf,
    Symbol,
    System,
    Tuple,
    symbols,
)

if TYPE_CHECKING:
    from qwen_app.features.tutor.checking.session import State


Ask: TypeAlias = Callable[[Item, Knowledge], Ruling]
"""Judges one item apart from any line."""


@dataclass(frozen=True, slots=True)
class Answer:
    """``condition`` is what it says of letters (x = 2 or x = -3); ``values`` are expressions that
    stand alone (108 cm², 3/4), or stand for words (面积 = 108)."""

    text: str
    condition: Condition | None
    values: tuple[Expression, ...]
    about: bool = False


def read_answer(text: str) -> Answer | None:
    """None if it states no mathematics. Of a chain only its two ends count: x = 12 ÷ 2 = 6."""
    statement = read(text)
    if statement is None:
        return None
    is_system = isinstance(statement, System)
    chains = statement.chains if isinstance(statement, System) else (statement,)
    parts: list[tuple[Claim, ...]] = []
    values: list[Expression] = []
    for chain in chains:
        ends = _ends(chain)
        if isinstance(ends, tuple):
            parts.append(ends)
        else:
            values += ends.items if isinstance(ends, SetOf) else [ends]
    if any(isinstance(value, Symbol) and value.is_word for value in values):
        return None  # prose
    if isinstance(statement, System) and statement.joined == "and" and parts:
        parts = [tuple(claim for part in parts for claim in part)]
    about = any(chain.context.about or "≈" in chain.operators for chain in chains)
    shown = [", ".join(claim_text(claim) for claim in part) for part in parts]
    plain = " or ".join(shown) or (", " if is_system else " or ").join(map(to_text, values))
    return Answer(plain, tuple(parts) or None, tuple(values) if not parts else (), about)


def _ends(chain: Chain) -> tuple[Claim, ...] | Expression:
    if not chain.operators:
        return chain.sides[0]
    first, last = chain.sides[0], chain.sides[-1]
    is_equal = set(chain.operators) <= {"=", "≈"}
    if is_equal and isinstance(first, Apply | Derivative):
        return last
    if is_equal and (not symbols(first) or any(letter.is_word for letter in symbols(first))):
        return last
    if is_equal:
        return (Claim(first, chain.operators[-1], last),)
    return tuple(
        Claim(a, relation, b)
        for a, relation, b in zip(chain.sides, chain.operators, chain.sides[1:], strict=False)
    )


def as_condition(answer: Answer, wanted: frozenset[Symbol]) -> Condition | None:
    """The answer as a condition on the letters that are asked for. None if it cannot be one."""
    if answer.condition is not None:
        return _unindexed(answer.condition, wanted)
    if len(wanted) == 1:
        (letter,) = wanted
        items = [
            item
            for value in answer.values
            for item in (value.items if isinstance(value, Tuple) else (value,))
        ]
        relation: Relation = "≈" if answer.about else "="
        return tuple((Claim(letter, relation, item),) for item in items)
    names = sorted(wanted, key=lambda letter: (letter.name, letter.index))
    found = []
    for value in answer.values:
        if not isinstance(value, Tuple) or len(value.items) != len(names):
            return None
        found.append(
            tuple(Claim(name, "=", item) for name, item in zip(names, value.items, strict=True))
        )
    return tuple(found) or None


def _unindexed(condition: Condition, wanted: frozenset[Symbol]) -> Condition:
    """``x₁ = 2, x₂ = -3`` names the solutions of x one by one."""
    named = {
        letter
        for letter in letters(condition)
        if letter.index.isdigit() and letter not in wanted and Symbol(letter.name) in wanted
    }
    if not named or any(len(part) != len(named) and len(part) != 1 for part in condition):
        return condition
    return tuple(
        (Claim(Symbol(claim.left.name), claim.relation, claim.right),)
        for part in condition
        for claim in part
        if isinstance(claim.left, Symbol)
    )


def judge_answer(
    answer: Answer | None,
    problem: Problem | None,
    state: "State",
    lines: tuple[LineVerdict, ...],
    ask: Ask,
) -> SolutionVerdict:
    if answer is None:
        return SolutionVerdict(
            lines,
            None,
            "unverified",
            "The answer states no mathematics that could be checked.",
            "答案中没有可以检查的数学内容。",
        )
    if problem is not None:
        lines = _with_losses(lines, state, ask)
    ruling = None if problem is None else _by_problem(answer, problem, state, ask)
    if ruling is not None and ruling.status == "holds" and ruling.reason not in ("lost", "added"):
        return _right(lines, answer)
    if ruling is not None and (ruling.status == "fails" or ruling.reason in ("lost", "added")):
        return _not_right(lines, answer, ruling)
    return _by_lines(lines, answer, state, ask)


def _by_problem(answer: Answer, problem: Problem, state: "State", ask: Ask) -> Ruling | None:
    """By putting the answer into the problem's own equations; None if it has none."""
    asked = goal(problem)
    rounding = next((one.rounding for one in problem.asked if one.rounding), None)
    style = Style(about=answer.about, rounding=rounding)
    if state.names:
        answer = replace(answer, condition=_renamed(answer.condition, state.names))
    known = state.knowledge
    stated = Knowledge(stated=known.stated, functions=known.functions, is_closed=True)
    if asked is not None and asked.target is not None and answer.values:
        claim = Claim(asked.target, "≈" if answer.about else "=", answer.values[-1])
        return ask(Item(((claim,),), style), stated)
    if not known.stated:
        return None
    names = wanted(problem, known)
    condition = as_condition(answer, names)
    if answer.condition is None and known.functions:
        return None  # which of a function's letters a bare number is for is not said
    if condition is None or not letters(condition) & names or not is_solved(condition):
        return None
    ruling = ask(Item(condition, style), stated)
    if ruling.status == "holds" and not names <= letters(condition):
        return Ruling("unchecked", "unknown")
    return ruling


def _renamed(condition: Condition | None, names: dict[Symbol, Symbol]) -> Condition | None:
    if condition is None:
        return None
    return tuple(
        tuple(
            Claim(renamed(claim.left, names), claim.relation, renamed(claim.right, names))
            for claim in part
        )
        for part in condition
    )


def is_solved(condition: Condition) -> bool:
    """An answer names a letter alone: 2x = 12 is none."""
    return all(
        (isinstance(claim.left, Symbol) and claim.left not in symbols(claim.right))
        or (isinstance(claim.right, Symbol) and claim.right not in symbols(claim.left))
        for part in condition
        for claim in part
    )


def _right(lines: tuple[LineVerdict, ...], answer: Answer) -> SolutionVerdict:
    if all(line.status == "holds" for line in lines if line.is_mathematics):
        en = "Every line holds, and the answer satisfies the problem."
        zh = "每一行都成立，答案满足题目。"
        state: AnswerState = "verified"
    elif any(line.status == "fails" for line in lines):
        en = "The answer satisfies the problem, but a line on the way does not hold."
        zh = "答案满足题目，但过程中有一行不成立。"
        state = "partly"
    else:
        en = "The answer satisfies the problem; some lines on the way could not be checked."
        zh = "答案满足题目；过程中有些行没有检查。"
        state = "partly"
    return SolutionVerdict(lines, answer.text, state, en, zh)


def _not_right(lines: tuple[LineVerdict, ...], answer: Answer, ruling: Ruling) -> SolutionVerdict:
    if ruling.reason == "lost":
        names = ruling.names[0] if ruling.names else ruling.expected
        en, zh = "The answer is not complete", "答案不完整"
        if names is not None:
            en, zh = f"{en}: {names} is missing", f"{zh}：漏掉了 {in_chinese(names)}"
    else:
        en, zh = "The answer does not satisfy the problem", "答案不满足题目"
        if ruling.expected is not None:
            en = f"{en}: it is {ruling.expected}"
            zh = f"{zh}：应为 {in_chinese(ruling.expected)}"
    return SolutionVerdict(lines, answer.text, "wrong", f"{en}.", f"{zh}。")


def _with_losses(
    lines: tuple[LineVerdict, ...], state: "State", ask: Ask
) -> tuple[LineVerdict, ...]:
    """The first line that lost solutions of the problem's equation fails, if no other line goes
    on with what it left out; that the answer names it does not tell where it comes from."""
    known = state.knowledge
    if not known.is_closed or not state.losses:
        return lines
    together = tuple(part for _, condition in state.losses for part in condition)
    stated = Knowledge(stated=known.stated, functions=known.functions, is_closed=True)
    if ask(Item(together), stated).reason != "lost":
        return lines
    at = state.losses[0][0]
    findings = tuple(_as_failure(finding) for finding in lines[at].findings)
    return (*lines[:at], LineVerdict(lines[at].text, "fails", findings), *lines[at + 1 :])


def _as_failure(finding: Finding) -> Finding:
    if finding.reason != "lost":
        return finding
    return replace(finding, status="fails")


def _by_lines(
    lines: tuple[LineVerdict, ...],
    answer: Answer,
    state: "State",
    ask: Ask,
) -> SolutionVerdict:
    """A problem in words: the answer is what the lines came to."""
    if any(line.status == "fails" for line in lines):
        return SolutionVerdict(
            lines,
            answer.text,
            "unverified",
            "A line does not hold, so the answer is not verified.",
            "有一行不成立，因此答案没有得到验证。",
        )
    if not _is_what_lines_came_to(answer, state, ask):
        return SolutionVerdict(
            lines,
            answer.text,
            "unverified",
            "Nothing that was checked leads to this answer.",
            "检查过的内容推不出这个答案。",
        )
    unchecked = any(line.is_mathematics and line.status == "unchecked" for line in lines)
    en = "The arithmetic is right; whether the problem was read rightly has not been checked."
    zh = "计算是对的；题意理解得是否正确没有检查。"
    if unchecked:
        en = "What could be checked is right; some lines, and how the problem was read, were not."
        zh = "能检查的都是对的；有些行以及题意的理解没有检查。"
    return SolutionVerdict(lines, answer.text, "partly", en, zh)


def _is_what_lines_came_to(answer: Answer, state: "State", ask: Ask) -> bool:
    if answer.condition is not None:
        if not is_solved(answer.condition):
            return False
        ruling = ask(Item(answer.condition), state.knowledge)
        return ruling.status == "holds" and ruling.reason not in ("lost", "added")
    found = [
        number(part)
        for value in answer.values
        for part in (value.parts if isinstance(value, Ratio) else _items(value))
    ]
    every = {value for line in state.values for value in line}
    last = set(state.values[-1]) if state.values else set()
    if not found or not all(value is not None and _is_among(value, every) for value in found):
        return False
    return any(value is not None and _is_among(value, last) for value in found)


def _items(value: Expression) -> tuple[Expression, ...]:
    return value.items if isinstance(value, Tuple) else (value,)


def _is_among(value: Fraction, known: set[Fraction]) -> bool:
    return value in known or value * 100 in known or value / 100 in known
