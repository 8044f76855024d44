"""What the tutor's scripts may call: exercises, marks, worked solutions, pictures."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import HTTPException

from qwen_app.engine.scripted import ScriptedEngine
from qwen_app.errors import InvalidInput
from qwen_app.features.tutor.checking.checker import Checker
from qwen_app.features.tutor.events import Checked, Solved
from qwen_app.features.tutor.practice.topics import make
from qwen_app.ui.tutor_graphs import draw
from qwen_app.ui.tutor_jobs import SolveJob, WorkJob
from qwen_app.ui.tutor_practice import Practice, levels, topics
from qwen_app.ui.tutor_tab import TutorTab
from qwen_app.ui.tutor_wire import AskTutor, Drawing, Exercise, Lines, MarkAnswer
from qwen_app.ui.wire import called, parse

ID = "a" * 32
ASK = {"id": ID, "kind": "solve", "problem": "2x = 4", "language": "en"}
EXERCISE = {"topic": "equations", "level": 1, "language": "zh", "seed": 7}


@pytest.fixture(scope="module")
def checker() -> Iterator[Checker]:
    with Checker() as checker:
        yield checker


def test_the_tab_has_a_name_in_both_languages() -> None:
    tab = TutorTab()
    assert (tab.id, tab.label_en, tab.label_zh) == ("tutor", "Tutor", "数学辅导")


@pytest.mark.parametrize(
    "change",
    [
        {"id": "short"},
        {"kind": "guess"},
        {"language": "fr"},
        {"solutions": 0},
        {"solutions": 100},
        {"guard": "yes"},
        {"problem": "x" * 2001},
        {"problem": None},
        {"overrides": {"temperature": "hot"}},
        {"more": 1},
    ],
)
def test_an_order_is_strict(change: dict[str, Any]) -> None:
    assert parse(AskTutor, ASK).guard
    with pytest.raises(InvalidInput):
        parse(AskTutor, ASK | change)


@pytest.mark.parametrize("call", [None, [], {}, {"lines": [1]}, {"lines": ["x"] * 401}])
def test_nonsense_is_refused(call: Any) -> None:
    for kind in (Lines, Drawing, Exercise, MarkAnswer):
        with pytest.raises(HTTPException):
            called(kind, call)


def test_a_job_solves_with_what_the_reader_set(checker: Checker) -> None:
    engine = ScriptedEngine(lambda _: "1. x = 4 ÷ 2 = 2\n\nAnswer: **x = 2**")
    job = SolveJob(checker, "2x = 4", "en", guard=False, solutions=1, overrides={"seed": 3})
    *_, last = job.events(engine)
    assert isinstance(last, Solved)
    assert last.solution.state == "verified"
    assert engine.requests[0].constraint is None
    assert engine.requests[0].sampling.seed == 3


def test_steps_are_judged_without_the_model(checker: Checker) -> None:
    engine = ScriptedEngine()
    job = WorkJob(checker, "Solve 2x = 4", "x = 3", "en", needs_model=False)
    *_, last = job.events(engine)
    assert isinstance(last, Checked)
    assert last.work.first_wrong == 0
    assert engine.requests == []


def test_an_exercise_is_the_same_each_time_and_does_not_say_its_answer(checker: Checker) -> None:
    practice = Practice(checker)
    sent = parse(Exercise, EXERCISE)
    shown = practice.exercise(sent)
    assert shown == practice.exercise(sent)
    assert set(shown) == {"text", "html"}
    with pytest.raises(InvalidInput):
        practice.exercise(parse(Exercise, EXERCISE | {"topic": "nothing"}))


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("topic", [topic["id"] for topic in topics()])
def test_the_right_answer_is_right_and_the_solution_holds(
    checker: Checker, topic: str, language: str
) -> None:
    practice = Practice(checker)
    for level in levels():
        told = {"topic": topic, "level": level["id"], "language": language, "seed": 11}
        answer = make(topic, level["id"], 11).answer.of("zh" if language == "zh" else "en")
        marked = practice.mark(parse(MarkAnswer, told | {"answer": answer}))
        assert marked["kind"] == "right", (told, answer, marked)
        wrong = practice.mark(parse(MarkAnswer, told | {"answer": "987654.25"}))
        assert wrong["kind"] != "right", (told, wrong)
        worked = practice.worked(parse(Exercise, told))
        assert [x for x in worked["lines"] if x["status"] == "fails"] == []
        *hints, last = practice.hints(parse(Exercise, told))["hints"]
        assert last["gives_answer"]
        assert not any(hint["gives_answer"] for hint in hints)
        json.dumps([worked, hints], allow_nan=False)


def test_what_cannot_be_read_is_not_wrong(checker: Checker) -> None:
    practice = Practice(checker)
    for answer in ("??", "x = ("):
        marked = practice.mark(parse(MarkAnswer, EXERCISE | {"answer": answer}))
        assert marked["kind"] == "unreadable", (answer, marked)


def test_pictures_are_plain_values() -> None:
    assert draw([]) == []
    assert draw(["你好", "没有算式"]) == []
    (line,) = draw(["解不等式 3x - 7 > 5"])
    assert (line["kind"], line["ticks"]) == ("line", ({"x": 4.0, "text": "4"},))
    (plot,) = draw(["Solve x² - 5x + 6 = 0", "(x - 2)(x - 3) = 0"])
    assert plot["kind"] == "plot"
    json.dumps([line, plot], allow_nan=False)
