"""What the guard calculates, the checker finds true: both readers agree, or nothing is forced."""

import random
from collections.abc import Iterator

import pytest

from qwen_app.features.tutor.checking.checker import Checker
from qwen_app.features.tutor.solving.opinion import settled
from qwen_app.features.tutor.solving.writing import roundings, steps, values
from tests.features.tutor.solving.test_guard import _expression

_AROUND = (
    *("{}", "x = {}", "1. {}", "- {}", "所以{}", "检验：{}", "面积 = 长 × 宽 = {}", "宽：{}"),
    *("so the width is {}", "**{}**", "Step 1: {}", "步骤1：{}", "The total is {}"),
)
_SUMS = (
    *("24 cm ÷ 2", "18厘米×6厘米", "100 ÷ 4个", "$5 × 3", "$3.50 × 2", "1,200 + 300", "2 − 7"),
    *("4 x 2", "-3²", "(-3)²", "2^10", "3.14 × 3²", "7 ÷ 3", "1/3 + 1/6", "24/4", "6/8", "1/2"),
    *(
        "50的20%",
        "20% of 50",
        "200 × (1 + 10%)",
        "15 ÷ 60 × 100%",
        "2(3+4)",
        "５元×３",
        "-5 × (-3)",
    ),
    *("\\frac{24}{4} + 1", "2 \\times 3 + 4", "[(3+4)×2]×5", "10 ÷ 4 ÷ 5", "√16 + 3", "1 1/2 + 3"),
)


@pytest.fixture(scope="module")
def checker() -> Iterator[Checker]:
    with Checker(limit_s=20) as checker:
        yield checker


@pytest.mark.parametrize("around", _AROUND)
def test_the_checker_finds_it_true(checker: Checker, around: str) -> None:
    rng = random.Random(around)
    sums = [*_SUMS, *(_expression(rng) for _ in range(20))]
    found = 0
    for text in map(around.format, sums):
        calculation = settled(text)
        if calculation is None:
            continue
        found += 1
        written = [f"{text} = {form}" for form in (*values(calculation), *steps(calculation))]
        written += [f"{text} ≈ {form}" for form in roundings(calculation)]
        for line in written:
            verdict = checker.open().check_line(line)
            assert verdict.status == "holds", (line, verdict.findings)
    assert found > 30


@pytest.mark.parametrize(
    "text",
    ["27÷5/444", "\\(4 x 2", "12 : 4", "√12", "sin 30", "12 ÷ 0", "f(2)", "2x + 5", "5", "1 1/2"],
)
def test_in_doubt_nothing_is_calculated(text: str) -> None:
    assert settled(text) is None
