"""One solution, line by line: what a line may build on is what stands before it."""

import re
from dataclasses import dataclass, replace
from fractions import Fraction

from qwen_app.features.tutor.checking.answers import judge_answer, read_answer
from qwen_app.features.tutor.checking.claims import part_of
from qwen_app.features.tutor.checking.exact import NotExactError, Reading, evaluate, number
from qwen_app.features.tutor.checking.knowledge import Item, Knowledge
from qwen_app.features.tutor.checking.problems import known_from
from qwen_app.features.tutor.checking.process import Pool
from qwen_app.features.tutor.checking.questions import LineQuestion
from qwen_app.features.tutor.checking.quick import judge_quickly
from qwen_app.features.tutor.checking.readings import Judged, Part, judge_parts
from qwen_app.features.tutor.checking.rounding import RoundedNumbers
from qwen_app.features.tutor.checking.ruling import HARD, Claim, Ruling
from qwen_app.features.tutor.checking.verdict import (
    Finding,
    LineStatus,
    LineVerdict,
    SolutionVerdict,
)
from qwen_app.features.tutor.checking.wire import Status
from qwen_app.features.tutor.checking.words import UNREAD, sentences
from qwen_app.features.tutor.reading.problem import read_problem
from qwen_app.features.tutor.reading.read import read_line, unread
from qwen_app.features.tutor.reading.tree import Chain, Expression, Problem, Relation, Statement

_CONTINUES = re.compile(r"\s*(?:[-*+•>]\s+)?[$\\(\[\s]*(?:&\s*)?(=|＝|≈|\\approx)")
"""A line that goes on with the last side of the line before."""

MOST_STATEMENTS = 40
"""Of a line; what comes after them is not checked."""
MOST_ROUNDED = 40


@dataclass(frozen=True, slots=True)
class State:
    """What a session knows."""

    knowledge: Knowledge
    rounded: RoundedNumbers = ()
    values: tuple[Fraction, ...] = ()
    """Numbers that lines which hold came to, the latest last."""
    last: Expression | None = None
    """The last side of the last line, with which the next may go on."""


class Session:
    """The lines of one solution, judged as they come. Of one caller; see `Checker.open`."""

    def __init__(self, pool: Pool, problem: str | None) -> None:
        self._pool = pool
        self._problem: Problem | None = None if problem is None else read_problem(problem)
        self._state = State(Knowledge() if self._problem is None else known_from(self._problem))
        self._lines: tuple[LineVerdict, ...] = ()

    @property
    def problem(self) -> Problem | None:
        """As it was read."""
        return self._problem

    @property
    def lines(self) -> tuple[LineVerdict, ...]:
        """The verdicts so far, in the lines' order."""
        return self._lines

    def check_line(self, text: str) -> LineVerdict:
        """Judge a line, and remember what it says for the next ones.

        What a line claims that fails is not built on: the next is judged as if it were not there.
        If it follows from the wrong line, that is said.
        """
        verdict, self._state = self._judge(text)
        self._lines = (*self._lines, verdict)
        return verdict

    def fork(self) -> "Session":
        """A copy that goes its own way from here, for trying a line again."""
        copy = Session(self._pool, None)
        copy._problem, copy._state, copy._lines = self._problem, self._state, self._lines
        return copy

    def finish(self, answer: str) -> SolutionVerdict:
        """Judge the final answer: the text of its line, or only its mathematics.

        The lines of the verdict are those of the session; but if the answer leaves out solutions,
        the line that lost them, which held when it was written, now fails.
        """
        read = read_answer(answer)
        return judge_answer(read, self._problem, self._state, self._lines, self._ask_one)

    def _judge(self, text: str) -> tuple[LineVerdict, State]:
        statements = read_line(text)
        state = self._state
        parts = [part_of(statement, state.rounded) for statement in statements[:MOST_STATEMENTS]]
        parts = _going_on(text, statements, parts, state.last)
        judged = ask_parts(self._pool, tuple(parts), state.knowledge)
        findings: list[Finding] = []
        for statement, one in zip(statements, judged, strict=False):
            findings += _findings(statement, one)
            state = _after(state, one)
        findings += [
            Finding("unchecked", "hard", *UNREAD, start=start, end=end)
            for start, end in unread(text, statements)
        ]
        last = _last_side(statements)
        state = replace(state, last=last if last is not None else state.last)
        return LineVerdict(text, _status(findings), tuple(findings)), state

    def _ask_one(self, item: Item, knowledge: Knowledge) -> Ruling:
        return ask_one(self._pool, item, knowledge)


def ask_parts(pool: Pool, parts: tuple[Part, ...], knowledge: Knowledge) -> tuple[Judged, ...]:
    """Judge without the process if that is possible."""
    try:
        return judge_parts(parts, knowledge, _quickly)
    except _UndecidedError:
        pass
    answer = pool.ask(LineQuestion(parts, knowledge))
    if answer.status is Status.DONE:
        found: tuple[Judged, ...] = answer.content  # type: ignore[assignment]
        return found
    return judge_parts(parts, knowledge, _quickly_or_not)


def ask_one(pool: Pool, item: Item, knowledge: Knowledge) -> Ruling:
    """Judge a single item, apart from any line."""
    (judged,) = ask_parts(pool, (((item,),),), knowledge)
    return judged.rulings[0]


class _UndecidedError(Exception):
    """SymPy has to be asked."""


def _quickly(item: Item, knowledge: Knowledge) -> Ruling:
    ruling = judge_quickly(item, knowledge)
    if ruling is None:
        raise _UndecidedError
    return ruling


def _quickly_or_not(item: Item, knowledge: Knowledge) -> Ruling:
    return judge_quickly(item, knowledge) or HARD


def _going_on(
    text: str, statements: tuple[Statement, ...], parts: list[Part], last: Expression | None
) -> list[Part]:
    """With the step from the line before, where the line begins with ``=``."""
    found = _CONTINUES.match(text)
    if found is None or last is None or not statements or not isinstance(statements[0], Chain):
        return parts
    relation: Relation = "≈" if found[1] in ("≈", "\\approx") else "="
    first = Item(((Claim(last, relation, statements[0].sides[0]),),))
    if relation == "≈":
        first = replace(first, style=replace(first.style, about=True))
    return [tuple((first, *reading) for reading in parts[0]), *parts[1:]]


def _findings(statement: Statement, judged: Judged) -> list[Finding]:
    found = []
    for item, ruling in zip(judged.items, judged.rulings, strict=True):
        en, zh = sentences(ruling, item)
        found.append(
            Finding(
                ruling.status,
                ruling.reason,
                en,
                zh,
                ruling.expected,
                statement.start,
                statement.end,
            )
        )
    return found


def _after(state: State, judged: Judged) -> State:
    knowledge, rounded, values = state.knowledge, state.rounded, state.values
    for item, ruling in zip(judged.items, judged.rulings, strict=True):
        knowledge = knowledge.after(item, ruling)
        if ruling.status != "holds":
            continue
        for claims in item.condition:
            for claim in claims:
                value = number(claim.right)
                if value is None:
                    continue
                if claim.relation in ("=", "≈"):
                    values = (*values, value)
                if ruling.reason == "rounded":
                    rounded = _rounded(rounded, claim)
    return replace(
        state,
        knowledge=knowledge,
        rounded=rounded[-MOST_ROUNDED:],
        values=values[-MOST_ROUNDED:],
    )


def _rounded(known: RoundedNumbers, claim: Claim) -> RoundedNumbers:
    try:
        plain = Reading(units=False, instead=dict(known))
        exact, written = evaluate(claim.left, plain).value, evaluate(claim.right, Reading()).value
    except NotExactError:
        return known
    return (*known, (written, exact))


def _last_side(statements: tuple[Statement, ...]) -> Expression | None:
    if not statements or not isinstance(statements[-1], Chain):
        return None
    return statements[-1].sides[-1]


def _status(findings: list[Finding]) -> LineStatus:
    if any(finding.status == "fails" for finding in findings):
        return "fails"
    doubtful = any(
        finding.status == "unchecked" and finding.reason in ("hard", "unknown")
        for finding in findings
    )
    if not doubtful and any(finding.status == "holds" for finding in findings):
        return "holds"
    return "unchecked"
