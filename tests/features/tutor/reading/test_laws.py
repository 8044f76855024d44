"""Laws that hold for any tree and any text."""

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from qwen_app.features.tutor.reading.answer import read_answer
from qwen_app.features.tutor.reading.display import to_text
from qwen_app.features.tutor.reading.display_latex import to_latex
from qwen_app.features.tutor.reading.problem import read_problem
from qwen_app.features.tutor.reading.read import read_line, read_open, unread
from qwen_app.features.tutor.reading.tree import Chain, Expression, Symbol
from tests.features.tutor.reading.trees import expressions, letters

SIGNS = "0123456789xyab+-*/=()[]{}|$\\^_ ,.;:%!'\"<>≈√²½π×÷∫\n元米的加是得当，。"
WORDS = [
    r"\frac{",
    r"\sqrt",
    r"\(",
    r"\)",
    r"\text{",
    r"\int_0^1",
    "sin",
    "apples",
    "and",
    "or",
    "is",
]
WORDS += ["of", "9(1/2)", "...", "……", "<<", ">>", "**", "lim", "dx", "50%"]
PIECES = st.sampled_from([*SIGNS, *(f"{word} " for word in WORDS), *WORDS])
TEXTS = st.lists(PIECES, max_size=120).map("".join) | st.text(max_size=300)

HOSTILE = {
    "open": "(" * 100_000,
    "nested": "(" * 5000 + "1" + ")" * 5000 + "=1",
    "shallow": "(" * 55 + "1" + ")" * 55 + " = 1",
    "half open": "(1+" * 30_000,
    "sums": "1+" * 50_000,
    "chain": "x=" * 50_000,
    "fractions": "1/2x=" * 20_000,
    "groups": "\\frac{" * 20_000,
    "bars": "|x" * 50_000,
    "powers": "10**" * 20_000 + "10 = 5",
    "digits": "9" * 100_000 + " = 1",
    "dollars": "$x " * 30_000,
    "chinese": "3元" * 30_000,
    "conditions": "当x=3时" * 20_000,
    "words": "the cat " * 12_000 + "= 5",
    "brackets": "9(1/2)" * 16_000,
    "alternatives": "1=2 or " * 14_000,
    "of": "20% of " * 14_000,
    "text": "\\text{" * 16_000,
    "stars": "**" * 50_000,
    "integrals": "∫_0^1 " * 16_000,
}


@given(expressions)
@settings(max_examples=400)
def test_text_reads_back_to_the_same_tree(tree: Expression) -> None:
    (statement,) = read_line(f"{to_text(tree)} = w")
    assert isinstance(statement, Chain)
    readings = [statement, *statement.alternatives]
    assert tree in [reading.sides[0] for reading in readings]
    assert statement.sides[1] == Symbol("w")


@given(expressions, letters)
def test_latex_reads_back_to_a_tree_of_the_same_text(tree: Expression, letter: str) -> None:
    (statement,) = read_line(f"\\({to_latex(tree)} = {letter}\\)")
    assert isinstance(statement, Chain)
    assert statement.operators == ("=",)


@given(TEXTS)
@settings(max_examples=400)
@example("\\int 1\n=")
@example("{" * 30)
def test_any_text_is_read_without_errors_and_spans_are_right(text: str) -> None:
    end = 0
    statements = read_line(text)
    for statement in statements:
        assert end <= statement.start < statement.end <= len(text)
        assert text[statement.start : statement.end].strip()
        end = statement.end
        assert to_text(statement)
        assert to_latex(statement)
    for start, stop in unread(text, statements):
        assert 0 <= start < stop <= len(text)
    read_open(text)
    read_answer(text)
    assert read_problem(text).text == text


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_costs_milliseconds(name: str) -> None:
    text = HOSTILE[name]
    for read in (read_line, read_open, read_answer, read_problem):
        best = min(_seconds(read, text) for _ in range(3))
        assert best < 0.05


def _seconds(read: object, text: str) -> float:
    assert callable(read)
    start = time.process_time()
    read(text)
    return time.process_time() - start
