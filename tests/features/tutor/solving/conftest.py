import os
from pathlib import Path

import pytest

from qwen_app.text.tokenizer import Tokenizer
from tests.tokenizers_for_tests import tiny_tokenizer_folder

QWEN2 = Path(os.environ.get("QWEN_APP_DATA", "nowhere")) / "qwen2_tokenizer"
EMBEDDED = Path(__file__).resolve().parents[4] / "assets" / "embedded"


@pytest.fixture(scope="session", params=["tiny", "embedded", "qwen2"])
def tokenizer(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Tokenizer:
    """Each of the vocabularies in turn; Qwen2's where QWEN_APP_DATA names a folder that has it."""
    if request.param == "tiny":
        return Tokenizer.from_folder(tiny_tokenizer_folder(tmp_path_factory.mktemp("tokenizer")))
    if request.param == "embedded":
        return Tokenizer.from_folder(EMBEDDED)
    if not QWEN2.is_dir():
        pytest.skip("QWEN_APP_DATA has no qwen2_tokenizer")
    return Tokenizer.from_folder(QWEN2)
