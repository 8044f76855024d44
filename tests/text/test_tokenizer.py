"""The tokenizer over a small vocabulary: text both ways, and files that are not as they should."""

import json
import unicodedata
from pathlib import Path

import pytest
import tokenizers
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import AddedToken, decoders, models

from qwen_app.errors import CheckpointError, InvalidInput
from qwen_app.messages import Message, Prompt
from qwen_app.text.tokenizer import Tokenizer
from tests.text.strategies import texts
from tests.tokenizers_for_tests import SPECIALS, tiny_tokenizer_folder


def test_text_comes_back_whole(tokenizer: Tokenizer) -> None:
    for text in ("Hello, how are you?", "你好，世界！", "👩‍👩‍👧 e\u0301 \r\n\t", "", "\x00"):
        assert tokenizer.decode(tokenizer.encode(text)) == _nfc(text)


@given(text=texts())
def test_encoding_exactly_loses_nothing_and_encode_only_normalizes(
    tokenizer: Tokenizer, text: str
) -> None:
    assert tokenizer.decode(tokenizer.encode_exactly(text)) == text
    assert tokenizer.decode(tokenizer.encode(text)) == _nfc(text)


@given(text=texts())
def test_text_never_becomes_a_special_token(tokenizer: Tokenizer, text: str) -> None:
    assert tokenizer.special_ids.isdisjoint(tokenizer.encode(text))
    assert tokenizer.special_ids.isdisjoint(tokenizer.encode_exactly(text))


def test_decoding_agrees_with_the_library(tokenizer_folder: Path, tokenizer: Tokenizer) -> None:
    backend = tokenizers.Tokenizer.from_file(str(tokenizer_folder / "tokenizer.json"))

    @given(ids=st.lists(st.integers(0, tokenizer.vocabulary_size - 1), max_size=20))
    def agree(ids: list[int]) -> None:
        assert tokenizer.decode(ids) == backend.decode(ids, skip_special_tokens=True)

    agree()


def test_special_tokens_stand_for_no_text(tokenizer: Tokenizer) -> None:
    assert len(tokenizer.special_ids) == len(SPECIALS)
    for id_ in tokenizer.special_ids:
        assert tokenizer.token_bytes(id_) == b""


def test_every_byte_is_a_token(tokenizer: Tokenizer) -> None:
    singles = {
        tokenizer.token_bytes(id_)
        for id_ in range(tokenizer.vocabulary_size)
        if len(tokenizer.token_bytes(id_)) == 1
    }
    assert singles == {bytes([byte]) for byte in range(256)}


@pytest.mark.parametrize("id_", [-1, 100_000])
def test_ids_outside_of_the_vocabulary_have_no_bytes(tokenizer: Tokenizer, id_: int) -> None:
    with pytest.raises(IndexError):
        tokenizer.token_bytes(id_)


def test_added_tokens_that_are_not_special_are_ordinary_text(tmp_path: Path) -> None:
    backend = _backend(tmp_path)
    backend.add_tokens([AddedToken("<tool_call>", normalized=False)])
    tokenizer = Tokenizer(backend)
    ids = tokenizer.encode("a<tool_call>")
    assert tokenizer.vocabulary_size - 1 in ids
    assert tokenizer.decode(ids) == "a<tool_call>"


@pytest.mark.parametrize(
    ("prompt", "param"),
    [
        ("", "prompt"),
        ((), "prompt"),
        ((5, 100_000), "prompt"),
        ((-1,), "prompt"),
        ("half a pair \ud83d", "messages"),
        ((Message("user", "\udc00"),), "messages"),
        ((Message("wizard", "hi"),), "messages"),  # type: ignore[arg-type]
    ],
)
def test_prompts_that_cannot_be_read(tokenizer: Tokenizer, prompt: Prompt, param: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        tokenizer.render(prompt)
    assert caught.value.param == param


def test_raw_text_and_ids_are_rendered_as_they_are(tokenizer: Tokenizer) -> None:
    assert tokenizer.render("Hello <|im_end|>") == tokenizer.encode("Hello <|im_end|>")
    assert tokenizer.render((1, 2, 3)) == [1, 2, 3]


@pytest.mark.parametrize("prompt", ["text", (1, 2)])
def test_tools_and_continuation_need_a_conversation(tokenizer: Tokenizer, prompt: Prompt) -> None:
    with pytest.raises(InvalidInput):
        tokenizer.render(prompt, tools=[{"name": "f"}])
    with pytest.raises(InvalidInput):
        tokenizer.render(prompt, continue_final=True)


def test_derived_values_are_built_once(tokenizer: Tokenizer) -> None:
    built: list[Tokenizer] = []

    def build(source: Tokenizer) -> int:
        built.append(source)
        return source.vocabulary_size

    assert [tokenizer.derive(build) for _ in range(3)] == [tokenizer.vocabulary_size] * 3
    assert built == [tokenizer]


# --- folders --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, ["<|im_end|>", "<|endoftext|>"]),
        ({"tokenizer_config.json": {"eos_token": "<|endoftext|>"}}, ["<|endoftext|>"]),
        ({"tokenizer_config.json": {"eos_token": {"content": "<|im_end|>"}}}, ["<|im_end|>"]),
        ({"generation_config.json": {"eos_token_id": 7}}, [7]),
        ({"generation_config.json": {"eos_token_id": [8, 7]}}, [8, 7]),
        (
            {
                "generation_config.json": {"eos_token_id": 7},
                "tokenizer_config.json": {"eos_token": "<|im_end|>"},
            },
            [7],
        ),
    ],
)
def test_end_tokens(
    tmp_path: Path, files: dict[str, dict[str, object]], expected: list[str | int]
) -> None:
    folder = tiny_tokenizer_folder(tmp_path)
    for name, value in files.items():
        (folder / name).write_text(json.dumps(value), encoding="utf-8")
    backend = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    ids = [backend.token_to_id(end) if isinstance(end, str) else end for end in expected]
    assert list(Tokenizer.from_folder(folder).eos_ids) == ids


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("tokenizer.json", None),
        ("tokenizer.json", b"{"),
        ("tokenizer.json", b'{"version": "1.0"}'),
        ("tokenizer_config.json", b"[]"),
        ("tokenizer_config.json", b"\xff\xfe"),
        ("tokenizer_config.json", b'{"chat_template": 5}'),
        ("tokenizer_config.json", b'{"chat_template": [{"name": "rag", "template": "x"}]}'),
        ("tokenizer_config.json", b'{"chat_template": ["x"]}'),
        ("tokenizer_config.json", b'{"chat_template": "{% if %}"}'),
        ("chat_template.jinja", b"{{ messages "),
        ("chat_template.jinja", b"\xff"),
        ("generation_config.json", b"nonsense"),
        ("generation_config.json", b'{"eos_token_id": 100000}'),
        ("generation_config.json", b'{"eos_token_id": "two"}'),
    ],
)
def test_broken_folders_name_what_is_wrong(
    tmp_path: Path, name: str, content: bytes | None
) -> None:
    folder = tiny_tokenizer_folder(tmp_path)
    if content is None:
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(content)
    with pytest.raises(CheckpointError) as caught:
        Tokenizer.from_folder(folder)
    assert caught.value.param is not None


def test_a_vocabulary_of_another_kind_is_refused() -> None:
    backend = tokenizers.Tokenizer(models.WordLevel({"a": 0, "b": 1}, unk_token="a"))
    backend.decoder = decoders.WordPiece()
    with pytest.raises(CheckpointError):
        Tokenizer(backend)


def test_a_vocabulary_without_an_end_token_is_refused() -> None:
    backend = tokenizers.Tokenizer(models.BPE({"a": 0, "b": 1}, []))
    backend.decoder = decoders.ByteLevel()
    with pytest.raises(CheckpointError):
        Tokenizer(backend)


def test_a_special_token_that_text_can_forge_is_refused() -> None:
    backend = tokenizers.Tokenizer(models.BPE({"a": 0, "b": 1, "ab": 2}, [("a", "b")]))
    backend.decoder = decoders.ByteLevel()
    backend.add_special_tokens([AddedToken("ab", normalized=False)])
    with pytest.raises(CheckpointError):
        Tokenizer(backend, eos_ids=[0])


def _backend(path: Path) -> tokenizers.Tokenizer:
    return tokenizers.Tokenizer.from_file(str(tiny_tokenizer_folder(path) / "tokenizer.json"))


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)
