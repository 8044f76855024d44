"""Real schemas and their documents, where QWEN_APP_DATA names a folder that has them."""

import os
from pathlib import Path

import pytest

from qwen_app.bench.json_mode import measure_schemas, read_cases
from qwen_app.text.tokenizer import Tokenizer

DATA = Path(os.environ.get("QWEN_APP_DATA", "nowhere"))

pytestmark = pytest.mark.skipif(
    not (DATA / "json_schemas").is_dir(), reason="QWEN_APP_DATA has no json_schemas"
)


def test_schemas_are_accepted_and_documents_told_apart() -> None:
    tokenizer = Tokenizer.from_folder(DATA / "qwen2_tokenizer")
    tally = measure_schemas(read_cases(DATA / "json_schemas"), tokenizer)
    assert tally.accepted / tally.schemas >= 0.97
    assert tally.valid_allowed == tally.valid_kept == tally.valid
    assert tally.invalid_rejected == tally.invalid
    assert all("no document is valid" in reason for _, reason in tally.refused)
