"""Constraints over the real Qwen2 vocabulary, where QWEN_APP_DATA names a folder that has it."""

import os
import random
import re
from pathlib import Path

import pytest

from qwen_app.decoding.constraint import start
from qwen_app.decoding.grammar import Choice, Regex
from qwen_app.text.tokenizer import Tokenizer
from tests.decoding.walks import walk

FOLDER = Path(os.environ.get("QWEN_APP_DATA", "nowhere")) / "qwen2_tokenizer"

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="QWEN_APP_DATA has no qwen2_tokenizer")


@pytest.fixture(scope="module")
def qwen() -> Tokenizer:
    return Tokenizer.from_folder(FOLDER)


@pytest.mark.parametrize(
    "pattern",
    [r"x = -?\d{1,4}", r"[\u4e00-\u9fff]{2,6}。", r'\{"a": "[^"\\]{0,8}"\}', "(?s:.{1,9})"],
)
def test_whatever_is_chosen_the_answer_matches(qwen: Tokenizer, pattern: str) -> None:
    for seed in range(5):
        constraint = start(Regex(pattern), qwen)
        text, done = walk(constraint, qwen, random.Random(seed).choice, most=100)
        assert done
        assert re.fullmatch(pattern, text.decode())


def test_a_literal_is_forced_as_the_tokenizer_spells_it(qwen: Tokenizer) -> None:
    text = "The answer is 42<|im_end|>, 答案是 e\u0301."
    forced = list(start(Choice((text,)), qwen).forced())
    assert qwen.decode(forced) == text[: len(qwen.decode(forced))]
    assert len(forced) > 10
    assert qwen.special_ids.isdisjoint(forced)
