"""Experts: a model of any shape on some skills alone."""

from dataclasses import replace
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from qwen_app.errors import InvalidInput
from qwen_app.train import recipe
from qwen_app.train.__main__ import main
from qwen_app.train.data.mix import document
from qwen_app.train.loop import Recipe
from qwen_app.train.stages import Machine, pretraining
from qwen_app.train.tokenizer import save_tokenizer, train_tokenizer


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return train_tokenizer(["\n".join(m.content for m in document(1, n)) for n in range(200)], 500)


def test_an_expert_sees_its_skills_only(tokenizer: Tokenizer, tmp_path: Path) -> None:
    shape = replace(recipe.EXPERT, vocab_size=500, num_layers=1, hidden_size=32, max_position=512)
    machine = Machine(compiled=False)
    expert = pretraining(shape, tokenizer, Recipe(), tmp_path, machine=machine, skills=("json",))
    (source,) = expert._sources
    for number in range(20):
        assert source.draw(number, number % 2 == 0)[-1].content.lstrip()[0] in "{["
    assert set(expert.measure()) == {"all", "json"}


def test_no_such_skill(tokenizer: Tokenizer, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="No such skill: cooking"):
        pretraining(recipe.EXPERT, tokenizer, Recipe(), tmp_path, skills=("json", "cooking"))


@pytest.mark.parametrize(
    ("more", "text"),
    [
        (["--heads", "5", "--kv-heads", "2"], "倍数"),
        (["--start", "assets/embedded", "--hidden", "320"], "层的形状|层形状"),
        (["--start", "assets"], "config.json 不存在"),
    ],
)
def test_shapes_that_do_not_fit_are_errors(
    tokenizer: Tokenizer, tmp_path: Path, more: list[str], text: str
) -> None:
    save_tokenizer(tokenizer, tmp_path / "tokenizer", 512)
    command = ["expert", "--run", str(tmp_path), "--skills", "json", "--threads", "1", *more]
    with pytest.raises(SystemExit, match=text):
        main(command)
