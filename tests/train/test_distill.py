"""Distillation: its formula, a student that learns, and teachers that do not fit."""

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer

from qwen_app.errors import CheckpointError, InvalidInput
from qwen_app.model.loading import load_model
from qwen_app.model.qwen2 import Qwen2, Qwen2Config
from qwen_app.train.__main__ import main
from qwen_app.train.corpus import IGNORED
from qwen_app.train.data.mix import SKILLS, TASKS, document
from qwen_app.train.export import export
from qwen_app.train.loop import Recipe, Trainer
from qwen_app.train.objective import Blend, CrossEntropy, Distillation, Inputs, distillation_loss
from qwen_app.train.optimize import initialise
from qwen_app.train.stages import Machine, Teacher, distillation
from qwen_app.train.tokenizer import save_tokenizer, train_tokenizer

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
    tokens=100_000, short_length=128, short_rows=4, long_length=256, long_rows=2, warmup_steps=2
)
MACHINE = Machine(precision="fp32", compiled=False)


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    texts = ["\n".join(m.content for m in document(1, n)) for n in range(400)]
    return train_tokenizer(texts, TINY.vocab_size)


@pytest.fixture(scope="module")
def folder(tokenizer: Tokenizer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Checkpoints of the same vocabulary, "one" and "two", and "other" of another."""
    path = tmp_path_factory.mktemp("checkpoints")
    save_tokenizer(tokenizer, path / "tokenizer", TINY.max_position)
    for seed, name in enumerate(("one", "two")):
        torch.manual_seed(seed)
        model = Qwen2(replace(TINY, num_layers=2 + seed))
        initialise(model)
        export(model, path / "tokenizer", path / name)
    texts = ["\n".join(m.content for m in document(2, n)) for n in range(300)]
    save_tokenizer(train_tokenizer(texts, TINY.vocab_size), path / "tokens", TINY.max_position)
    export(model, path / "tokens", path / "other")
    return path


def run(folder: Path, to: Path, *teachers: Teacher, blend: Blend, fresh: bool = False) -> Trainer:
    return distillation(folder / "one", teachers, RECIPE, to, blend, machine=MACHINE, fresh=fresh)


def test_the_loss_is_the_divergence_of_softened_distributions() -> None:
    torch.manual_seed(0)
    student, teacher = torch.randn(3, 5), torch.randn(3, 7)  # the teacher's table is padded
    targets = torch.tensor([2, IGNORED, 4])
    heat = 2.0
    divergence, crossed = 0.0, 0.0
    for row in (0, 2):
        p = [math.exp(teacher[row, i] / heat) for i in range(5)]
        q = [math.exp(student[row, i] / heat) for i in range(5)]
        p, q = [x / sum(p) for x in p], [x / sum(q) for x in q]
        divergence += sum(x * math.log(x / y) for x, y in zip(p, q, strict=True)) / 2
        plain = [math.exp(student[row, i]) for i in range(5)]
        crossed -= math.log(plain[int(targets[row])] / sum(plain)) / 2
    loss = distillation_loss(student, teacher, targets, Blend(0.7, 0.3, heat))
    assert float(loss) == pytest.approx(0.7 * divergence * heat**2 + 0.3 * crossed, rel=1e-5)


def test_a_student_that_is_its_teacher_has_nothing_to_learn(folder: Path, tmp_path: Path) -> None:
    trainer = run(folder, tmp_path, Teacher(folder / "one"), blend=Blend(kl=1, ce=0))
    assert trainer.step() == pytest.approx(0, abs=1e-5)


def test_a_student_comes_closer_to_its_teacher(folder: Path, tmp_path: Path) -> None:
    trainer = run(folder, tmp_path, Teacher(folder / "two"), blend=Blend(kl=1, ce=0), fresh=True)
    losses = [trainer.step() for _ in range(24)]
    assert sum(losses[-4:]) < 0.7 * sum(losses[:4])


def test_without_divergence_the_batches_are_the_very_same(folder: Path, tmp_path: Path) -> None:
    teachers = (Teacher(folder / "two", ("equations", "tutor")), Teacher(folder / "one"))
    plain = run(folder, tmp_path / "plain", *teachers, blend=Blend(kl=0, ce=1))
    blended = run(folder, tmp_path / "blended", *teachers, blend=Blend())
    drawn = set()
    for step in range(5):
        one, other = (trainer._batch() for trainer in (plain, blended))
        drawn.add(one[0])
        assert one[0] == other[0]
        assert torch.equal(one[1].ids, other[1].ids)
        assert torch.equal(one[1].positions, other[1].positions)
        assert torch.equal(one[1].targets, other[1].targets)
        for trainer in (plain, blended):
            trainer.progress.step = step + 1
    assert drawn == {0, 1}


def test_without_divergence_no_teacher_is_asked(folder: Path) -> None:
    model = load_model(folder / "one", quant="fp32").model
    loss = Distillation(model, [], Blend(kl=0, ce=0.5), compiled=False)
    torch.manual_seed(0)
    inputs = Inputs(
        torch.randint(600, (1, 8)),
        torch.arange(8)[None],
        torch.ones(1, 1, 8, 8, dtype=torch.bool).tril(),
        torch.tensor([2, 5]),
        torch.tensor([7, IGNORED]),
    )
    assert float(loss(inputs, 3)) == 0.5 * float(CrossEntropy(model, compiled=False)(inputs, 0))


def test_each_teacher_teaches_its_own_skills(folder: Path, tmp_path: Path) -> None:
    mathematics = ("equations", "tutor")
    teachers = (Teacher(folder / "two", mathematics), Teacher(folder / "one"))
    trainer = run(folder, tmp_path, *teachers, blend=Blend(kl=1, ce=0))
    losses = [trainer.step() for _ in range(12)]
    # The student begins as its second teacher: only the first has something to teach at once.
    assert losses[0] < 1e-5 < 0.005 < max(losses)
    assert set(trainer.progress.streams) == {
        f"teacher {n}.{kind}" for n in (1, 2) for kind in ("short", "long")
    }
    first, second = trainer._sources
    assert first.share + second.share == pytest.approx(1)
    assert "```" not in "".join(m.content for n in range(30) for m in first.draw(n, False))


def test_it_goes_on_where_it_was_stopped(folder: Path, tmp_path: Path) -> None:
    teachers = (Teacher(folder / "two", ("equations", "json")), Teacher(folder / "one"))
    whole = run(folder, tmp_path / "whole", *teachers, blend=Blend())
    expected = [whole.step() for _ in range(8)]
    first = run(folder, tmp_path / "parts", *teachers, blend=Blend())
    losses = [first.step() for _ in range(5)]
    first.save()
    second = run(folder, tmp_path / "parts", *teachers, blend=Blend())
    assert losses + [second.step() for _ in range(3)] == expected


def test_another_vocabulary_is_an_error(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="vocabularies of") as caught:
        run(folder, tmp_path, Teacher(folder / "other"), blend=Blend())
    assert "词表不同" in caught.value.zh


@pytest.mark.parametrize(
    "skills",
    [(("json",), ("json", "chat")), (None, None), (("nonsense",),), ((*SKILLS, *TASKS), None)],
)
def test_a_skill_has_one_teacher(
    folder: Path, tmp_path: Path, skills: tuple[tuple[str, ...] | None, ...]
) -> None:
    with pytest.raises(InvalidInput):
        run(folder, tmp_path, *(Teacher(folder / "one", own) for own in skills), blend=Blend())


@pytest.mark.parametrize("blend", [Blend(0, 0), Blend(-1, 1), Blend(temperature=0)])
def test_a_loss_without_sense_is_refused(folder: Path, tmp_path: Path, blend: Blend) -> None:
    with pytest.raises(InvalidInput, match="--kl"):
        run(folder, tmp_path, Teacher(folder / "one"), blend=blend)


def test_the_command_takes_teachers_with_their_skills(folder: Path, tmp_path: Path) -> None:
    command = ["distill", "--student", str(folder / "one"), "--run", str(tmp_path)]
    command += ["--teacher", str(folder / "two"), "--skills", "json", "tables"]
    command += ["--teacher", str(folder / "other"), "--threads", "1"]
    with pytest.raises(SystemExit, match="vocabularies") as caught:
        main(command)
    assert "词表" in str(caught.value)
    assert json.loads((folder / "one" / "config.json").read_text())["vocab_size"] == 600
