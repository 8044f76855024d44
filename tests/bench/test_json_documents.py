"""Documents and costs of JSON mode, measured on small models."""

import json
from pathlib import Path

from qwen_app.bench.__main__ import main
from tests.checkpoints import write_checkpoint
from tests.tokenizers_for_tests import tiny_tokenizer_folder

SCHEMAS = {
    "point": {
        "type": "object",
        "properties": {"x": {"type": "integer"}, "y": {"type": "integer"}},
        "required": ["x", "y"],
    },
    "digits": {"type": "array", "items": {"enum": [1, 2, 3]}, "maxItems": 5},
}


def _checkpoint(folder: Path) -> Path:
    return write_checkpoint(folder / "model", tokenizer=tiny_tokenizer_folder(folder / "tokenizer"))


def test_documents_are_counted_and_judged(tmp_path: Path) -> None:
    schemas = tmp_path / "schemas"
    schemas.mkdir()
    for name, schema in SCHEMAS.items():
        (schemas / f"{name}.json").write_text(json.dumps({"schema": schema, "tests": []}))
    out = tmp_path / "out.json"
    what = ["--schemas", str(schemas), "--documents", "12", "--max-tokens", "80"]
    model = ["--model", str(_checkpoint(tmp_path)), "--json", str(out)]
    assert main(["json-documents", *what, *model]) == 0
    found = json.loads(out.read_text())["documents"]
    assert found["schemas"] == 2
    assert found["documents"] == found["valid"] == 24
    assert found["cut off"] == found["errors"] == found["refused"] == 0


def test_costs_of_a_small_model(tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    sizes = ["--documents", "1", "--tokens", "150", "--rounds", "1", "--quant", "fp32"]
    model = ["--model", str(_checkpoint(tmp_path)), "--json", str(out)]
    assert main(["json", *sizes, *model]) == 0
    found = json.loads(out.read_text())
    assert found["decoding"][0]["decoding"] == "(free)"
    assert all(row["mask us, median"] > 0 for row in found["constraint"])
    assert any(row["forced %"] > 0 for row in found["decoding"])
