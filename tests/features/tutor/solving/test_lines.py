import pytest

from qwen_app.features.tutor.checking.verdict import Finding, LineVerdict
from qwen_app.features.tutor.solving.lines import LineSplitter, role_of, split

TEXT = "解方程：\n\n1. 2x = 12\n2. \\[\nx = 6\n\\]\n\n答案：**x = 6**"


def test_lines_are_the_same_however_the_text_comes() -> None:
    whole = split(TEXT)
    assert [line.text for line in whole] == [
        "解方程：",
        "1. 2x = 12",
        "2. \\[ x = 6 \\]",
        "答案：**x = 6**",
    ]
    splitter = LineSplitter()
    pieces = [line for character in TEXT for line in splitter.feed(character)]
    last = splitter.finish()
    assert [*pieces, last] == whole
    assert [TEXT[line.start : line.end] for line in whole[:2]] == ["解方程：", "1. 2x = 12"]
    assert splitter.text == TEXT
    assert splitter.finish() is None


def test_a_line_under_way_can_be_forgotten() -> None:
    splitter = LineSplitter()
    (first,) = splitter.feed("one\ntw")
    assert (first.text, splitter.writing) == ("one", "tw")
    splitter.go_back(4)
    assert (splitter.text, splitter.writing) == ("one\n", "")
    assert [line.text for line in splitter.feed("three\n")] == ["three"]


def test_a_formula_that_is_never_closed_does_not_swallow_the_rest() -> None:
    assert len(split("\\[\n" + "x\n" * 100)) > 10


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("答案：**x = 6**", "answer"),
        ("**答案：** 6", "answer"),
        ("答：面积是 108 平方厘米。", "answer"),
        ("所以，最终答案是 108", "answer"),
        ("Answer: **x = 6**", "answer"),
        ("**Final Answer:** 6", "answer"),
        ("Therefore, the answer is 6.", "answer"),
        ("检验：2 × 6 + 5 = 17 ✓", "check"),
        ("3. 代入原方程：17 = 17", "check"),
        ("Check: 2 × 6 + 5 = 17", "check"),
        ("解方程 2x + 5 = 17：", "opening"),
        ("Let us solve this together.", "opening"),
        ("1. 两边同时减去 5：2x = 12", "step"),
        ("2x = 12", "step"),
        ("Step 1: subtract 5:", "step"),
    ],
)
def test_what_a_line_is(text: str, role: str) -> None:
    has_mathematics = any(character.isdigit() for character in text)
    findings = (Finding("holds", "identity", "", ""),) if has_mathematics else ()
    assert role_of(text, LineVerdict(text, "holds", findings), is_first=True) == role


def test_an_opening_comes_first() -> None:
    verdict = LineVerdict("As we can see:", "unchecked")
    assert role_of("As we can see:", verdict, is_first=False) == "step"
