"""Solving with an engine that says what a script says, and the real checker."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from qwen_app.decoding.length_guard import LengthGuard
from qwen_app.decoding.together import Together
from qwen_app.engine.scripted import ScriptedEngine
from qwen_app.errors import ContextTooLong, EngineBusy, InvalidInput
from qwen_app.features.tutor.checking.checker import Checker
from qwen_app.features.tutor.events import (
    Began,
    Event,
    Judged,
    Replaced,
    Sheet,
    Solution,
    Solved,
    Withdrew,
    Wrote,
)
from qwen_app.features.tutor.solving.guard import ArithmeticGuard
from qwen_app.features.tutor.solving.solve import solve
from qwen_app.features.tutor.solving.task import SOLUTIONS, TutorTask
from qwen_app.messages import Message, Request

PROBLEM = "解方程 2x + 5 = 17"
GOOD = (
    "解方程 2x + 5 = 17：\n\n"
    "1. 两边同时减去 5：2x + 5 - 5 = 17 - 5，得 2x = 12\n"
    "2. 两边同时除以 2：x = 12 ÷ 2 = 6\n\n"
    "检验：2 × 6 + 5 = 12 + 5 = 17 ✓\n\n"
    "答案：**x = 6**"
)
APPLES = "小明有 12 个苹果，吃了 5 个，还剩多少个？"


@pytest.fixture(scope="module")
def checker() -> Iterator[Checker]:
    with Checker(limit_s=20) as checker:
        yield checker


def last(request: Request) -> Message:
    message = request.prompt[-1]
    assert isinstance(message, Message)
    return message


def run(engine: ScriptedEngine, checker: Checker, task: TutorTask) -> tuple[list[Event], Solution]:
    events = list(solve(engine, checker, task))
    assert isinstance(events[-1], Solved)
    return events, events[-1].solution


def apples(value: int, *, equation: str | None = None) -> str:
    return f"列式：{equation or f'12 - 5 = {value}'}\n\n答案：**{value}** 个苹果。"


def test_every_line_of_a_right_solution_holds(checker: Checker) -> None:
    engine = ScriptedEngine(lambda _: GOOD)
    events, solution = run(engine, checker, TutorTask(PROBLEM))
    assert isinstance(events[0], Began)
    assert [line.text for line in solution.lines] == list(filter(None, GOOD.split("\n")))
    assert {line.verdict.status for line in solution.lines} == {"holds"}
    assert [line.role for line in solution.lines] == ["opening", "step", "step", "check", "answer"]
    assert (solution.state, solution.answer) == ("verified", "x = 6")
    assert (solution.text, solution.rewritten, solution.truncated) == (GOOD, 0, False)
    assert solution.verdict.status == "right"
    assert solution.reference is not None
    assert solution.reference.text == "x = 6"
    assert solution.agreement is None
    # One request, greedy and under the guard; no sampling of its own that could disturb figures.
    (request,) = engine.requests
    assert request.sampling.temperature == 0
    assert request.constraint == ArithmeticGuard(PROBLEM)
    assert request.prompt == TutorTask(PROBLEM).messages()


def test_lines_grow_and_are_judged_once_complete(checker: Checker) -> None:
    events, solution = run(ScriptedEngine(lambda _: GOOD), checker, TutorTask(PROBLEM))
    for number, line in enumerate(solution.lines):
        grown = [
            event.text for event in events if isinstance(event, Wrote) and event.number == number
        ]
        assert grown
        assert grown == sorted(grown, key=len)
        assert all(line.text.startswith(text) for text in grown)
    assert [event.line.number for event in events if isinstance(event, Judged)] == [0, 1, 2, 3, 4]
    sheet = Sheet()
    for event in events:
        sheet = sheet.after(event)
    assert sheet.lines == solution.lines
    assert sheet.solution == solution
    assert not sheet.writing


def test_a_failing_line_is_written_anew_and_the_rest_follows_it(checker: Checker) -> None:
    bad = GOOD.replace("得 2x = 12", "得 2x = 22")
    fixed = GOOD.split("\n")[2]

    def script(request: Request) -> str | list[str]:
        if not request.continue_final:
            return bad
        if request.sampling.stop == ("\n",):
            told = "不对" in request.prompt[-2].content  # type: ignore[union-attr]
            return [fixed] if told else ["1. 2x = 23", "1. 2x = 24", "1. 算式"]
        assert last(request).content == "解方程 2x + 5 = 17：\n\n" + fixed + "\n"
        return GOOD.partition(fixed + "\n")[2]

    engine = ScriptedEngine(script)
    events, solution = run(engine, checker, TutorTask(PROBLEM))
    (withdrawn,) = (event.line for event in events if isinstance(event, Withdrew))
    assert withdrawn.text.endswith("2x = 22")
    assert withdrawn.verdict.status == "fails"
    assert (solution.state, solution.rewritten, solution.text) == ("verified", 1, GOOD)
    assert [line.attempts for line in solution.lines] == [1, 2, 1, 1, 1]
    told, drawn = engine.requests[1:3]
    assert (told.n, told.sampling.temperature) == (1, 0)
    assert (drawn.n, drawn.sampling.temperature) == (3, 0.7)
    assert last(told).content == "解方程 2x + 5 = 17：\n\n"
    assert withdrawn.verdict.failure is not None
    assert withdrawn.verdict.failure.zh in told.prompt[-2].content  # type: ignore[union-attr]
    assert len(solution.receipts) == 1 + 4  # the rest of the solution, and the attempts


def test_a_line_that_nothing_mends_stays_and_is_marked(checker: Checker) -> None:
    bad = GOOD.replace("x = 12 ÷ 2 = 6", "x = 12 - 2 = 10")
    engine = ScriptedEngine(lambda request: bad.split("\n")[3] if request.sampling.stop else bad)
    events, solution = run(engine, checker, TutorTask(PROBLEM, guard=False, solutions=1))
    assert sum(isinstance(event, Withdrew) for event in events) == 1
    assert [line.verdict.status for line in solution.lines] == ["holds"] * 2 + ["fails"] + [
        "holds"
    ] * 2
    assert solution.lines[2].attempts == 2
    assert solution.state == "partly"
    assert solution.text == bad


def test_rewriting_is_bounded(checker: Checker) -> None:
    bad = "\n".join(f"{n} + 1 = {n + 5}" for n in range(20))
    engine = ScriptedEngine(lambda request: "0 = 1" if request.sampling.stop else bad)
    _, solution = run(engine, checker, TutorTask(APPLES, rewrites=3, solutions=1, guard=False))
    assert solution.rewritten == 3
    assert len(engine.requests) == 1 + 2 * 3
    assert len(solution.lines) == 20
    _, without = run(engine, checker, TutorTask(APPLES, rewrites=0, solutions=1, guard=False))
    assert without.rewritten == 0


def test_a_stated_problem_that_is_not_verified_gets_more_solutions(checker: Checker) -> None:
    wrong = "2x + 5 = 17\n\n答案：**x = 5**"

    def script(request: Request) -> str | list[str]:
        if request.n == SOLUTIONS - 1:
            return [wrong, GOOD, wrong, "答案是 7"]
        return "" if request.sampling.stop or request.continue_final else wrong

    events, solution = run(ScriptedEngine(script), checker, TutorTask(PROBLEM))
    assert (solution.state, solution.answer, solution.text) == ("verified", "x = 6", GOOD)
    (replaced,) = (event for event in events if isinstance(event, Replaced))
    assert replaced.lines == solution.lines


def test_checked_agreement_chooses_among_solutions_of_a_problem_in_words(checker: Checker) -> None:
    def script(request: Request) -> str | list[str]:
        if request.n == SOLUTIONS - 1:
            failing = apples(8, equation="12 - 5 = 8")
            return [apples(7), apples(7), failing, apples(7)]
        return apples(17, equation="12 + 5 = 17")

    engine = ScriptedEngine(script)
    events, solution = run(engine, checker, TutorTask(APPLES))
    agreement = solution.agreement
    assert agreement is not None
    assert (agreement.drawn, agreement.sound, agreement.agreeing) == (5, 4, 3)
    assert [count for _, count in agreement.others] == [1]
    assert agreement.is_majority
    assert solution.text == apples(7)
    assert any(isinstance(event, Replaced) for event in events)
    # Agreement is no proof: the problem may be misread, and the verdict says so.
    assert solution.state == "partly"
    assert solution.verdict.status == "unchecked"
    assert "3 of 5" in solution.verdict.en
    assert "5 个解答中有 3 个" in solution.verdict.zh
    assert [request.n for request in engine.requests] == [4, 1]


def test_no_solution_without_a_fault_is_no_agreement(checker: Checker) -> None:
    bad = apples(8, equation="12 - 5 = 8")
    task = TutorTask(APPLES, guard=False, rewrites=0)
    _, solution = run(ScriptedEngine(lambda _: bad), checker, task)
    assert solution.agreement is not None
    assert solution.agreement.sound == solution.agreement.agreeing == 0
    assert not solution.agreement.is_majority
    assert solution.state in ("unverified", "wrong")


def test_an_answer_that_is_none_stays_none(checker: Checker) -> None:
    _, solution = run(ScriptedEngine(lambda _: "抱歉，我不会。"), checker, TutorTask(APPLES))
    assert solution.answer is None
    assert solution.state == "unverified"


def test_a_model_that_repeats_itself_is_stopped(checker: Checker) -> None:
    engine = ScriptedEngine(lambda _: "3 + 4 = 7\n" * 50)
    _, solution = run(engine, checker, TutorTask(APPLES, solutions=1))
    assert len(solution.lines) == 3
    assert solution.truncated


def test_a_cut_solution_says_so(checker: Checker) -> None:
    task = TutorTask(PROBLEM, solutions=1, overrides={"max_tokens": 30})
    _, solution = run(ScriptedEngine(lambda _: GOOD), checker, task)
    assert solution.truncated


def test_a_limit_of_length_is_held_together_with_the_guard(checker: Checker) -> None:
    engine = ScriptedEngine(lambda _: GOOD)
    run(engine, checker, TutorTask(PROBLEM, limit=300, solutions=1))
    assert engine.requests[0].constraint == Together(
        (ArithmeticGuard(PROBLEM), LengthGuard("characters", 300, language="zh"))
    )
    assert "300" in engine.requests[0].prompt[0].content  # type: ignore[union-attr]


def test_the_language_is_that_of_the_problem_or_the_one_that_is_wanted(checker: Checker) -> None:
    engine = ScriptedEngine(lambda _: "Answer: **x = 6**")
    for task in (TutorTask("2x + 5 = 17", solutions=1), TutorTask(PROBLEM, "en", solutions=1)):
        assert run(engine, checker, task)[1].language == "en"
        assert engine.requests[-1].prompt[0].content.startswith("You")  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"problem": "  "}, "problem"),
        ({"problem": "x" * 2001}, "problem"),
        ({"solutions": 0}, "solutions"),
        ({"solutions": 33}, "solutions"),
        ({"limit": 19}, "limit"),
        ({"rewrites": -1}, "rewrites"),
        ({"overrides": {"temperature": 3}}, "temperature"),
        ({"overrides": {"best_of": 3}}, "best_of"),
    ],
)
def test_what_cannot_be_asked(checker: Checker, change: dict[str, object], param: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        list(solve(ScriptedEngine(), checker, replace(TutorTask(PROBLEM), **change)))  # type: ignore[arg-type]
    assert caught.value.param == param


def test_a_problem_that_does_not_fit_the_context(checker: Checker) -> None:
    info = replace(ScriptedEngine().info, context_length=120)
    with pytest.raises(ContextTooLong):
        list(solve(ScriptedEngine(info=info), checker, TutorTask(PROBLEM)))


def test_closing_the_iterator_ends_every_request(checker: Checker) -> None:
    closed = threading.Event()

    def script(request: Request) -> str:
        if request.n > 1:
            closed.wait(60)
        return GOOD

    engine = ScriptedEngine(script, gate=threading.Semaphore(3))
    events = solve(engine, checker, TutorTask(APPLES))
    assert isinstance(next(events), Began)
    assert isinstance(next(events), Wrote)
    events.close()  # type: ignore[attr-defined]
    closed.set()
    assert len(engine.requests) == len(engine.cancelled) == 2
    engine.close()


@pytest.mark.parametrize("at", ["first", "beside", "rewriting"])
def test_what_the_engine_raises_is_raised_and_all_else_is_ended(checker: Checker, at: str) -> None:
    busy = EngineBusy("busy", "忙")
    wants: Callable[[Request], bool] = {
        "first": lambda request: request.n == 1,
        "beside": lambda request: request.n > 1,
        "rewriting": lambda request: bool(request.sampling.stop),
    }[at]
    text = "3 + 4 = 8\n" if at == "rewriting" else GOOD
    engine = ScriptedEngine(lambda request: busy if wants(request) else text)
    with pytest.raises(EngineBusy):
        list(solve(engine, checker, TutorTask(APPLES, guard=False)))
    engine.close()
