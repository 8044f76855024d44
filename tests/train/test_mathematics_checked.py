"""What the model learns from is right by the app's own checker: no line of any solution fails."""

import random
from collections.abc import Iterator

import pytest

from qwen_app.features.tutor.checking.checker import Checker
from qwen_app.features.tutor.practice.linear import as_problem
from qwen_app.features.tutor.practice.mistakes import lines
from qwen_app.features.tutor.practice.problem import Problem, solution
from qwen_app.train.data.equations import ask as ask_equation
from qwen_app.train.data.equations import draw as draw_equation
from qwen_app.train.data.example import Language
from qwen_app.train.data.problems import any_problem, ask

LANGUAGES: tuple[Language, ...] = ("zh", "en")


@pytest.fixture(scope="module")
def checker() -> Iterator[Checker]:
    with Checker() as made:
        yield made


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_line_of_a_solution_fails(checker: Checker, language: Language) -> None:
    rng = random.Random(1)
    failing = []
    for _ in range(100):
        problem = any_problem(rng, "train")
        asked = ask(problem, rng, language, "train")
        failing += _failing(checker, problem, asked, language)
    assert not failing


@pytest.mark.parametrize("language", LANGUAGES)
def test_equations_as_people_type_them_are_verified(checker: Checker, language: Language) -> None:
    rng = random.Random(2)
    failing, verified = [], 0
    for _ in range(60):
        equation = draw_equation(rng, "train")
        problem = as_problem(equation, 1)
        asked = ask_equation(equation, rng, language, "train")
        failing += _failing(checker, problem, asked, language)
        session = checker.open(asked)
        for line in lines(solution(problem, language)):
            session.check_line(line)
        verified += session.finish(problem.answer.of(language)).state == "verified"
    assert not failing
    assert verified >= 50


def _failing(
    checker: Checker, problem: Problem, asked: str, language: Language
) -> list[tuple[str, str]]:
    session = checker.open(asked)
    return [
        (asked, line)
        for line in lines(solution(problem, language, reasons=True))
        if session.check_line(line).status == "fails"
    ]
