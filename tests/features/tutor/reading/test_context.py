"""What the prose around statements says about them."""

import pytest

from qwen_app.features.tutor.reading.display import to_text
from qwen_app.features.tutor.reading.read import read_line
from qwen_app.features.tutor.reading.tree import Blank, Chain, Rounding, System


def only(text: str) -> Chain:
    (statement,) = read_line(text)
    assert isinstance(statement, Chain)
    return statement


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("检验：2 × 6 + 5 = 17 ✓", "check"),
        ("Check: 2(6) + 5 = 17", "check"),
        ("根据题意，2(x + 3x) = 48", "suppose"),
        ("Let x = 3", "suppose"),
        ("答案：**x = 6**", "answer"),
        ("Answer: **x = 6**", "answer"),
        ("所以 \\(\\boxed{x = 6}\\)", "answer"),
        ("面积公式：S = ab", "formula"),
        ("The final score is 3 + 4 = 7", ""),
        ("Let x be the number. Then 2x = 12", ""),
    ],
)
def test_role(text: str, role: str) -> None:
    assert only(text).context.role == role


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("#### 60", "60"),
        ("答案：**108 平方厘米**", "108 cm²"),
        ("答：这个数是 12。", "12"),
        ("The answer is \\boxed{108}.", "108"),
        ("**Answer: $5**", "$5"),
        ("答：一共用了 3小时20分。", "3 h 20 min"),
    ],
)
def test_an_answer_is_one_side(text: str, value: str) -> None:
    statement = only(text)
    assert (to_text(statement), statement.context.role) == (value, "answer")


@pytest.mark.parametrize(
    "text", ["答：甲有5个，乙有3个。", "Answer: see above", "答案在第3页第5行"]
)
def test_several_numbers_are_no_answer(text: str) -> None:
    assert read_line(text) == ()


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("2x = 12，所以 x = 6", ["", "so"]),
        ("2x = 12, so x = 6", ["", "so"]),
        ("因为 2 > 1，x = 6", ["because", "and"]),
        ("x = 2 and y = 3", ["", "and"]),
        ("2x = 12 ⇒ x = 6", ["", "so"]),
    ],
)
def test_links(text: str, links: list[str]) -> None:
    assert [each.context.link for each in read_line(text)] == links


@pytest.mark.parametrize(
    ("text", "rounding"),
    [
        ("22 ÷ 7 ≈ 3.14（保留两位小数）", Rounding(2)),
        ("22 / 7 = 3.143 to 3 decimal places", Rounding(3)),
        ("精确到0.1：22 ÷ 7 ≈ 3.1", Rounding(1)),
        ("精确到十分位，22 ÷ 7 ≈ 3.1", Rounding(1)),
        ("22 / 7 = 3 rounded to the nearest whole number", Rounding(0)),
        ("保留3位有效数字：22 ÷ 7 ≈ 3.14", Rounding(figures=3)),
        ("用进一法，100 ÷ 30 ≈ 4", Rounding(0, mode="up")),
        ("100 stickers / 3 = 33 stickers, with 1 remaining", Rounding(0, mode="down")),
        ("22 ÷ 7 ≈ 3.14", None),
    ],
)
def test_rounding(text: str, rounding: Rounding | None) -> None:
    assert only(text).context.rounding == rounding


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("22 ÷ 7 ≈ 3.14", True),
        ("22 / 7 is about 3.14", True),
        ("22 ÷ 7 大约是 3.14", True),
        ("6 / 3 = 2", False),
    ],
)
def test_about(text: str, about: bool) -> None:
    chain = only(text)
    assert (chain.context.about or "≈" in chain.operators) == about


@pytest.mark.parametrize(
    "text",
    [
        "当x=3时，2x+1=7",
        "when x = 3, 2x + 1 = 7",
        "x = 3 时，2x + 1 = 7",
        "将 $x = 3$ 代入得：$2x + 1 = 7$",
        "If x = 3, then 2x + 1 = 7.",
    ],
)
def test_conditions(text: str) -> None:
    condition, statement = read_line(text)
    assert isinstance(condition, Chain)
    assert isinstance(statement, Chain)
    assert condition.context.role == "suppose"
    assert [to_text(each) for each in statement.context.given] == ["x = 3"]


def test_a_condition_ends_with_its_sentence() -> None:
    statements = read_line("当x=3时，2x=6。又 3 + 4 = 7")
    assert [len(each.context.given) for each in statements] == [0, 1, 0]


def test_alternatives_and_systems() -> None:
    (either,) = read_line("x - 2 = 0 或 x - 3 = 0")
    assert isinstance(either, System)
    assert either.joined == "or"
    (both,) = read_line("\\begin{cases} x + y = 5 \\\\ x - y = 1 \\end{cases}")
    assert isinstance(both, System)
    assert both.joined == "and"
    assert to_text(only("x = (5 ± 1)/2 = 3 或 2")) == "x = (5 ± 1) / 2 = (3, 2)"


def test_a_line_that_goes_on() -> None:
    chain = only("= 3 + 10")
    assert chain.context.continues
    assert chain.sides[0] == Blank()
    lines = read_line("原式 = 3 + 5 × 2\n= 3 + 10\n= 13")
    assert [to_text(each) for each in lines] == [
        "原式 = 3 + 5 × 2",
        "3 + 5 × 2 = 3 + 10",
        "3 + 10 = 13",
    ]
    assert not any(each.context.continues for each in lines)
