"""The checker: a computer algebra system in a process of its own, and what is asked of it."""

from types import TracebackType

from qwen_app.features.tutor.checking.knowledge import Item, Knowledge
from qwen_app.features.tutor.checking.marking import mark
from qwen_app.features.tutor.checking.problems import asks_of_a_curve, goal, known_from, wanted
from qwen_app.features.tutor.checking.process import Pool
from qwen_app.features.tutor.checking.questions import SolveQuestion
from qwen_app.features.tutor.checking.ruling import Ruling
from qwen_app.features.tutor.checking.session import Session, ask_one
from qwen_app.features.tutor.checking.verdict import Equivalence, Solved
from qwen_app.features.tutor.checking.wire import Status
from qwen_app.features.tutor.reading.problem import read_problem


class Checker:
    """Judges mathematics. One for the whole server; its methods may be called from any thread.

    Its process is started when it is first needed, and no line costs more than ``limit_s`` seconds
    of its processor time: what takes longer is not checkable. Plain arithmetic does without it.
    """

    def __init__(self, *, limit_s: float = 0.9) -> None:
        self._pool = Pool(limit_s)

    def warm(self) -> None:
        """Start the process now and return at once, so that the first line need not wait."""
        self._pool.warm()

    def open(self, problem: str | None = None) -> Session:
        """Begin a solution of a problem, whose equations its lines may build on."""
        return Session(self._pool, problem)

    def equivalent(self, given: str, right: str, problem: str | None = None) -> Equivalence:
        """Whether a student's answer says the same as the right one.

        Args:
            problem: if it asks to simplify, factor or expand, an answer that is equal but not in
                that form is ``unsimplified``.
        """
        read = None if problem is None else read_problem(problem)

        def ask(item: Item, knowledge: Knowledge) -> Ruling:
            return ask_one(self._pool, item, knowledge)

        return mark(given, right, read, ask)

    def solve(self, problem: str) -> Solved | None:
        """The solution, where the problem states its equations outright; else None."""
        read = read_problem(problem)
        asked = goal(read)
        target = None if asked is None else asked.target
        known = known_from(read)
        if target is None and (not (known.stated and read.asked) or asks_of_a_curve(read)):
            return None
        names = tuple(wanted(read, known))
        if target is None and not names:
            return None  # all its letters have their values
        kind = "solve" if asked is None else asked.kind
        answer = self._pool.ask(SolveQuestion(known, target, kind, names))
        if answer.status is not Status.DONE:
            return None
        solved: Solved | None = answer.content  # type: ignore[assignment]
        return solved

    def close(self) -> None:
        """End the process. Later calls start it again."""
        self._pool.close()

    def __enter__(self) -> "Checker":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
