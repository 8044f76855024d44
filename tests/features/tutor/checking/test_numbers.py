"""Lines of plain numbers, which need no algebra system."""

import pytest

from qwen_app.features.tutor.checking.checker import Checker
from qwen_app.features.tutor.checking.process import Pool
from qwen_app.features.tutor.checking.session import Session

HOLD = """
17 - 5 = 12
2 × 6 + 5 = 12 + 5 = 17
1/2 + 1/3 = 5/6
1 1/2 × 2 = 3
0.1 + 0.2 = 0.3
\\frac{3}{4} \\times 8 = 6
12 元 × 5 = 60 元
48cm ÷ 2 = 24cm
3小时20分 = 200分
120 cm = 1.2 m
3 m + 50 cm = 350 cm
2 hours × 60 = 120 minutes
1 mile = 1.6 km
5 × $12 = $60
20% of 50 = 10
50 × 20% = 10
20/50 × 100 = 40%
0.25 = 25%
17 ÷ 5 = 3……2
3 : 4 = 6 : 8
√16 = 4
2³ = 8
5! = 120
3 < 5
2 × 5 + 5 = 15 ≠ 17
3.14 × 5² = 78.5
π × 5² = 78.5
10 ÷ 3 ≈ 3.33
10 ÷ 3 = 3.33
2/3 ≈ 0.67
1/3 ≈ 33.3%
298 + 3 ≈ 300
10 ÷ 3 ≈ 3.3（保留一位小数）
0.333... = 1/3
60 minutes ÷ 60 = 1 hour
360 万元 + 48 万元 = 408 万元
"""

FAIL = """
17 - 5 = 13 | 12
2 × 6 + 5 = 12 + 5 = 18 | 17
1/2 + 1/3 = 2/5 | 5/6
0.1 + 0.2 = 0.4 | 0.3
12 元 × 5 = 65 元 | 60 元
120 cm = 1.3 m | 1.2 m
120 cm = 120 m | 1.2 m
3 m + 50 cm = 53 m | 3.5 m
3小时20分 = 190分 | 200 min
50 × 20% = 100 | 10
0.25 = 2.5% | 25%
17 ÷ 5 = 3……3 | 3……2
√16 = 5 | 4
2³ = 6 | 8
10 ÷ 3 = 3 | 10/3
2.345 × 2 = 4.7 | 4.69
2/3 ≈ 0.66 | 0.67
10 ÷ 3 = 3.34 | 3.33
"""


@pytest.fixture
def session() -> Session:
    """Without a process: who asks for one fails."""

    class NoPool(Pool):
        def ask(self, content: object) -> object:  # type: ignore[override]
            raise AssertionError(content)

    return Session(NoPool(0.1), None)


@pytest.mark.parametrize("line", HOLD.strip().splitlines())
def test_holds(session: Session, line: str) -> None:
    verdict = session.check_line(line)
    assert verdict.status == "holds", verdict


@pytest.mark.parametrize("row", FAIL.strip().splitlines())
def test_fails_with_what_it_should_be(session: Session, row: str) -> None:
    line, expected = row.split(" | ")
    verdict = session.check_line(line)
    assert verdict.status == "fails", verdict
    assert verdict.failure is not None
    assert verdict.failure.expected == expected
    assert line[verdict.failure.start : verdict.failure.end]


@pytest.mark.parametrize(
    "line",
    [
        "She has 4 apples left.",
        "第 3 天",
        "100 - 20% = 80",  # of what?
        "面积 = 长 × 宽",
        "1 box = 12 pencils",
    ],
)
def test_never_guesses(session: Session, line: str) -> None:
    assert session.check_line(line).status == "unchecked"


def test_says_it_to_a_student(session: Session) -> None:
    found = session.check_line("17 - 5 = 13").failure
    assert found is not None
    assert found.en == "17 - 5 is 12, not 13."
    assert found.zh == "17 - 5 等于 12，不是 13。"
    assert session.check_line("5 ÷ 0 = 0").findings[0].zh == "除数不能为 0。"


def test_a_rounded_value_may_be_used_further(session: Session) -> None:
    assert session.check_line("10 ÷ 3 ≈ 3.33").status == "holds"
    assert session.check_line("3.33 × 3 = 10").status == "holds"
    assert session.check_line("3.33 × 3 = 11").status == "fails"


def test_a_line_goes_on_from_the_last_one(session: Session) -> None:
    session.check_line("2 × (3 + 4) = 2 × 7")
    assert session.check_line("= 14").status == "holds"
    assert session.check_line("= 15").status == "fails"


@pytest.mark.parametrize(
    "line",
    [
        "10^10^10 = 5",
        "9!!!!!! = 1",
        "(" * 500 + "1" + ")" * 500 + " = 1",
        "2^" * 300 + "2 = 1",
        "1" * 5000 + " × " + "9" * 5000 + " = 1",
        "C(1000000000, 500000000) = 1",
        "1.0000001^100000000 = 2",
    ],
)
def test_what_is_hostile_is_unchecked(checker: Checker, line: str) -> None:
    assert checker.open().check_line(line).status == "unchecked"
