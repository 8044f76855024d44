"""The measurement of the prompt library, on an engine that says what a script says."""

import json
from pathlib import Path

from qwen_app.bench.prompts import limits, measure, rates_entry, write_rates
from qwen_app.engine.scripted import ScriptedEngine
from qwen_app.features.prompts.library import Library, load_library
from qwen_app.features.prompts.rates import Rate, load_rates
from qwen_app.messages import Request

LIBRARY = load_library(Path(__file__).parents[2] / "prompts")
FEW = Library(
    (
        LIBRARY.get("format", "bold-answer"),
        LIBRARY.get("thinking", "step-by-step"),
        LIBRARY.get("role", "editor"),
    )
)


def script(request: Request) -> str:
    return "1. 移项。\n2. 求解。" if "编号" in str(request.prompt) else "**x = 6**"


def test_rates_are_written_and_read_back(tmp_path: Path) -> None:
    engine = ScriptedEngine(script)
    kept = list(measure(engine, FEW, seeds=3, max_tokens=50))
    found = {(each.template.name, each.language): (each.passed, each.runs) for each in kept}
    assert found == {  # the editor has nothing to check
        ("bold-answer", "zh"): (3, 3),
        ("bold-answer", "en"): (3, 3),
        ("step-by-step", "zh"): (3, 3),
        ("step-by-step", "en"): (0, 3),
    }
    assert kept[-1].missed == "0 steps (at least 2)"
    path = tmp_path / "rates.json"
    write_rates(path, "other", rates_entry([], engine))
    write_rates(path, "scripted", rates_entry(kept, engine))
    rates = load_rates(path)
    assert rates.of("scripted", LIBRARY.get("thinking", "step-by-step"), "en") == Rate(0, 3)
    assert rates.of("scripted", LIBRARY.get("role", "editor"), "en") is None
    assert set(json.loads(path.read_text(encoding="utf-8"))["models"]) == {"other", "scripted"}
    assert all(request.n == 3 for request in engine.requests)


def test_limits_are_counted() -> None:
    rows = limits(ScriptedEngine(lambda _: "好" * 30 + "。"), LIBRARY, 16, at_once=4)
    assert sum(int(str(row["runs"])) for row in rows) == 16
    assert sum(int(str(row["over"])) for row in rows) > 0
    assert all(row["no sentence's end"] == 0 for row in rows)
