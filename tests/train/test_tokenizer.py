"""The vocabulary's laws."""

import random
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from qwen_app.messages import Message
from qwen_app.text.tokenizer import Tokenizer as AppTokenizer
from qwen_app.train.corpus import Encoder
from qwen_app.train.data.mix import document
from qwen_app.train.tokenizer import (
    FINER_PATTERN,
    QWEN2_PATTERN,
    SPECIALS,
    pre_tokenizer,
    render,
    save_tokenizer,
    train_tokenizer,
)


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    texts = ["\n".join(m.content for m in document(1, n)) for n in range(600)]
    return train_tokenizer(texts, 900)


@pytest.fixture(scope="module")
def folder(tokenizer: Tokenizer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tokenizer")
    save_tokenizer(tokenizer, path, 512)
    return path


@pytest.mark.parametrize(
    "text", ["你好，world!", "2x + 5 = 17", "🎉 né\n\n\tif x:\n    y", "  a  b ", "龘靐𠮷", ""]
)
def test_decoding_gives_the_text_back(tokenizer: Tokenizer, text: str) -> None:
    assert tokenizer.decode(tokenizer.encode(text).ids) == text


def test_digits_stand_alone(tokenizer: Tokenizer) -> None:
    rng = random.Random(0)
    for _ in range(200):
        text = document(2, rng.randrange(10_000))[-1].content
        for token in tokenizer.encode(text).tokens:
            assert token.isdigit() is False or len(token) == 1


def test_no_token_mixes_letters_with_chinese_or_punctuation(tokenizer: Tokenizer) -> None:
    for id_ in range(tokenizer.get_vocab_size()):
        text = tokenizer.decode([id_]).removeprefix(" ")
        if "�" in text or len(text) < 2:
            continue
        latin = any(c.isascii() and c.isalpha() for c in text)
        assert not latin or (text.isalpha() and text.isascii()), text


def test_special_tokens_come_last(tokenizer: Tokenizer) -> None:
    size = tokenizer.get_vocab_size()
    assert [tokenizer.token_to_id(s) for s in SPECIALS] == [size - 3, size - 2, size - 1]


def test_the_finer_split_only_refines(tokenizer: Tokenizer) -> None:
    """Ids under the split of training equal those under Qwen2's own."""
    finer = Tokenizer.from_str(tokenizer.to_str())
    finer.pre_tokenizer = pre_tokenizer(QWEN2_PATTERN, FINER_PATTERN.replace("{1,2}", "+"))
    for number in range(300):
        text = document(4, number)[-1].content
        assert tokenizer.encode(text).ids == finer.encode(text).ids


def test_transformers_and_the_app_read_the_same(tokenizer: Tokenizer, folder: Path) -> None:
    from transformers import AutoTokenizer

    theirs = AutoTokenizer.from_pretrained(folder)
    messages = (Message("system", "你是助教"), Message("user", "2x + 5 = 17"))
    ours = tokenizer.encode(render(messages, answer_next=True)).ids
    as_dicts = [{"role": m.role, "content": m.content} for m in messages]
    text = theirs.apply_chat_template(as_dicts, tokenize=False, add_generation_prompt=True)
    assert theirs(text)["input_ids"] == ours
    assert theirs.eos_token == "<|im_end|>"
    assert AppTokenizer.from_folder(folder).render(messages) == ours


def test_training_documents_are_tokenized_as_the_template_renders(tokenizer: Tokenizer) -> None:
    conversations = [document(5, n) for n in range(100)]
    for messages, item in zip(conversations, Encoder(tokenizer).encode(conversations), strict=True):
        assert item.ids == tokenizer.encode(render(messages)).ids
        answers = [t for t in item.targets if t >= 0]
        wanted = "".join(m.content + "<|im_end|>" for m in messages if m.role == "assistant")
        assert tokenizer.decode(answers, skip_special_tokens=False) == wanted
