"""The measurement of schemas, on a small data set: what is counted is what came of it."""

import json
from pathlib import Path

import pytest

from qwen_app.bench.__main__ import main
from tests.checkpoints import write_checkpoint
from tests.tokenizers_for_tests import tiny_tokenizer_folder


def test_schemas_and_documents_are_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    schema = {
        "type": "object",
        "properties": {"a": {"type": "integer"}, "b": {"type": "string", "pattern": "^(?!x)"}},
        "required": ["a"],
        "additionalProperties": False,
    }
    tests = [
        {"valid": True, "data": {"b": "y", "a": 1}},
        {"valid": False, "data": {"a": "1"}},
        {"valid": False, "data": {"a": 1, "b": "x"}},
    ]
    folder = tmp_path / "schemas"
    folder.mkdir()
    cases = {
        "good": {"schema": schema, "tests": tests},
        "wrong": {"schema": {"type": "null"}, "tests": [{"valid": True, "data": 1}]},
        "refused": {"schema": {"$ref": "http://example.com/x"}, "tests": []},
    }
    for name, case in cases.items():
        (folder / f"{name}.json").write_text(json.dumps(case))
    tokenizer = tiny_tokenizer_folder(tmp_path / "tokenizer")
    model = write_checkpoint(tmp_path / "model", tokenizer=tokenizer)
    out = tmp_path / "json.json"
    flags = ["--schemas", str(folder), "--model", str(model), "--json", str(out)]
    little = ["--documents", "1", "--tokens", "150", "--rounds", "1", "--quant", "fp32"]
    assert main(["json", *flags, *little]) == 0
    kept = json.loads(out.read_text())
    (row,) = kept["schemas"]
    assert (row["schemas"], round(row["accepted %"]), row["valid documents"]) == (3, 67, 2)
    assert (row["allowed %"], row["kept %"], row["rejected %"]) == (50, 50, 100)
    assert row["by the grammar %"] == 50
    assert list(kept["refused"]) == ["refused"]
    assert kept["wrong"] == ["wrong, test 0"]
    assert kept["checked"] == {"pattern": 1}
    assert "accepted %" in capsys.readouterr().out
