"""What checking showed: of a statement, a line, an answer, a whole solution."""

from dataclasses import dataclass
from typing import Literal

LineStatus = Literal["holds", "fails", "unchecked"]
AnswerState = Literal["verified", "partly", "unverified", "wrong"]

Reason = Literal[
    "identity",  # two sides have the same value, whatever the letters stand for
    "value",  # the same under the values known so far
    "rounded",  # equal after rounding
    "follows",  # has the solutions of what came before
    "satisfies",  # put into the equations, they hold
    "lost",  # leaves out solutions of what came before
    "added",  # has solutions that what came before does not have
    "contradicts",  # has other solutions, or none
    "given",  # what the problem states
    "definition",  # gives a name to something: nothing to check
    "unknown",  # letters without a value, and nothing that ties them
    "hard",  # beyond what is decided, or beyond the limits of time and size
]
"""Why a statement was judged as it was."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The judgement on one statement, or on one step of a chain.

    ``expected`` is what should stand there, as plain text ("12"), if it fails and that is known.
    ``start`` and ``end`` say where in the line it stands, in characters.
    """

    status: LineStatus
    reason: Reason
    en: str
    zh: str
    expected: str | None = None
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class LineVerdict:
    """The judgement on a line.

    ``fails`` if one of its findings does; ``holds`` if one holds, none fails and none that could
    be wrong was left unchecked. No findings: the line states no mathematics.
    """

    text: str
    status: LineStatus
    findings: tuple[Finding, ...] = ()

    @property
    def is_mathematics(self) -> bool:
        return bool(self.findings)

    @property
    def failure(self) -> Finding | None:
        """What to show first, if the line fails."""
        return next((finding for finding in self.findings if finding.status == "fails"), None)


@dataclass(frozen=True, slots=True)
class SolutionVerdict:
    """The judgement on a whole solution and its final answer.

    ``verified``
        Every line that states mathematics holds, and the answer satisfies the problem: put into
        its equations (or computed from its expression) it is right, and no solution is missing.
    ``partly``
        What was checked holds, but something was not: a line that could not be checked, or a
        problem in words. There the answer is the last value of a chain of lines that hold: its
        arithmetic is right, and whether the problem was read rightly nobody has checked.
    ``unverified``
        Nothing ties the answer to what was checked, or a line fails.
    ``wrong``
        The answer does not satisfy the problem.

    ``answer`` is the answer's mathematics as plain text ("x = 6"), None if there is none.
    """

    lines: tuple[LineVerdict, ...]
    answer: str | None
    state: AnswerState
    en: str
    zh: str


Match = Literal["equal", "unsimplified", "different", "incomplete", "unreadable"]


@dataclass(frozen=True, slots=True)
class Equivalence:
    """Whether two answers say the same.

    ``unsimplified``: equal, but not in lowest terms or not worked out (2/4 for 1/2, 3 × 4 for 12).
    ``incomplete``: some of the solutions, or the value without its unit.
    """

    match: Match
    en: str
    zh: str

    @property
    def is_right(self) -> bool:
        return self.match in ("equal", "unsimplified")


@dataclass(frozen=True, slots=True)
class Solved:
    """The solution of a problem that states its equations (or an expression to compute) outright.

    ``text`` reads as an answer ("x = 6", "x = 2 or x = -2", "x > 3", "108"); ``latex`` is the same.
    ``values`` are (letter, value) of each solution in turn, as text: one tuple a solution, empty
    if there are infinitely many (an inequality) or none.
    """

    text: str
    latex: str
    values: tuple[tuple[tuple[str, str], ...], ...] = ()
