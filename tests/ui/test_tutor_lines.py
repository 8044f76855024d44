"""A line of a solution as HTML: formulas where there are some, and never anything else."""

import re

import pytest

from qwen_app.ui.tutor_formulas import latex, with_formulas
from qwen_app.ui.tutor_lines import MOST_CHARACTERS, answer_html, line_html


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("2x + 5 - 5 = 17 - 5", "2x+5-5=17-5"),
        ("x = 12 ÷ 2 = 6", r"x=12\div 2=6"),
        ("3 × (2 + 1) = 9", r"3\times (2+1)=9"),
        ("x² − 5x + 6 = 0", "x^{2}-5x+6=0"),
        ("x^2 = 2^(n + 1)", "x^{2}=2^{n+1}"),
        ("x^-1 = 1/2", r"x^{-1}=\frac{1}{2}"),
        ("1 1/2 + 1/3 = 11/6", r"1\ \frac{1}{2}+\frac{1}{3}=\frac{11}{6}"),
        ("x/2 = 3", "x/2=3"),
        ("√16 = 4", r"\sqrt{16}=4"),
        ("sqrt(b^2 - 4ac)", r"\sqrt{b^{2}-4ac}"),
        ("x <= 6", r"x\le 6"),
        ("25% of 80 = 20", r"25\%\text{of}\ 80=20"),
        ("面积 = 长 × 宽", r"\text{面积}=\text{长}\times \text{宽}"),
        ("48cm ÷ 2 = 24cm", r"48\text{cm}\div 2=24\text{cm}"),
        ("3.2 m = 320 cm", r"3.2\ \text{m}=320\ \text{cm}"),
        ("1,234.5 + 1 = 1,235.5", "1{,}234.5+1=1{,}235.5"),
        ("sin x + π", r"\sin x+π"),
        (r"\frac{1}{2} = 0.5", r"\frac{1}{2} = 0.5"),
    ],
)
def test_plain_text_becomes_a_formula_sign_by_sign(text: str, formula: str) -> None:
    assert latex(text, frozenset("abcx")) == formula


@pytest.mark.parametrize("text", ["x = 3 ☃", "2 # 3", "x^", "(1 + 2", "√", "x & y", "((" * 40])
def test_what_is_not_known_stays_as_it_is(text: str) -> None:
    assert latex(text) is None


def test_words_stay_words_and_delimiters_stay_delimiters() -> None:
    assert with_formulas("解方程 2x + 5 = 17") == r"解方程 \(2x+5=17\)"
    assert with_formulas("So x = 6.") == r"So \(x=6\)."
    for text in (r"so \(x = 6\)", "so $x = 6$", r"\[x = 6\]", "`x = 6`", "Nothing here.", ""):
        assert with_formulas(text) == text


def test_numbers_of_steps_and_marks_of_lists_are_told_from_the_text() -> None:
    assert line_html("2. 移项").startswith('<span class="step-number">2.</span> 移项')
    assert line_html("3、移项").startswith('<span class="step-number">3.</span>')
    assert line_html("- done") == "done"
    assert line_html("### Step") == "Step"
    assert "step-number" not in line_html("2.5 是小数")
    assert line_html(r"\[x = 6\]") == '<span class="math math-display">x = 6</span>'
    assert line_html("答案：**x = 6**") == '答案：<strong><span class="math">x=6</span></strong>'
    assert answer_html("x = 6") == '<span class="math">x=6</span>'


HOSTILE = [
    "<script>alert(1)</script> x = 1",
    "<b>x</b> = 3 <img src=x onerror=alert(1)>",
    r"$\href{javascript:alert(1)}{x}$ = 1",
    "[x](javascript:alert(1)) = 2",
    "![x](https://evil.example/x.png)",
    r"1. \[<img src=x>\]",
    "x = 1 </span><script>",
    "面积 = <iframe> × 2 = 4",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_tag_but_our_own(text: str) -> None:
    for html in (line_html(text), answer_html(text), line_html("x" * MOST_CHARACTERS + text)):
        assert set(re.findall(r"<(\w+)", html)) <= {"span", "strong", "em", "code", "a"}
        assert all(url.startswith("https:") for url in re.findall(r'href="([^"]*)', html))
