"""A whole run of the prefix benchmark on a small model: what is reused is what must be."""

import json
from pathlib import Path

from qwen_app.bench.__main__ import main
from tests.checkpoints import write_checkpoint
from tests.tokenizers_for_tests import tiny_tokenizer_folder


def test_a_whole_run_on_a_small_model(tmp_path: Path) -> None:
    tokenizer = tiny_tokenizer_folder(tmp_path / "tokenizer")
    folder = write_checkpoint(tmp_path / "model", tokenizer=tokenizer)
    out = tmp_path / "prefix.json"
    sizes = ["--history-tokens", "100", "--question-tokens", "8", "--rounds", "1"]
    assert main(["prefix", "--model", str(folder), "--json", str(out), *sizes]) == 0
    (row,) = json.loads(out.read_text())["prefix"]
    assert row["prompt tokens"] == 124
    # All full blocks of the history and the answer, less at most the answer's last token.
    assert row["from the cache"] == 112
