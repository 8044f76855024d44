"""Practice problems: the same for a seed, complete in both languages, every sum true."""

import random
import re
from fractions import Fraction

import pytest

from qwen_app.errors import InvalidInput
from qwen_app.features.tutor.practice.problem import Language, Problem, line, solution
from qwen_app.features.tutor.practice.topics import LEVELS, TITLES, TOPICS, make
from qwen_app.features.tutor.practice.writing import decimal, factor, signed, signed_term, term
from qwen_app.train.data.checking import evaluate

LANGUAGES: tuple[Language, ...] = ("zh", "en")
ALL = [(topic, level) for topic in TOPICS for level in LEVELS]


@pytest.mark.parametrize(("topic", "level"), ALL)
def test_a_seed_gives_the_same_problem(topic: str, level: int) -> None:
    made = [make(topic, level, seed) for seed in range(40)]
    assert made == [make(topic, level, seed) for seed in range(40)]
    assert len({problem.text for problem in made}) > 10
    assert all(problem.topic == topic and problem.level == level for problem in made)


@pytest.mark.parametrize(("topic", "level"), ALL)
def test_every_problem_is_complete_in_both_languages(topic: str, level: int) -> None:
    for seed in range(60):
        problem = make(topic, level, seed)
        for language in LANGUAGES:
            text = solution(problem, language, reasons=True)
            answer = problem.answer.of(language)
            assert problem.text.of(language).strip()
            assert text.endswith(f"**{answer}**")
            assert "{" not in problem.text.of(language) + text
            assert "--" not in text
            assert all(step.does.of(language) for step in problem.steps)
        assert not re.search("[一-鿿，。：]", problem.text.en + solution(problem, "en"))


@pytest.mark.parametrize(("topic", "level"), ALL)
def test_every_sum_is_true(topic: str, level: int) -> None:
    for seed in range(150):
        problem = make(topic, level, seed)
        for language in LANGUAGES:
            for text in _statements(problem, language):
                sums_hold(text)


@pytest.mark.parametrize("topic", ["percentages", "geometry", "stories", "fractions", "powers"])
def test_a_value_that_is_asked_for_is_the_last_one_calculated(topic: str) -> None:
    """Or, in a problem of the width, the area it leads to: the answer is on the last line."""
    for level in LEVELS:
        for seed in range(80):
            problem = make(topic, level, seed)
            last = problem.steps[-1].work.en.replace("$", "")
            number = re.sub(r"[^0-9./√-]", "", problem.answer.en.split()[0])
            assert number in last, (problem.answer, last)


def test_roots_solve_their_equations() -> None:
    for level in LEVELS:
        for seed in range(200):
            problem = make("equations", level, seed)
            left, right = problem.fill("en")["eq"].split(" = ")
            for root in re.findall(r"x = (-?[0-9/]+)", problem.answer.en):
                values = {"x": Fraction(root)}
                assert _exact(left, values) == _exact(right, values) is not None, problem.text


def test_systems_hold_for_their_solutions() -> None:
    for level in LEVELS:
        for seed in range(200):
            problem = make("systems", level, seed)
            found = re.fullmatch(r"x = (-?\d+), y = (-?\d+)", problem.answer.en)
            assert found
            values = {"x": Fraction(found[1]), "y": Fraction(found[2])}
            for name in ("one", "two"):
                left, right = problem.fill("en")[name].split(" = ")
                assert _exact(left, values) == _exact(right, values) is not None


def test_bounds_of_inequalities_are_where_both_sides_meet_and_the_side_is_right() -> None:
    for level in LEVELS:
        for seed in range(200):
            problem = make("inequalities", level, seed)
            left, sign, right = re.split(" ([<>≤≥]) ", problem.fill("en")["eq"])
            found = re.fullmatch(r"x ([<>≤≥]) (-?\d+)", problem.answer.en)
            assert found
            bound = Fraction(found[2])
            assert _exact(left, {"x": bound}) == _exact(right, {"x": bound})
            inside = {"x": bound + (1 if found[1] in ">≥" else -1)}
            a, b = _exact(left, inside), _exact(right, inside)
            assert a is not None
            assert b is not None
            assert a > b if sign in ">≥" else a < b
            assert (sign in "≤≥") == (found[1] in "≤≥")


def test_reasons_are_given_when_they_are_asked_for() -> None:
    problem = make("geometry", 3, 1)
    step = problem.steps[0]
    assert line(step, "zh", reasons=True) == f"{line(step, 'zh')}（理由：{step.why.zh}）"
    assert line(step, "en", reasons=True) == f"{line(step, 'en')} (why: {step.why.en})"


@pytest.mark.parametrize(
    ("topic", "level", "param"), [("poems", 1, "topic"), ("ratios", 4, "level")]
)
def test_unknown_topics_and_levels_are_refused(topic: str, level: int, param: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        make(topic, level, 0)
    assert raised.value.param == param


def test_every_topic_has_a_title() -> None:
    assert set(TITLES) == set(TOPICS)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Fraction(3), "3"),
        (Fraction(-1, 8), "-0.125"),
        (Fraction(1, 3), "1/3"),
        (Fraction(1, 20), "0.05"),
    ],
)
def test_decimal(value: Fraction, shown: str) -> None:
    assert decimal(value) == shown


def test_terms_are_written_as_in_books() -> None:
    assert [term(n, "x") for n in (1, -1, 3)] == ["x", "-x", "3x"]
    assert [signed_term(n, "x") for n in (1, -1, -3)] == ["+ x", "- x", "- 3x"]
    assert [signed(n) for n in (0, 5, -5)] == ["+ 0", "+ 5", "- 5"]
    assert [factor(n) for n in (5, -5)] == ["5", "(-5)"]


def _statements(problem: Problem, language: Language) -> list[str]:
    """The mathematics of the solution, one equality or chain each."""
    works = [step.work.of(language) for step in problem.steps] + [problem.check.of(language)]
    return [
        part for work in works for part in re.split("，所以|，得|, so|, which|[，,]| or |或", work)
    ]


def sums_hold(text: str) -> None:
    """A chain of plain numbers and calculations is equal throughout."""
    sides = [_exact(side, {}) for side in re.split(" = ", text.strip())]
    known = [side for side in sides if side is not None]
    assert len(set(known)) <= 1, text


def _exact(expression: str, values: dict[str, Fraction]) -> Fraction | None:
    text = re.sub(r"^(周长|perimeter|连路的长) ", "", expression.strip())
    text = text.replace(")(", ") × (")
    text = re.sub(r"(\([^()]*\)|[0-9]+|x)²", r"(\1 × \1)", text)
    text = re.sub(r"(\([^()]*\)|[0-9]+)³", r"(\1 × \1 × \1)", text)
    return evaluate(text, values)


def test_the_random_source_is_the_only_one() -> None:
    """Problems do not depend on the state of the global generator."""
    random.seed(1)
    one = make("stories", 2, 7)
    random.seed(2)
    assert make("stories", 2, 7) == one
