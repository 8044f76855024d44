"""Packing, the loop, decoding and export, on a tiny model."""

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer

from qwen_app.errors import AppError, CheckpointError, InvalidInput
from qwen_app.messages import Message
from qwen_app.model.qwen2 import Qwen2, Qwen2Config
from qwen_app.train.checkpoint import Progress, trained
from qwen_app.train.corpus import (
    IGNORED,
    Document,
    Encoder,
    PackedStream,
    StreamState,
    collate,
    document_mask,
    pack,
)
from qwen_app.train.data.mix import SKILLS, TASKS, document
from qwen_app.train.decode import Sampling, answer
from qwen_app.train.export import export, hf_tensors
from qwen_app.train.loop import Recipe, Trainer, rate_factor
from qwen_app.train.optimize import initialise
from qwen_app.train.precision import Precision
from qwen_app.train.stages import Machine, pretraining
from qwen_app.train.tokenizer import render, save_tokenizer, train_tokenizer

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
RECIPE = Recipe(
    tokens=100_000,
    short_length=128,
    short_rows=4,
    long_length=256,
    long_rows=2,
    long_every=4,
    warmup_steps=2,
    adamw_rate=0.01,
)


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    texts = ["\n".join(m.content for m in document(1, n)) for n in range(400)]
    return train_tokenizer(texts, TINY.vocab_size)


def trainer(
    tokenizer: Tokenizer, folder: Path, recipe: Recipe = RECIPE, precision: Precision = "auto"
) -> Trainer:
    machine = Machine(precision=precision, compiled=False)
    return pretraining(TINY, tokenizer, recipe, folder, machine=machine)


def test_training_reduces_the_loss(tokenizer: Tokenizer, tmp_path: Path) -> None:
    run = trainer(tokenizer, tmp_path)
    losses = [run.step() for _ in range(32)]
    assert sum(losses[-4:]) < 0.85 * sum(losses[:4])


def test_a_resumed_run_equals_an_uninterrupted_one(tokenizer: Tokenizer, tmp_path: Path) -> None:
    whole = trainer(tokenizer, tmp_path / "whole")
    expected = [whole.step() for _ in range(10)]
    first = trainer(tokenizer, tmp_path / "parts")
    losses = [first.step() for _ in range(6)]
    first.save()
    second = trainer(tokenizer, tmp_path / "parts")
    losses += [second.step() for _ in range(4)]
    assert losses == expected
    for one, two in zip(whole.model.parameters(), second.model.parameters(), strict=True):
        assert torch.equal(one, two)


def test_a_run_goes_on_with_another_rate(tokenizer: Tokenizer, tmp_path: Path) -> None:
    first = trainer(tokenizer, tmp_path)
    first.step()
    first.save()
    slower = replace(RECIPE, muon_rate=RECIPE.muon_rate / 4, adamw_rate=RECIPE.adamw_rate / 4)
    second = trainer(tokenizer, tmp_path, slower)
    peaks = [group["peak"] for one in second.optimizers for group in one.param_groups]
    assert peaks == [slower.muon_rate, slower.adamw_rate]


def test_training_in_bf16_keeps_fp32_weights(tokenizer: Tokenizer, tmp_path: Path) -> None:
    run = trainer(tokenizer, tmp_path, precision="bf16")
    losses = [run.step() for _ in range(32)]
    assert sum(losses[-4:]) < 0.85 * sum(losses[:4])
    assert {p.dtype for p in run.model.parameters()} == {torch.float32}
    whole = trainer(tokenizer, tmp_path, precision="fp32")
    assert whole.step() == pytest.approx(losses[0], rel=0.02)


def test_run_ends_at_the_budget_and_writes_its_curve(
    tokenizer: Tokenizer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = trainer(tokenizer, tmp_path, replace(RECIPE, tokens=20 * 512 + 1))
    run.run()
    assert run.progress.tokens >= run.recipe.tokens
    assert (tmp_path / "curve.csv").read_text().startswith("step,tokens,seconds,loss,rate\n20,")
    measured = (tmp_path / "held_out.csv").read_text().splitlines()
    assert measured[0] == "step,tokens,skill,loss"
    assert [line.split(",")[0] for line in measured if ",all," in line] == ["0", "21"]
    skills = {line.split(",")[2] for line in measured[1:]}
    assert {"all", "equations", "chat"} <= skills <= {"all", *SKILLS, *TASKS}
    assert "tok/s" in capsys.readouterr().out
    saved = trained(tmp_path / "checkpoint.pt")
    for ours, theirs in zip(saved.parameters(), run.model.parameters(), strict=True):
        assert torch.equal(ours, theirs)


def test_a_folder_of_another_model_is_refused(tokenizer: Tokenizer, tmp_path: Path) -> None:
    trainer(tokenizer, tmp_path).save()
    machine = Machine(compiled=False)
    with pytest.raises(CheckpointError, match="another model"):
        pretraining(replace(TINY, num_layers=1), tokenizer, RECIPE, tmp_path, machine=machine)


def test_a_loss_that_is_no_number_ends_the_run(tokenizer: Tokenizer, tmp_path: Path) -> None:
    run = trainer(tokenizer, tmp_path)
    with torch.no_grad():
        run.model.norm.weight.fill_(float("nan"))
    with pytest.raises(AppError, match="rate is too high"):
        run.step()


def test_rows_too_short_for_any_answer_are_an_error(tokenizer: Tokenizer) -> None:
    def draw(_: int) -> tuple[Message, ...]:
        return (Message("user", "long " * 40), Message("assistant", "yes"))

    stream = PackedStream(Encoder(tokenizer), draw, 16, 512, StreamState(), seed=1)
    with pytest.raises(InvalidInput, match="16 tokens"):
        stream.batch(1)


def test_the_rate_warms_up_and_falls_to_zero_with_either_budget() -> None:
    recipe = Recipe(tokens=1000, seconds=100.0, warmup_steps=10, decay_from=0.2)

    def factor(step: int, tokens: int, seconds: float) -> float:
        return rate_factor(recipe, Progress(step, tokens, seconds))

    assert factor(0, 0, 0) == pytest.approx(0.1)
    assert factor(50, 200, 20) == pytest.approx(1.0)
    assert factor(50, 600, 0) == factor(50, 0, 60) == pytest.approx(0.5)
    assert factor(50, 1000, 0) == factor(50, 0, 200) == 0


def test_the_rate_falls_from_the_start_or_never() -> None:
    falling, constant = (Recipe(tokens=1000, decay_from=at) for at in (0.0, 1.0))
    assert rate_factor(falling, Progress(100, 250)) == pytest.approx(0.75)
    assert rate_factor(constant, Progress(100, 999)) == rate_factor(constant, Progress(60, 0)) == 1


def test_packing_loses_no_document_and_overfills_no_row(tokenizer: Tokenizer) -> None:
    documents = Encoder(tokenizer).encode([document(2, n) for n in range(200)])
    rows = pack(documents, 512)
    assert all(sum(len(d.ids) for d in row) <= 512 for row in rows)
    packed = sorted(d.ids for row in rows for d in row)
    assert packed == sorted(d.ids[:512] for d in documents)


def test_targets_are_the_next_tokens_of_answers(tokenizer: Tokenizer) -> None:
    stream = PackedStream(
        Encoder(tokenizer), lambda n: document(1, n), 256, 512, StreamState(), seed=1
    )
    batch = stream.batch(4)
    wanted = batch.targets[:, :-1] != IGNORED
    assert wanted.any()
    assert torch.equal(batch.targets[:, :-1][wanted], batch.ids[:, 1:][wanted])
    assert torch.equal(batch.documents[:, :-1][wanted], batch.documents[:, 1:][wanted]), (
        "a target lies in another document"
    )


def test_positions_rise_within_a_document_and_stay_in_range() -> None:
    item = Document(list(range(100)), [IGNORED] * 100, [0, 10, 40, 50])
    jumped = False
    for seed in range(50):
        batch = collate([[item, item]], 256, 512, random.Random(seed))
        for start in (0, 100):
            steps = batch.positions[0, start : start + 100].diff()
            assert (steps >= 1).all()
            assert int(steps.max()) + 99 <= 512
            jumped |= bool((steps > 1).any())
    assert jumped


def test_a_packed_document_sees_only_itself(tokenizer: Tokenizer) -> None:
    torch.manual_seed(0)
    model = Qwen2(TINY)
    encoded = Encoder(tokenizer).encode([document(3, n) for n in range(40)])
    documents = [d for d in encoded if len(d.ids) < 160][:3]
    size = sum(len(d.ids) for d in documents)
    batch = collate([documents], size, size + 1, random.Random(0))
    alone = collate([[documents[1]]], len(documents[1].ids), size + 1, random.Random(0))
    start = len(documents[0].ids)
    span = slice(start, start + len(documents[1].ids))

    def logits(ids: torch.Tensor, positions: torch.Tensor, owners: torch.Tensor) -> torch.Tensor:
        mask = document_mask(owners)

        def attend(_: int, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
            groups = q.shape[2] // k.shape[2]
            k, v = (t.transpose(1, 2).repeat_interleave(groups, dim=1) for t in (k, v))
            weights = (q.transpose(1, 2) @ k.mT / q.shape[-1] ** 0.5).masked_fill(
                ~mask, float("-inf")
            )
            out: torch.Tensor = (weights.softmax(-1) @ v).transpose(1, 2)
            return out

        out: torch.Tensor = model(ids, positions, attend)
        return out

    straight = torch.arange(len(documents[1].ids))[None]
    positions = batch.positions.clone()
    positions[:, span] = straight
    packed = logits(batch.ids, positions, batch.documents)[:, span]
    torch.testing.assert_close(packed, logits(alone.ids, straight, alone.documents))


def test_exported_checkpoint_equals_transformers(tokenizer: Tokenizer, tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM

    torch.manual_seed(1)
    model = Qwen2(TINY)
    for name, parameter in model.named_parameters():
        if name.endswith("bias"):
            torch.nn.init.normal_(parameter)
    rounded = {name: tensor.float() for name, tensor in hf_tensors(model).items()}
    save_tokenizer(tokenizer, tmp_path / "tokenizer", TINY.max_position)
    export(model, tmp_path / "tokenizer", tmp_path / "out")
    theirs: Any = AutoModelForCausalLM.from_pretrained(tmp_path / "out", dtype=torch.float32)
    assert set(rounded) == {n for n in theirs.state_dict() if n != "lm_head.weight"}
    for name, tensor in rounded.items():
        assert torch.equal(theirs.state_dict()[name], tensor), name
    from qwen_app.model.loading import load_model

    ours = load_model(tmp_path / "out", quant="fp32").model
    messages = (Message("user", "2x + 5 = 17"),)
    ids = tokenizer.encode(render(messages, answer_next=True)).ids
    with torch.inference_mode():
        generated = theirs.generate(
            torch.tensor([ids]), max_new_tokens=12, do_sample=False, repetition_penalty=1.0
        )
    expected = tokenizer.decode(generated[0, len(ids) :].tolist())
    assert answer(ours, tokenizer, [messages], max_tokens=12) == [expected]


def test_batched_decoding_equals_single(tokenizer: Tokenizer) -> None:
    torch.manual_seed(2)
    model = Qwen2(TINY).eval()
    initialise(model)
    conversations = [document(4, n)[:1] for n in range(6)]
    together = answer(model, tokenizer, conversations, max_tokens=10)
    single = [answer(model, tokenizer, [c], max_tokens=10)[0] for c in conversations]
    assert together == single
    drawn = [
        answer(model, tokenizer, conversations, max_tokens=10, sampling=Sampling(1.0, seed=s))
        for s in (3, 3, 4)
    ]
    assert drawn[0] == drawn[1] != drawn[2]
