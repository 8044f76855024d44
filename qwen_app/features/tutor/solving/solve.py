"""A problem solved before the reader's eyes: each line is judged as it is complete, one that fails
is written anew, and where one solution does not settle it, several are compared.

    for event in solve(engine, checker, TutorTask("解方程 2x + 5 = 17")):
        sheet = sheet.after(event)
    sheet.solution.state                  # verified

The solution that is shown while it is written is the likeliest one. A problem in words has others
written beside it, in the same batch: whether such a problem was understood no program can check,
but solutions whose lines all hold seldom come to the same wrong answer. A problem that states its
equations needs others only where the first cannot be verified.
"""

from collections.abc import Generator, Iterator, Sequence
from typing import Final

from qwen_app.engine.stream import Stream
from qwen_app.features.tutor.checking.checker import Checker
from qwen_app.features.tutor.checking.verdict import LineVerdict
from qwen_app.features.tutor.checking.verdict import Solved as Reference
from qwen_app.features.tutor.events import (
    Agreement,
    Began,
    Event,
    Judged,
    Line,
    Replaced,
    Solution,
    Solved,
    Withdrew,
    Wrote,
)
from qwen_app.features.tutor.solving.candidates import Candidate, choose, finished, judge, made
from qwen_app.features.tutor.solving.lines import LineSplitter, Written
from qwen_app.features.tutor.solving.rewriting import rewrite
from qwen_app.features.tutor.solving.task import LEAST_LIMIT, SOLUTIONS, Engine, TutorTask
from qwen_app.features.tutor.solving.telling import verdict_of
from qwen_app.messages import Receipt

_SAME_LINES: Final = 3
"""A line with mathematics that comes so often is a model that repeats itself."""


def solve(engine: Engine, checker: Checker, task: TutorTask) -> Iterator[Event]:
    """Closing the iterator ends all that is under way. It waits for the model and for the checker.

    Raises:
        InvalidInput: there is no problem, or a number is out of its range.
        ContextTooLong: the problem does not fit the model's context.
        AppError: what the engine raises.
    """
    task.check()
    return _Solving(engine, checker, task).events()


class _Solving:
    def __init__(self, engine: Engine, checker: Checker, task: TutorTask) -> None:
        self._engine, self._checker, self._task = engine, checker, task
        self._session = checker.open(task.problem)
        self._splitter = LineSplitter()
        self._lines: list[Line] = []
        self._receipts: list[Receipt] = []
        self._of_rewriting: list[Receipt] = []
        self._rewritten = 0
        self._truncated = False

    def events(self) -> Iterator[Event]:
        task = self._task
        self._checker.warm()
        reference = self._checker.solve(task.problem)
        wanted = task.solutions or (SOLUTIONS if reference is None else 1)
        beside = Beside(self._engine, task, wanted - 1)
        try:
            yield Began(task.problem, task.speaks, wanted)
            yield from self._write()
            first = self._candidate()
            later = Beside(self._engine, task, self._more(first, reference))
            try:
                others = [*beside.judged(self._checker), *later.judged(self._checker)]
            finally:
                later.close()
        finally:
            beside.close()
        chosen, agreement = choose([first, *others], self._same)
        if chosen is not first:
            yield Replaced(chosen.lines)
        yield Solved(self._solution(chosen, [first, *others], agreement, reference))

    def _more(self, first: Candidate, reference: Reference | None) -> int:
        """How many further solutions are called for, once the first one is there."""
        if self._task.solutions is not None or reference is None:
            return 0
        return 0 if first.verdict.state == "verified" else SOLUTIONS - 1

    def _same(self, one: str, other: str) -> bool:
        return one == other or self._checker.equivalent(one, other, self._task.problem).is_right

    # --- the solution that is shown as it is written --------------------------------------------

    def _write(self) -> Iterator[Event]:
        goes_on = True
        while goes_on:
            request = self._task.request(self._engine, self._splitter.text)
            stream = self._engine.stream(request)
            try:
                goes_on = yield from self._follow(stream)
            finally:
                stream.close()

    def _follow(self, stream: Stream) -> Generator[Event, None, bool]:
        """Until the end, or until a line was replaced, from which another request goes on (then
        True is returned)."""
        for delta in stream:
            for written in self._splitter.feed(delta.text):
                if (yield from self._judge(written)):
                    return True
                if self._repeats():
                    self._truncated = True
                    return False
            if delta.text and self._splitter.writing.strip():
                yield Wrote(len(self._lines), self._splitter.writing)
            if delta.receipt is not None:
                self._receipts.append(delta.receipt)
                self._truncated = delta.finish_reason == "length"
        last = self._splitter.finish()
        if last is not None:
            return (yield from self._judge(last))
        return False

    def _judge(self, written: Written) -> Generator[Event, None, bool]:
        """Judge a line; returns whether another stands in its place now."""
        before = self._session.fork()
        line = self._made(written, self._session.check_line(written.text))
        if line.verdict.status != "fails" or not self._may_rewrite(written):
            self._lines.append(line)
            yield Judged(line)
            return False
        yield Withdrew(line)
        text = self._splitter.text[: written.start]
        self._rewritten += 1
        attempt, receipts = rewrite(self._engine, self._task, before, text, line)
        self._of_rewriting += receipts
        if attempt is None or not self._has_room(text + attempt.text):
            line = self._made(written, line.verdict, attempts=2)
            self._lines.append(line)
            yield Judged(line)
            return False
        self._session = attempt.session
        self._splitter.go_back(written.start)
        (again,) = self._splitter.feed(attempt.text.strip("\n") + "\n")
        line = self._made(again, attempt.verdict, attempts=2)
        self._lines.append(line)
        yield Judged(line)
        return True

    def _may_rewrite(self, written: Written) -> bool:
        if self._rewritten >= self._task.rewrites:
            return False
        return self._has_room(self._splitter.text[: written.end])

    def _has_room(self, text: str) -> bool:
        """Whether a solution can still come to its end."""
        room = self._task.room(text)
        return room is None or room > LEAST_LIMIT

    def _made(self, written: Written, verdict: LineVerdict, attempts: int = 1) -> Line:
        return made(written, verdict, self._lines, guarded=self._task.guard, attempts=attempts)

    def _repeats(self) -> bool:
        last = self._lines[-1]
        same = sum(line.text == last.text for line in self._lines)
        return last.verdict.is_mathematics and same >= _SAME_LINES

    def _candidate(self) -> Candidate:
        lines, verdict = finished(self._session, self._lines)
        return Candidate(
            self._splitter.text,
            lines,
            verdict,
            self._truncated,
            (*self._receipts, *self._of_rewriting),
            self._rewritten,
        )

    # --- what comes of it -----------------------------------------------------------------------

    def _solution(
        self,
        chosen: Candidate,
        candidates: Sequence[Candidate],
        agreement: Agreement | None,
        reference: Reference | None,
    ) -> Solution:
        if len(candidates) == 1 or chosen.verdict.state == "verified":
            agreement = None
        others = [each for each in candidates if each is not chosen]
        receipts = [receipt for each in (chosen, *others) for receipt in each.receipts]
        return Solution(
            problem=self._task.problem,
            language=self._task.speaks,
            lines=chosen.lines,
            text=chosen.text.strip(),
            answer=chosen.verdict.answer,
            state=chosen.verdict.state,
            verdict=verdict_of(chosen.verdict, agreement),
            agreement=agreement,
            reference=reference,
            rewritten=chosen.rewritten,
            computed=sum(len(line.computed) for line in chosen.lines),
            truncated=chosen.truncated,
            receipts=tuple(receipts),
        )


class Beside:
    """Solutions that are written while another one is shown."""

    def __init__(self, engine: Engine, task: TutorTask, number: int) -> None:
        self._task, self._number = task, number
        self._stream = engine.stream(task.samples(engine, number)) if number > 0 else None

    def judged(self, checker: Checker) -> list[Candidate]:
        """Once they are complete.

        Raises:
            AppError: what the engine raises.
        """
        if self._stream is None:
            return []
        texts = [""] * self._number
        receipts: dict[int, Receipt] = {}
        for delta in self._stream:
            texts[delta.index] += delta.text
            if delta.receipt is not None:
                receipts[delta.index] = delta.receipt
        return [
            judge(
                checker,
                self._task.problem,
                text,
                guarded=self._task.guard,
                truncated=receipts[index].finish_reason == "length",
                receipt=receipts[index],
            )
            for index, text in enumerate(texts)
            if index in receipts
        ]

    def close(self) -> None:
        if self._stream is not None:
            self._stream.close()
