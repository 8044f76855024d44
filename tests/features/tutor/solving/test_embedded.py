"""The article's problems, solved by the shipped model with every line judged."""

import pytest

from qwen_app.engine.local import LocalEngine
from qwen_app.features.tutor.checking.checker import Checker
from qwen_app.features.tutor.solving.task import TutorTask
from qwen_app.text.counting import count
from tests.features.conftest import solved


@pytest.mark.parametrize(
    "problem",
    ["解方程 2x+5=17", "解方程：2x + 5 = 17", "Solve 2x + 5 = 17", "Solve the equation 2x+5=17"],
)
def test_the_equation_has_every_line_marked_right(
    engine: LocalEngine, checker: Checker, problem: str
) -> None:
    solution = solved(engine, checker, TutorTask(problem))
    assert {line.verdict.status for line in solution.lines} == {"holds"}, solution.text
    assert (solution.state, solution.answer) == ("verified", "x = 6")
    assert solution.computed > 0


@pytest.mark.parametrize(
    "problem",
    [
        "一个长方形的长是宽的3倍，周长是48cm，求面积",
        "一个长方形的长是宽的 3 倍，周长是 48 cm，求这个长方形的面积。",
        "长方形的长是宽的3倍，周长48厘米，求面积是多少平方厘米？",
        "A rectangle is 3 times as long as it is wide, and its perimeter is 48 cm. Find its area.",
    ],
)
def test_the_rectangle_under_the_combined_prompt(
    engine: LocalEngine, checker: Checker, problem: str
) -> None:
    solution = solved(engine, checker, TutorTask(problem, limit=300))
    assert solution.answer is not None
    assert checker.equivalent(solution.answer, "108 cm²").is_right, solution.text
    assert all(line.verdict.status != "fails" for line in solution.lines)
    assert "**" in solution.lines[-1].text
    assert count(solution.text, "characters", solution.language) <= 300
    assert solution.agreement is not None
    assert solution.agreement.is_majority
