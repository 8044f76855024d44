"""The real Qwen2 tokenizer, where QWEN_APP_DATA names a folder that has it."""

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import PreTrainedTokenizerFast

from qwen_app.messages import Message
from qwen_app.text.detokenizer import Detokenizer
from qwen_app.text.tokenizer import Tokenizer
from tests.text.strategies import texts

FOLDER = Path(os.environ.get("QWEN_APP_DATA", "nowhere")) / "qwen2_tokenizer"

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="QWEN_APP_DATA has no qwen2_tokenizer")


@pytest.fixture(scope="module")
def qwen() -> Tokenizer:
    return Tokenizer.from_folder(FOLDER)


@pytest.fixture(scope="module")
def oracle() -> Any:
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_file=str(FOLDER / "tokenizer.json")
    )


def test_reference_vectors(qwen: Tokenizer) -> None:
    source = (FOLDER / "vectors.inp").read_bytes().decode()  # line ends are part of the texts
    inputs = source.removesuffix("\n__ggml_vocab_test__\n").split("\n__ggml_vocab_test__\n")
    outputs = (FOLDER / "vectors.out").read_text(encoding="utf-8").splitlines()
    assert len(inputs) == len(outputs) == 46
    for text, ids in zip(inputs, outputs, strict=True):
        assert qwen.encode(text) == [int(id_) for id_ in ids.split()]


def test_known_ids(qwen: Tokenizer) -> None:
    assert qwen.vocabulary_size == 151_665
    assert qwen.eos_ids == (151_645, 151_643)
    assert qwen.special_ids == set(range(151_643, 151_657))


def test_bytes_of_every_token(qwen: Tokenizer, oracle: Any) -> None:
    for id_ in range(qwen.vocabulary_size):
        raw = qwen.token_bytes(id_)
        assert raw.decode(errors="replace") == oracle.decode([id_], skip_special_tokens=True)
        assert (raw == b"") == (id_ in qwen.special_ids)


@settings(max_examples=50)
@given(text=texts())
def test_text_streams_back(qwen: Tokenizer, text: str) -> None:
    detokenizer = Detokenizer(qwen)
    ids = qwen.encode_exactly(text)
    assert "".join(map(detokenizer.append, ids)) + detokenizer.flush() == text
    assert qwen.special_ids.isdisjoint(ids)


@settings(max_examples=50)
@given(
    messages=st.lists(
        st.builds(
            Message, st.sampled_from(["system", "user", "assistant", "tool"]), st.text(max_size=20)
        ),
        min_size=1,
        max_size=5,
    )
)
def test_conversations_equal_those_of_transformers(
    qwen: Tokenizer, oracle: Any, messages: list[Message]
) -> None:
    expected = oracle.apply_chat_template(
        [{"role": message.role, "content": message.content} for message in messages],
        chat_template=qwen.chat_template,
        add_generation_prompt=True,
        return_dict=False,
    )
    assert qwen.render(tuple(messages)) == expected
