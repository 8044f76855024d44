"""Going on from an exported checkpoint: what the model knew, it still knows."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer

from qwen_app.errors import CheckpointError
from qwen_app.messages import Message
from qwen_app.model.qwen2 import Qwen2, Qwen2Config
from qwen_app.train.corpus import document_mask
from qwen_app.train.data.mix import document
from qwen_app.train.decode import answer
from qwen_app.train.export import export
from qwen_app.train.loop import Recipe
from qwen_app.train.objective import answer_logits
from qwen_app.train.optimize import initialise
from qwen_app.train.stages import Machine, pretraining
from qwen_app.train.tokenizer import (
    common_characters,
    common_words,
    extend_tokenizer,
    save_tokenizer,
    train_tokenizer,
)
from qwen_app.train.warm import spread, warm_start

TINY = Qwen2Config(
    vocab_size=600,
    hidden_size=32,
    intermediate_size=48,
    num_layers=2,
    num_heads=4,
    num_kv_heads=2,
    head_dim=8,
    rope_theta=10_000.0,
    max_position=512,
)


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    texts = ["\n".join(m.content for m in document(1, n)) for n in range(400)]
    return train_tokenizer(texts, TINY.vocab_size)


@pytest.fixture(scope="module")
def folder(tokenizer: Tokenizer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("warm")
    torch.manual_seed(0)
    model = Qwen2(TINY)
    initialise(model)
    save_tokenizer(tokenizer, path / "tokenizer", TINY.max_position)
    export(model, path / "tokenizer", path / "exported")
    return path / "exported"


def test_more_layers_and_tokens_change_no_answer(folder: Path, tokenizer: Tokenizer) -> None:
    torch.manual_seed(1)
    larger = extend_tokenizer(tokenizer, ["喵星", "zebra"], 640)
    model = Qwen2(replace(TINY, num_layers=5, vocab_size=larger.get_vocab_size()))
    initialise(model)
    warm_start(model, larger, folder)
    same = Qwen2(TINY)
    warm_start(same, tokenizer, folder)
    with torch.no_grad():  # so that no new token can be drawn
        new = [i for t, i in larger.get_vocab().items() if t not in tokenizer.get_vocab()]
        model.embed_tokens.weight[new] = 0
    asked = [(Message("user", "2x + 5 = 17"),), (Message("user", "hello"),)]
    before = answer(same.eval(), tokenizer, asked, max_tokens=12)
    assert answer(model.eval(), larger, asked, max_tokens=12) == before


def test_a_deeper_model_begins_with_the_very_same_logits(
    folder: Path, tokenizer: Tokenizer
) -> None:
    """Growth changes no bit: the added layers add zero to the residual stream."""
    torch.manual_seed(2)
    old, grown = (
        pretraining(
            replace(TINY, num_layers=layers),
            tokenizer,
            Recipe(),
            folder / "none",
            machine=Machine(compiled=False),
            start=folder,
        ).model
        for layers in (2, 5)
    )
    ids = torch.randint(TINY.vocab_size, (2, 40))
    positions, owners = torch.arange(40).expand(2, 40), torch.zeros(2, 40, dtype=torch.long)
    places = torch.arange(80)
    with torch.no_grad():
        one, two = (
            answer_logits(model, ids, positions, document_mask(owners), places)
            for model in (old, grown)
        )
    assert torch.equal(one, two)
    added = [layer for index, layer in enumerate(grown.layers) if index not in spread(2, 5)]
    assert len(added) == 3
    loss = answer_logits(grown, ids, positions, document_mask(owners), places).logsumexp(-1).sum()
    loss.backward()  # type: ignore[no-untyped-call]
    for layer in added:  # they add nothing, but they learn
        for name in ("attention.o_proj.weight", "feed_forward.down_proj.weight"):
            gradient = layer.get_parameter(name).grad
            assert gradient is not None
            assert gradient.any()


def test_a_new_token_begins_as_the_mean_of_its_pieces(folder: Path, tokenizer: Tokenizer) -> None:
    larger = extend_tokenizer(tokenizer, ["zebra"], 640)
    pieces = tokenizer.encode("zebra").ids
    assert len(pieces) > 1
    (id_,) = larger.encode("zebra").ids
    model = Qwen2(replace(TINY, vocab_size=larger.get_vocab_size()))
    warm_start(model, larger, folder)
    old = Qwen2(TINY)
    warm_start(old, tokenizer, folder)
    expected = old.embed_tokens.weight[pieces].mean(0)
    torch.testing.assert_close(model.embed_tokens.weight[id_], expected)


def test_fewer_layers_are_refused(folder: Path, tokenizer: Tokenizer) -> None:
    with pytest.raises(CheckpointError, match="more of them") as caught:
        warm_start(Qwen2(replace(TINY, num_layers=1)), tokenizer, folder)
    assert "层数" in caught.value.zh


def test_layers_of_another_shape_are_refused(folder: Path, tokenizer: Tokenizer) -> None:
    with pytest.raises(CheckpointError, match=r"another shape \(hidden_size\)"):
        warm_start(Qwen2(replace(TINY, hidden_size=48)), tokenizer, folder)


@pytest.mark.parametrize(
    ("old", "new", "places"), [(6, 8, [0, 1, 3, 4, 6, 7]), (1, 3, [0]), (2, 2, [0, 1])]
)
def test_old_layers_are_spread_evenly(old: int, new: int, places: list[int]) -> None:
    assert spread(old, new) == places


def test_a_run_starts_from_the_folder(folder: Path, tokenizer: Tokenizer, tmp_path: Path) -> None:
    machine = Machine(compiled=False)
    run = pretraining(TINY, tokenizer, Recipe(), tmp_path, machine=machine, start=folder)
    old = Qwen2(TINY)
    warm_start(old, tokenizer, folder)
    for one, two in zip(run.model.parameters(), old.parameters(), strict=True):
        assert torch.equal(one, two)


def test_an_extended_vocabulary_spells_other_words_as_before(tokenizer: Tokenizer) -> None:
    larger = extend_tokenizer(tokenizer, ["喵星", " zebra"], 640)
    assert [larger.decode([i]) for i in larger.encode("喵星").ids] == ["喵星"]
    assert len(larger.encode("the zebra").ids) == len(tokenizer.encode("the").ids) + 1
    for text in ("2x + 5 = 17", "龘靐", "hello, world", "你好\n"):
        assert larger.encode(text).tokens == tokenizer.encode(text).tokens
        assert larger.decode(larger.encode(text).ids) == text
    assert larger.get_vocab()["<|im_end|>"] == larger.get_vocab_size() - 1


def test_words_without_room_are_left_out(tokenizer: Tokenizer) -> None:
    size = tokenizer.get_vocab_size() + 20
    larger = extend_tokenizer(tokenizer, common_characters(), size)
    assert larger.get_vocab_size() <= size
    assert len(larger.encode("啊").ids) == 1


def test_common_words_and_characters() -> None:
    characters = common_characters()
    assert len(characters) == len(set(characters)) == 3755
    assert {"的", "姓", "齿"} <= set(characters)
    assert common_words(["a bee, a bee", "no bee"], 2) == [" bee", "no"]
