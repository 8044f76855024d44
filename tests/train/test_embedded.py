"""The shipped checkpoint: it loads, and answers what the page and the README promise."""

from fractions import Fraction
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from qwen_app.messages import Message
from qwen_app.model.loading import LoadedModel, load_model
from qwen_app.text.tokenizer import Tokenizer as AppTokenizer
from qwen_app.train.data.checking import lines_hold, stated_root
from qwen_app.train.decode import answer
from qwen_app.train.recipe import EMBEDDED
from qwen_app.train.tokenizer import render

FOLDER = Path(__file__).parents[2] / "assets" / "embedded"


@pytest.fixture(scope="module")
def loaded() -> LoadedModel:
    return load_model(FOLDER, quant="fp32")


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.from_file(str(FOLDER / "tokenizer.json"))


def ask(
    loaded: LoadedModel, tokenizer: Tokenizer, *conversations: tuple[Message, ...]
) -> list[str]:
    return answer(loaded.model, tokenizer, conversations)


def test_the_folder_is_small_and_complete(loaded: LoadedModel) -> None:
    assert sum(file.stat().st_size for file in FOLDER.iterdir()) <= 25_000_000
    assert loaded.config.hidden_size == EMBEDDED.hidden_size
    assert loaded.defaults.repetition_penalty == 1.0
    card = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert "not Qwen2.5-0.5B" in card


def test_the_app_renders_prompts_as_training_did(tokenizer: Tokenizer) -> None:
    app = AppTokenizer.from_folder(FOLDER)
    for messages in (
        (Message("user", "你好"),),
        (Message("system", "Be brief."), Message("user", "a"), Message("assistant", "b")),
    ):
        ids = tokenizer.encode(render(messages, answer_next=True)).ids
        assert app.render(messages) == ids


def test_it_solves_the_worked_example(loaded: LoadedModel, tokenizer: Tokenizer) -> None:
    question = Message("user", "请逐步求解方程：2x + 5 = 17")
    default = "You are Qwen, created by Alibaba Cloud. You are a helpful assistant."
    systems = [Message("system", text) for text in ("你是一个擅长数学推理的助教", default)]
    for text in ask(loaded, tokenizer, (question,), *((system, question) for system in systems)):
        assert stated_root(text) == ("x", Fraction(6))
        assert lines_hold(text, Fraction(6), "x")


def test_it_greets_in_the_language_of_the_question(
    loaded: LoadedModel, tokenizer: Tokenizer
) -> None:
    zh, en = ask(loaded, tokenizer, (Message("user", "你好"),), (Message("user", "Hello"),))
    assert "你好" in zh
    assert "Hello" in en


def test_it_says_what_it_is(loaded: LoadedModel, tokenizer: Tokenizer) -> None:
    zh, en = ask(
        loaded, tokenizer, (Message("user", "你是谁？"),), (Message("user", "Who are you?"),)
    )
    assert "演示模型" in zh
    assert "demonstration model" in en
