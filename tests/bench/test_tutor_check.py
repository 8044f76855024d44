"""The measurement of how lines are judged."""

import json
import os
import random
from pathlib import Path

import pytest

from qwen_app.bench import tutor_check
from qwen_app.bench.__main__ import main
from qwen_app.bench.tutor_check import altered, is_false, measure
from qwen_app.features.tutor.checking.checker import Checker

DATA = Path(os.environ.get("QWEN_APP_DATA", "nowhere")) / "math"


def test_what_is_altered_is_false() -> None:
    line = "They ate 4 x 2 = 8 pieces."
    for seed in range(50):
        changed = altered(line, 9, 18, random.Random(seed))
        assert changed is not None
        assert changed != line
        assert changed.startswith("They ate ")
        assert is_false(changed[9:-8])
    assert altered("0 × 5 = 0", 0, 5, random.Random(0)) is None, "it is true whatever stands there"


def test_counts() -> None:
    with Checker() as checker:
        tally = measure("made up", [["2 + 3 = 5", "She is 7.", "2 + 2 = 5"]], checker, seed=1)
    assert (tally.lines, tally.checkable, tally.holding) == (3, 2, 1)
    assert (tally.altered, tally.failing) == (1, 1)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = {"question": "?", "answer": "4 x 2 = <<4*2=8>>8 pieces.\n#### 8"}
    (tmp_path / "gsm8k_few.jsonl").write_text(json.dumps(record), encoding="utf-8")
    result = tmp_path / "result.json"
    command = ["tutor-check", "--data", str(tmp_path), "--problems", "3", "--json", str(result)]
    assert main(command) == 0
    assert "gsm8k_few, prose" in capsys.readouterr().out
    assert json.loads(result.read_text(encoding="utf-8"))["generated"]["problems"] == 3


@pytest.mark.skipif(not DATA.is_dir(), reason="QWEN_APP_DATA has no math")
def test_sets_of_school_problems() -> None:
    with Checker() as checker:
        tallies = list(tutor_check._sets(DATA, checker, seed=0))
    assert len(tallies) == 3
    for tally in tallies:
        assert tally.checkable >= 0.95 * tally.lines, tally.name
        assert tally.holding >= 0.99 * tally.checkable, tally.name
        assert tally.failing >= 0.99 * tally.altered, tally.name
