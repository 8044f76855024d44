"""The checker: a computer algebra system in a process of its own, and what is asked of it."""

from types import TracebackType

from qwen_app.features.tutor.checking.session import Session
from qwen_app.features.tutor.checking.verdict import Equivalence, Solved


class Checker:
    """Judges mathematics. One for the whole server; its methods may be called from any thread.

    Its process is started when it is first needed, and no statement costs more than `limit_s`
    seconds: what takes longer is not checkable.
    """

    def __init__(self, *, limit_s: float = 1.0) -> None:
        self._limit_s = limit_s

    def warm(self) -> None:
        """Start the process now and return at once, so that the first line need not wait."""

    def open(self, problem: str | None = None) -> Session:
        """Begin a solution of a problem, whose equations its lines may build on."""
        return Session(problem)

    def equivalent(self, given: str, right: str, problem: str | None = None) -> Equivalence:
        """Whether a student's answer says the same as the right one."""
        return Equivalence("unreadable", "This cannot be read as an answer.", "看不懂这个答案。")

    def solve(self, problem: str) -> Solved | None:
        """The solution, where the problem states its equations outright; else None."""
        return None

    def close(self) -> None:
        """End the process. Later calls start it again."""

    def __enter__(self) -> "Checker":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
