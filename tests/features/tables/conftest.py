from pathlib import Path

import pytest

from qwen_app.text.tokenizer import Tokenizer
from tests.tokenizers_for_tests import tiny_tokenizer_folder


@pytest.fixture(scope="session")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Tokenizer:
    folder: Path = tiny_tokenizer_folder(tmp_path_factory.mktemp("tables"))
    return Tokenizer.from_folder(folder)
