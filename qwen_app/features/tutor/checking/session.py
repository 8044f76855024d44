"""One solution, line by line: what a line may build on is what stands before it."""

from qwen_app.features.tutor.checking.verdict import LineVerdict, SolutionVerdict


class Session:
    """The lines of one solution, judged as they come. Of one caller; see `Checker.open`."""

    def __init__(self, problem: str | None) -> None:
        self.problem = problem
        self._lines: tuple[LineVerdict, ...] = ()

    @property
    def lines(self) -> tuple[LineVerdict, ...]:
        """The verdicts so far, in the lines' order."""
        return self._lines

    def check_line(self, text: str) -> LineVerdict:
        """Judge a line, and remember what it says for the next ones.

        What a line that fails claims is not built on: the next line is judged as if it were not
        there, unless it follows from the wrong line, which is then said.
        """
        verdict = LineVerdict(text, "unchecked")
        self._lines = (*self._lines, verdict)
        return verdict

    def fork(self) -> "Session":
        """A copy that goes its own way from here, for trying a line again."""
        copy = Session(self.problem)
        copy._lines = self._lines
        return copy

    def finish(self, answer: str) -> SolutionVerdict:
        """Judge the final answer (the text of its line, or only its mathematics)."""
        return SolutionVerdict(
            self._lines,
            None,
            "unverified",
            "The answer states no mathematics that could be checked.",
            "答案中没有可以检查的数学内容。",
        )
