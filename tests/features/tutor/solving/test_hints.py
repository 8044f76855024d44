from collections.abc import Iterator

import pytest

from qwen_app.engine.scripted import ScriptedEngine
from qwen_app.errors import Language
from qwen_app.features.tutor.checking.checker import Checker
from qwen_app.features.tutor.events import Solution, Solved
from qwen_app.features.tutor.practice.problem import solution as worked
from qwen_app.features.tutor.practice.topics import TITLES, make
from qwen_app.features.tutor.solving.hints import hints
from qwen_app.features.tutor.solving.solve import solve
from qwen_app.features.tutor.solving.task import TutorTask


@pytest.fixture(scope="module")
def checker() -> Iterator[Checker]:
    with Checker(limit_s=20) as checker:
        yield checker


def solved(checker: Checker, problem: str, text: str, language: Language = "zh") -> Solution:
    task = TutorTask(problem, language, solutions=1, rewrites=0)
    events = list(solve(ScriptedEngine(lambda _: text), checker, task))
    assert isinstance(events[-1], Solved)
    return events[-1].solution


def test_an_equation_in_chinese(checker: Checker) -> None:
    text = (
        "解方程 2x + 5 = 17：\n\n1. 两边同时减去 5：2x + 5 - 5 = 17 - 5，得 2x = 12\n"
        "2. 两边同时除以 2：x = 12 ÷ 2 = 6\n\n检验：2 × 6 + 5 = 17 ✓\n\n答案：**x = 6**"
    )
    found = hints(solved(checker, "解方程 2x + 5 = 17", text))
    assert [hint.text for hint in found[1:]] == [
        "1. 两边同时减去 5：2x + 5 - 5 = 17 - 5，得 2x = ？",
        "2. 两边同时除以 2：x = 12 ÷ 2 = ？",
        "答案：**x = 6**",
    ]
    assert "未知数" in found[0].text
    assert [hint.gives_answer for hint in found] == [False, False, False, True]


def test_a_problem_in_words_in_english(checker: Checker) -> None:
    text = (
        "The length is 3 times the width.\nHalf the perimeter is 48 ÷ 2 = 24 cm.\n"
        "So the width is 24 ÷ 4 = 6 cm and the length is 3 × 6 = 18 cm.\n"
        "The area is 18 × 6 = 108 square centimeters.\n\nAnswer: **108 cm²**"
    )
    problem = "A rectangle is 3 times as long as wide, its perimeter is 48 cm. What is its area?"
    found = hints(solved(checker, problem, text, "en"))
    assert found[1].text.endswith("is 48 ÷ 2 = ? cm.")
    assert "18 × 6 = ? square" in found[-2].text
    assert all("108" not in hint.text for hint in found[:-1])
    assert found[-1].text == "Answer: **108 cm²**"


def test_without_an_answer_none_is_given(checker: Checker) -> None:
    found = hints(solved(checker, "小明有几个苹果？", "抱歉，我不知道。"))
    assert found
    assert not any(hint.gives_answer for hint in found)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("topic", sorted(TITLES))
def test_only_the_last_hint_gives_the_answer_away(
    checker: Checker, topic: str, language: Language
) -> None:
    for seed in range(4):
        problem = make(topic, 1 + seed % 3, seed)
        text = worked(problem, language)
        asked = problem.text.of(language)
        solution = solved(checker, asked, text, language)
        *before, last = hints(solution)
        assert last.gives_answer
        assert before
        answer = (solution.answer or "").replace(" ", "")
        assert len(answer) < 3 or all(answer not in each.text.replace(" ", "") for each in before)
