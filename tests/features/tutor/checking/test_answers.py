"""The final answer of a solution; marking a student's answer; solving."""

import pytest

from qwen_app.features.tutor.checking.checker import Checker
from qwen_app.features.tutor.checking.verdict import AnswerState, Match

RECTANGLE = "一个长方形的长是宽的3倍，周长是48cm，求面积。"
AREA = [
    "设宽为 x cm，则长为 3x cm",
    "2(3x + x) = 48",
    "x = 6",
    "长 = 3 × 6 = 18",
    "面积 = 长 × 宽 = 18 × 6 = 108 平方厘米",
]


@pytest.mark.parametrize(
    ("problem", "lines", "answer", "state"),
    [
        ("解方程 2x + 5 = 17", ["2x = 12", "x = 6"], "答案：**x = 6**", "verified"),
        ("Solve 2x + 5 = 17", ["2x = 12", "x = 6"], "Answer: **x = 6**", "verified"),
        ("解方程 2x + 5 = 17", ["2x = 12", "x = 6"], "6", "verified"),
        ("解方程 2x + 5 = 17", ["2x = 12"], "x = 7", "wrong"),
        ("解方程 2x + 5 = 17", ["2x = 13", "x = 6"], "x = 6", "partly"),
        ("解方程 2x + 5 = 17", ["2x = 12"], "2x = 12", "unverified"),
        ("解方程 2x + 5 = 17", ["2x = 12"], "我不知道", "unverified"),
        ("解方程 x² = 4", ["x = 2"], "x = 2", "wrong"),
        ("解方程 x² = 4", ["x = ±2"], "x = 2 或 x = -2", "verified"),
        ("解方程 x² = 4", ["x₁ = 2，x₂ = -2"], "x₁ = 2，x₂ = -2", "verified"),
        ("解方程组：x + y = 10，x - y = 2", ["x = 6", "y = 4"], "x = 6, y = 4", "verified"),
        ("解方程组：x + y = 10，x - y = 2", ["x = 6", "y = 4"], "x = 6, y = 5", "wrong"),
        ("解不等式 2x > 6", ["x > 3"], "x > 3", "verified"),
        ("解不等式 2x > 6", ["x > 3"], "x < 3", "wrong"),
        ("计算 3/4 + 1/6", ["原式 = 9/12 + 2/12 = 11/12"], "11/12", "verified"),
        ("计算 3/4 + 1/6", ["3/4 + 1/6 = 11/12"], "10/12", "wrong"),
        (RECTANGLE, AREA, "答案：**108 平方厘米**", "partly"),
        (RECTANGLE, AREA, "答案：**106 平方厘米**", "unverified"),
        (RECTANGLE, [*AREA[:-1], "面积 = 18 × 6 = 106"], "106 平方厘米", "unverified"),
        (None, ["12 × 3 = 36"], "36", "partly"),
        (None, ["12 × 3 = 36", "36 + 5 = 41"], "36", "unverified"),
    ],
)
def test_final_answers(
    checker: Checker, problem: str | None, lines: list[str], answer: str, state: AnswerState
) -> None:
    session = checker.open(problem)
    for line in lines:
        session.check_line(line)
    verdict = session.finish(answer)
    assert verdict.state == state, verdict
    assert verdict.en.endswith(".")
    assert verdict.zh.endswith("。")


def test_a_line_that_lost_a_solution_fails_in_the_end(checker: Checker) -> None:
    session = checker.open("解方程 x² = 4")
    assert session.check_line("x = 2").status == "holds"
    verdict = session.finish("x = 2")
    assert verdict.en == "The answer is not complete: x = -2 is missing."
    assert [line.status for line in verdict.lines] == ["fails"]
    assert session.lines[0].status == "holds"


def test_solutions_may_be_found_one_by_one(checker: Checker) -> None:
    session = checker.open("解方程 x² = 4")
    for line in ("x - 2 = 0，x = 2", "x + 2 = 0，x = -2"):
        assert session.check_line(line).status == "holds"
    assert session.finish("x = 2 或 x = -2").state == "verified"


@pytest.mark.parametrize(
    ("given", "right", "match"),
    [
        ("2/4", "1/2", "unsimplified"),
        ("0.5", "1/2", "equal"),
        ("50%", "1/2", "equal"),
        ("1 1/2", "3/2", "equal"),
        ("x = 6", "6", "equal"),
        ("6", "x = 6", "equal"),
        ("7", "x = 6", "different"),
        ("108", "108 cm²", "equal"),
        ("108 cm", "108 cm²", "different"),
        ("1.08 m", "108 cm", "equal"),
        ("1.5 h", "90 分钟", "equal"),
        ("x = -3 或 x = 2", "x = 2 或 x = -3", "equal"),
        ("2, -3", "x = 2 or x = -3", "equal"),
        ("x = 2", "x = 2 或 x = -3", "incomplete"),
        ("x = 2 或 x = 3", "x = 2", "different"),
        ("y = 3, x = 2", "x = 2, y = 3", "equal"),
        ("(2, 3)", "x = 2, y = 3", "equal"),
        ("(3, 2)", "x = 2, y = 3", "different"),
        ("3 < x", "x > 3", "equal"),
        ("x ≥ 3", "x > 3", "different"),
        ("6 : 16", "3 : 8", "unsimplified"),
        ("√8", "2√2", "equal"),
        ("3 × 4", "12", "unsimplified"),
        ("18x² + 3", "f'(x) = 18x² + 3", "equal"),
        ("18x² + 4", "f'(x) = 18x² + 3", "different"),
        ("不知道", "3", "unreadable"),
        ("10^10^10", "3", "unreadable"),
    ],
)
def test_marking(checker: Checker, given: str, right: str, match: Match) -> None:
    assert checker.equivalent(given, right).match == match


def test_marking_minds_the_form_that_is_asked_for(checker: Checker) -> None:
    right = "(x + 3)(x - 3)"
    assert checker.equivalent("(x - 3)(x + 3)", right, "因式分解 x² - 9").match == "equal"
    assert checker.equivalent("x² - 9", right, "因式分解 x² - 9").match == "unsimplified"


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        ("解方程 2x + 5 = 17", "x = 6"),
        ("x² - 5x + 6 = 0", "x = 2 or x = 3"),
        ("解方程组：x + y = 13，x - y = 3", "x = 8, y = 5"),
        ("Solve 3x - 2 > 7", "x > 3"),
        ("x² < 4", "-2 < x < 2"),
        ("计算 3/4 + 1/6", "11/12"),
        ("化简 (x + 1)² - x²", "2x + 1"),
        ("求导：f(x) = 6x³ + 3x", "18x² + 3"),
        ("求 y = 3x² + 6x 在 x = 6 处的导数", "42"),
        ("The slope m satisfies 2m + 5 = 17. Find m.", "m = 6"),
    ],
)
def test_solves_what_is_stated(checker: Checker, problem: str, text: str) -> None:
    solved = checker.solve(problem)
    assert solved is not None
    assert solved.text == text


@pytest.mark.parametrize(
    "problem",
    [
        *(RECTANGLE, "你好", "x + y = 3", "(x + 1)^100000 = 2"),
        "How steep is y = 3x² + 6x at x = 6?",
        "曲线 y = 3x² + 6x 在 x = 6 处的切线斜率是多少？",
    ],
)
def test_solves_nothing_else(checker: Checker, problem: str) -> None:
    assert checker.solve(problem) is None
