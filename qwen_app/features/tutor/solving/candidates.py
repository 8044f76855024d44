"""Several solutions of one problem: each is checked, and checked agreement chooses."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from qwen_app.features.tutor.checking.checker import Checker
from qwen_app.features.tutor.checking.session import Session
from qwen_app.features.tutor.checking.verdict import LineVerdict, SolutionVerdict
from qwen_app.features.tutor.events import Agreement, Line
from qwen_app.features.tutor.solving.guard import computed
from qwen_app.features.tutor.solving.lines import Written, role_of, split
from qwen_app.messages import Receipt

_SHOWN = re.compile(r"\*\*[^*]*\d[^*]*\*\*|\\boxed")
_STATES = ("wrong", "unverified", "partly", "verified")
"""From the worst to the best."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A solution, judged."""

    text: str
    lines: tuple[Line, ...]
    verdict: SolutionVerdict
    truncated: bool = False
    receipts: tuple[Receipt, ...] = ()
    rewritten: int = 0

    @property
    def is_sound(self) -> bool:
        """It comes to an answer, and no line of it fails."""
        return (
            self.verdict.answer is not None
            and self.verdict.state != "wrong"
            and all(line.verdict.status != "fails" for line in self.lines)
        )

    @property
    def rank(self) -> tuple[int, int]:
        """The greater, the better it is verified."""
        holding = sum(line.verdict.status == "holds" for line in self.lines)
        return _STATES.index(self.verdict.state), holding


def judge(
    checker: Checker, problem: str, text: str, *, guarded: bool, truncated: bool, receipt: Receipt
) -> Candidate:
    """Check a whole solution, line by line."""
    session = checker.open(problem)
    lines: list[Line] = []
    for written in split(text):
        lines.append(made(written, session.check_line(written.text), lines, guarded=guarded))
    return Candidate(text, *finished(session, lines), truncated=truncated, receipts=(receipt,))


def made(
    written: Written,
    verdict: LineVerdict,
    before: Sequence[Line],
    *,
    guarded: bool,
    attempts: int = 1,
) -> Line:
    """A line of a solution after those before it."""
    is_first = all(line.role == "opening" for line in before)
    role = role_of(written.text, verdict, is_first=is_first)
    spans = computed(written.text) if guarded else ()
    return Line(len(before), role, written.text, verdict, spans, attempts)


def finished(session: Session, lines: Sequence[Line]) -> tuple[tuple[Line, ...], SolutionVerdict]:
    """The lines with their last verdicts, and that of the whole."""
    verdict = session.finish(_answer(lines))
    # A line may turn out to have lost a solution once the answer is known.
    settled = verdict.lines if len(verdict.lines) == len(lines) else ()
    final = tuple(
        Line(line.number, line.role, line.text, after, line.computed, line.attempts)
        for line, after in zip(lines, settled or [line.verdict for line in lines], strict=True)
    )
    return final, verdict


def _answer(lines: Sequence[Line]) -> str:
    """What states the answer: the line that says so, or one in bold or in a box, or the last
    calculation that holds. Empty if there is none."""
    said = [line.text for line in lines if line.role == "answer"]
    shown = [line.text for line in lines if _SHOWN.search(line.text) and line.verdict.findings]
    holding = [
        line.text for line in lines if line.role == "step" and line.verdict.status == "holds"
    ]
    return (said or shown or holding or [""])[-1]


def choose(
    candidates: Sequence[Candidate], same: Callable[[str, str], bool]
) -> tuple[Candidate, Agreement | None]:
    """The solution to show, and how far the others agree with it.

    Only sound ones have a say. The answer that most of them come to wins, the likeliest solution
    (the first) deciding between equals; of those with this answer, the best verified is shown,
    the likeliest if it is as good as any.
    """
    answered = [each for each in candidates if each.verdict.answer is not None]
    sound = [each for each in answered if each.is_sound]
    if not sound:
        return max(candidates, key=lambda each: each.rank), _nothing(answered)
    groups: list[list[Candidate]] = []
    for each in sound:
        for group in groups:
            if same(group[0].verdict.answer or "", each.verdict.answer or ""):
                group.append(each)
                break
        else:
            groups.append([each])
    # An answer that is verified outright needs no votes. The first group has the likeliest.
    groups.sort(key=lambda group: (not _is_verified(group), -len(group)))
    winner = groups[0]
    agreement = Agreement(
        drawn=len(answered),
        sound=len(sound),
        agreeing=len(winner),
        others=tuple((group[0].verdict.answer or "", len(group)) for group in groups[1:]),
    )
    return max(winner, key=lambda each: each.rank[0]), agreement


def _is_verified(group: Sequence[Candidate]) -> bool:
    return any(each.verdict.state == "verified" for each in group)


def _nothing(answered: Sequence[Candidate]) -> Agreement | None:
    return Agreement(len(answered), 0, 0) if len(answered) > 1 else None
