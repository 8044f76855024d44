"""One solution, line by line: what a line may build on is what stands before it."""

import re
from dataclasses import dataclass, field, replace
from fractions import Fraction

from qwen_app.features.tutor.checking.answers import is_solved, judge_answer, read_answer
from qwen_app.features.tutor.checking.claims import part_of
from qwen_app.features.tutor.checking.exact import NotExactError, Reading, evaluate, number
from qwen_app.features.tutor.checking.knowledge import Condition, Item, Knowledge
from qwen_app.features.tutor.checking.letters import other_case, renamed, unindexed
from qwen_app.features.tutor.checking.problems import goal, known_from
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
from qwen_app.features.tutor.reading.tree import Chain, Expression, Problem, Statement, Symbol

_CHECK = re.compile(r"检验|验算|检查|\b(?:check|verif)", re.IGNORECASE)
_ORIGINAL = Symbol("原式")

MOST_STATEMENTS = 40
"""Of a line; what comes after them is not checked."""
MOST_VALUES = 40


@dataclass(frozen=True, slots=True)
class State:
    """What a session knows."""

    knowledge: Knowledge
    rounded: RoundedNumbers = ()
    values: tuple[tuple[Fraction, ...], ...] = ()
    """Numbers that lines which hold came to, line by line; not those of checks."""
    losses: tuple[tuple[int, Condition], ...] = ()
    """Which line left out solutions with what it says. None is counted after a line that names all
    solutions, nor is the answer's line."""
    is_complete: bool = False
    """Whether a line has named all solutions."""
    target: Expression | None = None
    """What the problem wants worked out; 原式 stands for it."""
    names: dict[Symbol, Symbol] = field(default_factory=dict)
    """Other names of the problem's letters; see `other_case`."""
    last: Expression | None = None
    """The last side of the last line, with which the next may go on."""


class Session:
    """The lines of one solution, judged as they come. Of one caller; see `Checker.open`."""

    def __init__(self, pool: Pool, problem: str | None) -> None:
        self._pool = pool
        self._problem: Problem | None = None if problem is None else read_problem(problem)
        self._state = State(Knowledge() if self._problem is None else known_from(self._problem))
        if self._problem is not None:
            self._state = replace(self._state, names=other_case(self._state.knowledge.letters))
        asked = None if self._problem is None else goal(self._problem)
        if asked is not None:
            self._state = replace(self._state, last=asked.target, target=asked.target)
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

        The lines of the verdict are those of the session; but the first one that left out
        solutions, which held when it was written, now fails if no other line goes on with them.
        """
        read = read_answer(answer)
        return judge_answer(read, self._problem, self._state, self._lines, self._ask_one)

    def _judge(self, text: str) -> tuple[LineVerdict, State]:
        state = self._state
        statements = tuple(_completed(each, state) for each in read_line(text))
        if state.names:
            statements = renamed(statements, state.names)
        statements = unindexed(statements, state.knowledge.letters)
        parts = [part_of(statement, state.rounded) for statement in statements[:MOST_STATEMENTS]]
        judged = ask_parts(self._pool, tuple(parts), state.knowledge)
        findings: list[Finding] = []
        values: tuple[Fraction, ...] = ()
        for statement, one in zip(statements, judged, strict=False):
            findings += _findings(statement, one)
            state = _after(state, one)
            if statement.context.role != "answer":
                state = _with_losses(state, one, len(self._lines))
                if not _CHECK.search(text):
                    values += _values(one)
        if values:
            state = replace(state, values=(*state.values, values)[-MOST_VALUES:])
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


def _completed(statement: Statement, state: State) -> Statement:
    """With what its first side stands for: the side before, where the line begins with ``=``, or
    what the problem wants worked out, for 原式."""
    if not isinstance(statement, Chain):
        return statement
    first = state.target if statement.sides[0] == _ORIGINAL else None
    if statement.context.continues:
        first = state.last
        if first is None:
            sides, operators = statement.sides[1:], statement.operators[1:]
            return replace(statement, sides=sides, operators=operators, alternatives=())
    if first is None:
        return statement
    others = tuple(
        replace(other, sides=(first, *other.sides[1:])) for other in statement.alternatives
    )
    return replace(statement, sides=(first, *statement.sides[1:]), alternatives=others)


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
    knowledge, rounded = state.knowledge, state.rounded
    for item, ruling in zip(judged.items, judged.rulings, strict=True):
        knowledge = knowledge.after(item, ruling)
        if ruling.status != "holds":
            continue
        for claims in item.condition:
            for claim in claims:
                if ruling.reason == "rounded" and number(claim.right) is not None:
                    rounded = _rounded(rounded, claim)
    return replace(state, knowledge=knowledge, rounded=rounded[-MOST_VALUES:])


def _with_losses(state: State, judged: Judged, line: int) -> State:
    losses, is_complete = state.losses, state.is_complete
    for item, ruling in zip(judged.items, judged.rulings, strict=True):
        if (ruling.reason == "lost" or ruling.note == "case") and not is_complete:
            losses = (*losses, (line, item.condition))
        elif ruling.reason == "follows" and is_solved(item.condition):
            is_complete = True
    return replace(state, losses=losses[-MOST_VALUES:], is_complete=is_complete)


def _values(judged: Judged) -> tuple[Fraction, ...]:
    found = [
        number(claim.right)
        for item, ruling in zip(judged.items, judged.rulings, strict=True)
        if ruling.status == "holds"
        for claims in item.condition
        for claim in claims
        if claim.relation in ("=", "≈")
    ]
    return tuple(value for value in found if value is not None)


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
