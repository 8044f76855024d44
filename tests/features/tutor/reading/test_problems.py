"""Problems and answers."""

import pytest

from qwen_app.features.tutor.reading.answer import read_answer
from qwen_app.features.tutor.reading.display import to_text, unit_text
from qwen_app.features.tutor.reading.problem import read_problem
from qwen_app.features.tutor.reading.tree import Rounding, System


@pytest.mark.parametrize(
    ("text", "stated", "asked"),
    [
        ("解方程 2x+5=17", ["2x + 5 = 17"], ["solve"]),
        ("2x + 5 = 17", ["2x + 5 = 17"], ["solve"]),
        ("Solve for x: 2x+5=17", ["2x + 5 = 17"], ["find x"]),
        ("解不等式 2x - 3 > 5", ["2x - 3 > 5"], ["solve"]),
        ("解方程组：x+y=5，x-y=1", ["x + y = 5, x - y = 1"], ["solve"]),
        ("计算：3+5×2", [], ["evaluate 3 + 5 × 2"]),
        ("Calculate 3/4 + 1/2.", [], ["evaluate 3/4 + 1/2"]),
        ("3+5×2=", [], ["evaluate 3 + 5 × 2"]),
        ("3 + 5 = ?", [], ["evaluate 3 + 5"]),
        ("4.79*1000=多少．", [], ["evaluate 4.79 × 1000"]),
        ("What is 15% of 80?", [], ["evaluate 15% × 80"]),
        ("化简 2x+3x", [], ["simplify 2x + 3x"]),
        ("因式分解 x²-5x+6", [], ["factor x^2 - 5x + 6"]),
        ("Expand (x+1)(x-2)", [], ["expand (x + 1) × (x - 2)"]),
        ("求函数 f(x)=x²+2x 的导数", ["f(x) = x^2 + 2x"], ["find f'(x)"]),
        ("Find the derivative of x^3", [], ["evaluate (x^3)'"]),
        ("已知 a+b=5，ab=6，求 a²+b²", ["a + b = 5", "ab = 6"], ["evaluate a^2 + b^2"]),
        ("若 x=3，求 2x+1 的值", ["x = 3"], ["evaluate 2x + 1"]),
        ("3/4 = □/8", ["3/4 = □ / 8"], ["find □"]),
        ("长是宽的3倍，周长48cm，求面积是多少平方厘米？", [], ["find in cm²"]),
        ("How many miles does he run?", [], ["find in mi"]),
        ("矩形周长32m，长是宽的3倍，面积是多少？", [], []),
        ("长方形长9m，宽3m，周长是多少", [], []),
        ("当 m = 3 时，32m 是多少？", ["m = 3"], ["evaluate 32m"]),
        ("小明有多少本书？", [], []),
    ],
)
def test_problems(text: str, stated: list[str], asked: list[str]) -> None:
    problem = read_problem(text)
    assert problem.text == text
    assert list(map(to_text, problem.statements)) == stated
    found = []
    for each in problem.asked:
        target = f" {to_text(each.target)}" if each.target is not None else ""
        found.append(each.kind + target + (f" in {unit_text(each.unit)}" if each.unit else ""))
    assert found == asked


def test_the_rounding_a_problem_asks_for() -> None:
    (asked,) = read_problem("22÷7，保留两位小数").asked
    assert (asked.kind, asked.rounding) == ("evaluate", Rounding(2))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("6", "6"),
        ("x=6", "x = 6"),
        ("108 平方厘米", "108 cm²"),
        ("面积是108平方厘米", "108 cm²"),
        ("2/4", "2/4"),
        ("50%", "50%"),
        ("-5", "-5"),
        ("1 1/2", "1 1/2"),
        ("$\\frac{1}{2}$", "1/2"),
        ("2 或 -3", "(2, -3)"),
        ("2, 3", "(2, 3)"),
        ("{2,3}", "{2, 3}"),
        ("(2,3)", "(2, 3)"),
        ("x=2 或 x=-3", "x = 2 or x = -3"),
        ("x=2或-3", "x = (2, -3)"),
        ("x₁=2, x₂=3", "x_1 = 2 or x_2 = 3"),
        ("x = 2, y = 3", "x = 2, y = 3"),
        ("x>3 或 x<-1", "x > 3 or x < -1"),
        ("3小时20分", "3 h 20 min"),
        ("x^2+C", "x^2 + C"),
        ("1:3", "1 : 3"),
        ("3……2", "3 …… 2"),
        ("(-∞, 2]", "(-∞, 2]"),
        ("答案：**x = 6**", "x = 6"),
    ],
)
def test_answers(text: str, expected: str) -> None:
    answer = read_answer(text)
    assert answer is not None
    assert to_text(answer) == expected
    assert 0 <= answer.start < answer.end <= len(text)


@pytest.mark.parametrize(
    "text", ["", "I don't know", "甲20，乙30", "没有答案", "no solution", "6 (3"]
)
def test_no_answer(text: str) -> None:
    assert read_answer(text) is None


def test_values_of_two_letters_hold_together() -> None:
    answer = read_answer("x = 2, y = 3")
    assert isinstance(answer, System)
    assert answer.joined == "and"
