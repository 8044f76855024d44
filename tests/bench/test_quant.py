"""The benchmark's arithmetic, and one whole run on a small model."""

import json
from pathlib import Path

import pytest

from qwen_app.bench.__main__ import main
from qwen_app.bench.quant import PEER, Contestant, speed_rows
from qwen_app.bench.report import table
from tests.checkpoints import write_checkpoint
from tests.tokenizers_for_tests import tiny_tokenizer_folder


def test_the_ratio_is_taken_round_by_round() -> None:
    # The machine was twice as fast in the second round: the ratio must not notice.
    one = Contestant("int8", lambda *_: 0.0, 1.0, prefill=[1.0], decode=[30.0, 60.0, 30.0])
    base = Contestant(PEER, lambda *_: 0.0, 2.0, prefill=[1.0], decode=[10.0, 20.0, 10.0])
    assert speed_rows([one, base])[0][f"against {PEER}"] == 3.0


def test_a_table_is_markdown_with_columns_in_line() -> None:
    lines = table([{"a": 1.234, "name": "x"}, {"a": 1234.5, "name": None}]).splitlines()
    assert len({len(line) for line in lines}) == 1
    assert set(lines[1]) == set("|- ")
    assert "1.23" in lines[2]
    assert "1234" in lines[3]


def test_a_whole_run_on_a_small_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tokenizer = tiny_tokenizer_folder(tmp_path / "tokenizer")
    folder = write_checkpoint(tmp_path / "model", tokenizer=tokenizer)
    out = tmp_path / "quant.json"
    arguments = ["--model", str(folder), "--accuracy-model", str(folder), "--json", str(out)]
    sizes = ["--prompt-tokens", "16", "--new-tokens", "4", "--rounds", "1"]
    assert main(["quant", "--schemes", "fp32,int8", *arguments, *sizes]) == 0
    report = json.loads(out.read_text())
    assert [row["scheme"] for row in report["speed"]] == ["fp32", "int8", PEER]
    fp32, int8 = report["accuracy"]
    assert (fp32["same next token %"], fp32["KL nats"]) == (100, pytest.approx(0, abs=1e-6))
    assert int8["same next token %"] > 80
    assert report["machine"]["torch"]
    assert "int8" in capsys.readouterr().out
