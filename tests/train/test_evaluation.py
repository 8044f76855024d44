"""Evaluation on the app's own way: a small part of what the model card states."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from qwen_app.engine.create import create_engine
from qwen_app.engine.local import LocalEngine
from qwen_app.engine.settings import EngineSettings
from qwen_app.features.tutor.checking.checker import Checker
from qwen_app.train.data.mix import SKILLS
from qwen_app.train.evaluate import Score
from qwen_app.train.evaluate_math import MATHEMATICS, evaluate_math, lines_hold
from qwen_app.train.measuring import score_line, write_report

FOLDER = Path(__file__).parents[2] / "assets" / "embedded"


@pytest.fixture(scope="module")
def engine() -> Iterator[LocalEngine]:
    engine = create_engine("embedded", FOLDER, EngineSettings(threads=1))
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def checker() -> Iterator[Checker]:
    with Checker() as checker:
        yield checker


def test_the_checker_finds_the_training_solutions_right(checker: Checker) -> None:
    wrong = []
    for skill in MATHEMATICS:
        rng = Random(3)
        for number in range(4):
            one = SKILLS[skill][0](rng, ("zh", "en")[number % 2], "held_out")
            if not lines_hold(checker, one.question, one.answer):
                wrong.append((one.question, one.answer))
    assert not wrong


def test_a_wrong_line_is_found_where_the_answer_is_right(checker: Checker) -> None:
    solution = "1. 两边同时减去 5：2x = 17 - 5 = {}\n2. 两边同时除以 2：x = 6\n\n答案：**x = 6**"
    assert lines_hold(checker, "解方程 2x + 5 = 17", solution.format(12))
    assert not lines_hold(checker, "解方程 2x + 5 = 17", solution.format(22))
    assert not lines_hold(checker, "解方程 2x + 5 = 17", "")


def test_equations_are_solved_under_the_guard(engine: LocalEngine) -> None:
    reported: list[Score] = []
    scores = evaluate_math(engine, per_skill=6, skills=("equations",), report=reported.append)
    assert reported == scores
    assert [(score.skill, score.language) for score in scores] == [
        ("equations", "zh"),
        ("equations", "en"),
    ]
    for score in scores:
        assert score.right >= 3, score.misses
        assert score.lines_right is not None
        assert score.lines_right <= score.right
        assert score.free_right is not None


def test_a_report_keeps_the_other_skills_of_the_same_weights(tmp_path: Path) -> None:
    path = tmp_path / "report" / "evaluation.json"
    chat = Score("chat", "held_out", "zh", 10, 7, None, (("hi", "no"),))
    tables = Score("tables", "held_out", "zh", 10, 8, None, (), free_right=6)
    write_report(path, {"progress": 1}, [chat, tables])
    write_report(path, {"progress": 1}, [tables])
    assert path.read_text().count('"skill"') == 2
    write_report(path, {"progress": 2}, [tables])
    assert path.read_text().count('"skill"') == 1
    assert "(6 without aid)" in score_line(tables)
