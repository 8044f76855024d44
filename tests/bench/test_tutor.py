"""How the tutor's solutions are measured."""

from qwen_app.bench.tutor import MODES, Asked, held_out, measure
from qwen_app.engine.scripted import ScriptedEngine
from qwen_app.features.tutor.checking.checker import Checker
from qwen_app.messages import Message, Request


def test_equations_are_those_that_training_never_shows() -> None:
    asked = held_out(5)
    assert [one.language for one in asked] == ["zh"] * 5 + ["en"] * 5
    assert all("=" in one.answer for one in asked)
    assert asked == held_out(5)
    assert asked != held_out(5, seed=8)


def test_what_is_right_and_what_is_verified() -> None:
    asked = [Asked("en", f"Solve {a}x = {6 * a}", "x = 6") for a in (2, 3, 4)]
    mended = "1. x = 18 ÷ 3 = 6"

    def script(request: Request) -> str:
        question, *begun = (m.content for m in request.prompt[1:] if isinstance(m, Message))
        a = question.split("x")[0].removeprefix("Solve ")
        if a == "2":
            return "1. x = 12 ÷ 2 = 6\n\nAnswer: **x = 6**"
        if a == "3" and request.sampling.stop:
            return mended
        if a == "3":
            return "\nAnswer: **x = 6**" if begun else "1. x = 18 - 3 = 15\n\nAnswer: **x = 15**"
        return "" if request.sampling.stop else "Answer: **x = 5**"

    with Checker(limit_s=20) as checker:
        rows = measure(ScriptedEngine(script), checker, asked, modes=MODES[:3], together=2)
    whole = {row["mode"]: row for row in rows if row["language"] == "all"}
    assert round(float(str(whole["alone"]["right %"]))) == 33
    assert round(float(str(whole["alone"]["every line %"]))) == 33
    assert round(float(str(whole["rewriting"]["right %"]))) == 67
    assert whole["rewriting"]["kept %"] == 100
    assert whole["guard"]["calculated values"] == 2
    assert all(row["called verified, wrong"] == 0 for row in rows)
