"""Wrong solutions: one mistake, its line named, and really a mistake."""

import random
import re
from collections import Counter

import pytest

from qwen_app.features.tutor.practice.mistakes import altered, lines, wrong_solutions
from qwen_app.features.tutor.practice.problem import Language, solution
from qwen_app.features.tutor.practice.topics import LEVELS, TOPICS, make
from qwen_app.train.data.checking import evaluate

LANGUAGES: tuple[Language, ...] = ("zh", "en")


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_named_line_is_the_only_one_that_differs(topic: str, language: Language) -> None:
    for level in LEVELS:
        for seed in range(60):
            problem = make(topic, level, seed)
            right = lines(solution(problem, language))
            found = wrong_solutions(problem, language, random.Random(seed))
            assert found
            for each in found:
                differing = [n for n, line in enumerate(right) if line != each.lines[n]]
                assert differing == [each.number]
                assert each.right == right[each.number]
                assert each.wrong != each.right
                assert "--" not in each.wrong


def test_every_way_to_slip_occurs() -> None:
    kinds = Counter(
        each.kind
        for topic in TOPICS
        for level in LEVELS
        for seed in range(30)
        for each in wrong_solutions(make(topic, level, seed), "zh", random.Random(seed))
    )
    assert set(kinds) == {"number", "sign", "lost", "rounding", "unit", "answer"}
    assert min(kinds.values()) >= 10


def test_a_wrong_number_makes_a_false_sum() -> None:
    checked = 0
    for topic in TOPICS:
        for level in LEVELS:
            for seed in range(40):
                problem = make(topic, level, seed)
                for each in wrong_solutions(problem, "en", random.Random(seed)):
                    *_, calculation, value = ["", *each.wrong.rpartition(": ")[2].split(" = ")]
                    exact = evaluate(calculation, {})
                    if (
                        each.kind == "number"
                        and exact is not None
                        and not re.search("[²³√]", each.wrong)
                    ):
                        checked += 1
                        assert exact != evaluate(value, {}), each.wrong
    assert checked > 500


@pytest.mark.parametrize("number", ["0", "1", "10", "-3", "0.5", "-12.08", "100", "615.44"])
def test_an_altered_number_is_another_one_of_the_same_kind(number: str) -> None:
    rng = random.Random(1)
    for _ in range(50):
        other = altered(number, rng)
        assert float(other) != float(number)
        assert other.startswith("-") == number.startswith("-")
        assert len(other.partition(".")[2]) == len(number.partition(".")[2])
        assert altered(number, random.Random(3)) == altered(number, random.Random(3))
