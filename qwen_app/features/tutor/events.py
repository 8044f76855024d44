"""What happens while the tutor works, as it happens, and what comes of it.

A solution is a list of lines. Each is written (`Wrote`, several times as it grows), then judged
(`Judged`); one that fails may be taken back (`Withdrew`) and written anew under the same number.
At the end there is a `Solved`. `Sheet` adds events up to what a reader sees, so that whoever shows
them need not know their rules:

    sheet = Sheet()
    for event in solve(engine, checker, task):
        sheet = sheet.after(event)

No event has more than it needs, and none depends on a moment: a reader who misses some `Wrote`
has the whole line with the next one.
"""

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from qwen_app.errors import Language
from qwen_app.features.tutor.checking.verdict import (
    AnswerState,
    LineVerdict,
    SolutionVerdict,
)
from qwen_app.features.tutor.checking.verdict import Solved as Reference
from qwen_app.features.verdict import Verdict
from qwen_app.messages import Receipt

LineRole = Literal["opening", "step", "check", "answer"]
"""``opening``: before the first step, without mathematics of its own; ``check``: 检验, Check;
``answer``: the final one."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a solution, judged.

    Attributes:
        number: its place, from 0. Empty lines are none.
        text: Markdown, as the model wrote it, without the line break.
        computed: parts of ``text``, as (start, end) in characters, which a calculator filled in:
            the model wrote the calculation before it, and had no say in its value.
        attempts: how often it was written; more than 1 after `Withdrew`.
    """

    number: int
    role: LineRole
    text: str
    verdict: LineVerdict
    computed: tuple[tuple[int, int], ...] = ()
    attempts: int = 1


@dataclass(frozen=True, slots=True)
class Agreement:
    """What several solutions of one problem said.

    Attributes:
        drawn: solutions that came to an answer, the likeliest one among them.
        sound: of those, the ones in which no line fails.
        agreeing: of the sound ones, how many have the chosen answer.
        others: other answers of sound solutions, as plain text, each with its number of them.
    """

    drawn: int
    sound: int
    agreeing: int
    others: tuple[tuple[str, int], ...] = ()

    @property
    def is_majority(self) -> bool:
        """Whether more than half of all drawn solutions are sound and have the chosen answer."""
        return 2 * self.agreeing > self.drawn


@dataclass(frozen=True, slots=True)
class Solution:
    """What came of a problem.

    Attributes:
        text: the whole solution in Markdown, empty lines included.
        answer: the final answer as plain text ("x = 6"); None if there is none.
        state: see `SolutionVerdict.state`; ``verdict`` says it in words.
        agreement: None where one solution was enough, as it could be verified outright.
        reference: what the algebra system finds by itself, where the problem states its equations;
            to be shown where the state is not ``verified``, and as the program's answer.
        rewritten: how many lines were taken back and written anew.
        computed: how many values a calculator filled in.
        truncated: the solution was cut off before its end.
        receipts: of the generator; the first is that of the solution shown.
    """

    problem: str
    language: Language
    lines: tuple[Line, ...]
    text: str
    answer: str | None
    state: AnswerState
    verdict: Verdict
    agreement: Agreement | None = None
    reference: Reference | None = None
    rewritten: int = 0
    computed: int = 0
    truncated: bool = False
    receipts: tuple[Receipt, ...] = ()


@dataclass(frozen=True, slots=True)
class Hint:
    """One of the hints to a problem, in the order in which they are given.

    Attributes:
        text: Markdown. What is left to the reader stands as ``？`` (``?`` in English).
        gives_answer: the last one, and no other; none if there is no answer.
    """

    text: str
    gives_answer: bool = False


@dataclass(frozen=True, slots=True)
class Work:
    """A student's steps, judged.

    Attributes:
        lines: none of them has the role ``opening``.
        first_wrong: number of the first line that fails; None if none does.
        en, zh: what to tell the student: that all is right, or what is wrong with that line and
            how it should read. From the check alone, no model.
        verdict: of the whole, with the answer's state.
        comment: a model's word on the wrong line, which nobody has checked; empty if none.
    """

    lines: tuple[Line, ...]
    first_wrong: int | None
    en: str
    zh: str
    verdict: SolutionVerdict
    comment: str = ""
    receipts: tuple[Receipt, ...] = ()


# --- events -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Began:
    """Before the first line.

    Attributes:
        drawn: how many solutions are being written side by side.
    """

    problem: str
    language: Language
    drawn: int = 1


@dataclass(frozen=True, slots=True)
class Wrote:
    """A line grew; ``text`` is all of it so far."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A line is complete."""

    line: Line


@dataclass(frozen=True, slots=True)
class Withdrew:
    """The last line fails and is written anew: it stands no more. ``line`` says what was wrong."""

    line: Line


@dataclass(frozen=True, slots=True)
class Replaced:
    """Another of the drawn solutions is shown instead of the one so far, or the solution was begun
    again from the start (``lines`` is then empty)."""

    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Commented:
    """The model's comment on a student's wrong line grew; ``text`` is all of it so far."""

    text: str


@dataclass(frozen=True, slots=True)
class Solved:
    """The end of `solve`."""

    solution: Solution


@dataclass(frozen=True, slots=True)
class Checked:
    """The end of `check_work`; it may come twice, first without the model's comment."""

    work: Work


Event: TypeAlias = Began | Wrote | Judged | Withdrew | Replaced | Commented | Solved | Checked


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a reader sees, of a solution that is being written or of a student's work.

    Attributes:
        lines: judged, in order.
        writing: the line under way, not judged yet; empty if there is none.
        withdrawn: lines that stand no more, in the order in which they were taken back.
        replaced: another solution is shown than the one that was seen being written.
        comment: see `Work.comment`, as it grows.
    """

    lines: tuple[Line, ...] = ()
    writing: str = ""
    withdrawn: tuple[Line, ...] = ()
    replaced: bool = False
    comment: str = ""
    solution: Solution | None = None
    work: Work | None = None

    def after(self, event: Event) -> "Sheet":
        match event:
            case Began():
                return Sheet()
            case Wrote(_, text):
                return replace(self, writing=text)
            case Judged(line):
                return replace(self, lines=(*self.lines[: line.number], line), writing="")
            case Withdrew(line):
                kept = self.lines[: line.number]
                return replace(self, lines=kept, writing="", withdrawn=(*self.withdrawn, line))
            case Replaced(lines):
                return replace(self, lines=lines, writing="", replaced=True)
            case Commented(text):
                return replace(self, comment=text)
            case Solved(solution):
                return replace(self, lines=solution.lines, writing="", solution=solution)
            case Checked(work):
                return replace(self, lines=work.lines, writing="", work=work)
