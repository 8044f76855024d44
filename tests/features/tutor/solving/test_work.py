from collections.abc import Iterator

import pytest

from qwen_app.engine.scripted import ScriptedEngine
from qwen_app.errors import InvalidInput
from qwen_app.features.tutor.checking.checker import Checker
from qwen_app.features.tutor.events import Checked, Commented, Event, Judged, Sheet, Work
from qwen_app.features.tutor.prompt import explain_messages
from qwen_app.features.tutor.solving.work import MOST_STEPS, WorkTask, check_work

PROBLEM = "解方程 2x + 5 = 17"


@pytest.fixture(scope="module")
def checker() -> Iterator[Checker]:
    with Checker(limit_s=20) as checker:
        yield checker


def run(
    checker: Checker, task: WorkTask, engine: ScriptedEngine | None = None
) -> tuple[list[Event], Work]:
    events = list(check_work(checker, task, engine))
    assert isinstance(events[-1], Checked)
    return events, events[-1].work


def test_right_steps(checker: Checker) -> None:
    events, work = run(checker, WorkTask(PROBLEM, "2x = 17 - 5\n\n2x = 12\nx = 6"))
    assert [line.verdict.status for line in work.lines] == ["holds"] * 3
    assert work.first_wrong is None
    assert work.verdict.state == "verified"
    assert (work.en, work.zh) == (work.verdict.en, work.verdict.zh)
    assert [event.line.number for event in events if isinstance(event, Judged)] == [0, 1, 2]


def test_the_first_wrong_line_is_explained(checker: Checker) -> None:
    _, work = run(checker, WorkTask(PROBLEM, "2x = 17 - 5 = 13\nx = 6.5"))
    assert work.first_wrong == 0
    assert "17 - 5 is 12, not 13" in work.en
    assert "17 - 5 等于 12，不是 13" in work.zh
    assert work.en.startswith("Line 1:")
    _, second = run(checker, WorkTask("Solve 2x + 5 = 17", "2x = 12\nx = 7"))
    assert second.first_wrong == 1
    assert "Line 2" in second.en
    assert "Nothing wrong was found in the lines before" in second.en
    assert "x = 6" in second.en


def test_steps_may_say_all_there_is_to_say(checker: Checker) -> None:
    _, work = run(checker, WorkTask("", "3 × 4 = 12\n12 + 5 = 18"))
    assert work.first_wrong == 1


def test_a_model_comments_on_the_wrong_line_alone(checker: Checker) -> None:
    engine = ScriptedEngine(lambda _: "移项要变号。")
    events, work = run(checker, WorkTask(PROBLEM, "2x + 5 = 17\n2x = 17 + 5"), engine)
    assert work.first_wrong == 1
    assert work.comment == "移项要变号。"
    assert len(work.receipts) == 1
    first = next(event for event in events if isinstance(event, Checked))
    assert not first.work.comment  # the verdict does not wait for the model
    assert [event.text for event in events if isinstance(event, Commented)][-1] == work.comment
    failure = work.lines[1].verdict.failure
    assert failure is not None
    assert engine.requests[0].prompt == explain_messages(
        PROBLEM, "zh", before="2x + 5 = 17", line="2x = 17 + 5", finding=failure.zh
    )
    sheet = Sheet()
    for event in events:
        sheet = sheet.after(event)
    assert sheet.work == work
    run(checker, WorkTask(PROBLEM, "2x = 12\nx = 6"), engine)
    assert len(engine.requests) == 1


@pytest.mark.parametrize(
    ("problem", "steps", "param"),
    [
        (PROBLEM, "", "steps"),
        (PROBLEM, " \n ", "steps"),
        (PROBLEM, "1 + 1 = 2\n" * (MOST_STEPS + 1), "steps"),
        (PROBLEM, "x" * 6001, "steps"),
        ("x" * 2001, "1 + 1 = 2", "problem"),
    ],
)
def test_what_cannot_be_checked(checker: Checker, problem: str, steps: str, param: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        list(check_work(checker, WorkTask(problem, steps)))
    assert caught.value.param == param
