"""Exercises for the page: made, marked and worked out without a model."""

from typing import Any, Final

from qwen_app.features.tutor.checking.checker import Checker
from qwen_app.features.tutor.events import Line, Solution
from qwen_app.features.tutor.practice.problem import Problem, solution
from qwen_app.features.tutor.practice.topics import LEVELS, TITLES, make
from qwen_app.features.tutor.solving.candidates import finished, made
from qwen_app.features.tutor.solving.lines import split
from qwen_app.features.verdict import Verdict
from qwen_app.ui.tutor_graphs import draw
from qwen_app.ui.tutor_lines import line_html
from qwen_app.ui.tutor_view import hints_view, line_view
from qwen_app.ui.tutor_wire import Exercise, MarkAnswer

KINDS: Final = {
    "equal": "right",
    "unsimplified": "right",
    "different": "wrong",
    "incomplete": "wrong",
    "unreadable": "unreadable",
}
"""What an `Equivalence` is to the page."""


def topics() -> list[dict[str, str]]:
    """``id``, ``en`` and ``zh`` of each."""
    return [{"id": id, "en": words.en, "zh": words.zh} for id, words in TITLES.items()]


def levels() -> list[dict[str, Any]]:
    return [{"id": id, "en": words.en, "zh": words.zh} for id, words in LEVELS.items()]


class Practice:
    """All calls take their time, so no event loop should wait for them.

    Raises:
        InvalidInput: there is no such topic.
    """

    def __init__(self, checker: Checker) -> None:
        self._checker = checker

    def exercise(self, sent: Exercise) -> dict[str, Any]:
        """Its ``text``, and that as ``html``."""
        self._checker.warm()
        text = _problem(sent).text.of(sent.language)
        return {"text": text, "html": line_html(text)}

    def mark(self, sent: MarkAnswer) -> dict[str, Any]:
        """``kind`` (right, wrong, unreadable) with its reason; the right answer is not in it."""
        problem = _problem(sent)
        found = self._checker.equivalent(
            sent.answer, problem.answer.of(sent.language), problem.text.of(sent.language)
        )
        return {"kind": KINDS[found.match], "match": found.match, "en": found.en, "zh": found.zh}

    def worked(self, sent: Exercise) -> dict[str, Any]:
        """``lines`` of the solution, checked like anyone's, and ``graphs``."""
        solved = self._solved(sent)
        lines = [line_view(line) | {"html": line_html(line.text)} for line in solved.lines]
        return {"lines": lines, "graphs": draw([solved.problem, *(x["text"] for x in lines)])}

    def hints(self, sent: Exercise) -> dict[str, Any]:
        """``hints``, in the order in which they are given."""
        return {"hints": hints_view(self._solved(sent))}

    def _solved(self, sent: Exercise) -> Solution:
        problem = _problem(sent)
        asked, text = problem.text.of(sent.language), solution(problem, sent.language)
        session = self._checker.open(asked)
        judged: list[Line] = []
        for written in split(text):
            verdict = session.check_line(written.text)
            judged.append(made(written, verdict, judged, guarded=False))
        lines, verdict_of_all = finished(session, judged)
        return Solution(
            problem=asked,
            language=sent.language,
            lines=lines,
            text=text,
            answer=problem.answer.of(sent.language),
            state=verdict_of_all.state,
            verdict=Verdict("unchecked", verdict_of_all.en, verdict_of_all.zh),
        )


def _problem(sent: Exercise) -> Problem:
    return make(sent.topic, sent.level, sent.seed)
