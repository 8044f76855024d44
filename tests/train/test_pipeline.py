"""The whole recipe on a tiny model, from training to the better arm; and its being taken up."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from qwen_app.errors import CheckpointError
from qwen_app.model.qwen2 import Qwen2Config
from qwen_app.train import corpus, measuring, pipeline, recipe, stages
from qwen_app.train.checkpoint import trained
from qwen_app.train.data.mix import SKILLS, TASKS, document
from qwen_app.train.history import read_history
from qwen_app.train.loop import Recipe
from qwen_app.train.measuring import measure
from qwen_app.train.pipeline import Pipeline, Plan, Questions
from qwen_app.train.stages import Machine
from qwen_app.train.tokenizer import save_tokenizer, train_tokenizer

TINY = Qwen2Config(
    vocab_size=500,
    hidden_size=16,
    intermediate_size=24,
    num_layers=1,
    num_heads=2,
    num_kv_heads=1,
    head_dim=8,
    rope_theta=10_000.0,
    max_position=512,
)
BUDGET = Recipe(tokens=1000, short_length=256, short_rows=2, warmup_steps=1, decay_from=0.0)
PLAN = Plan(
    replace(BUDGET, decay_from=1.0),
    replace(BUDGET, tokens=500, seed=2),
    replace(BUDGET, seed=3),
    TINY,
    replace(TINY, num_layers=2),
)
QUESTIONS = Questions(("chat",), 1, ("held_out",), 1)


def run(folder: Path, plan: Plan = PLAN) -> tuple[Path, list[str]]:
    said: list[str] = []
    machine = Machine(precision="fp32", compiled=False)
    return Pipeline(plan, folder, machine, QUESTIONS, say=said.append).run(), said


def test_from_training_to_the_better_arm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Few conversations a block, and few whose loss is followed: most of the time goes there.
    monkeypatch.setattr(corpus, "_BLOCK", 12)
    monkeypatch.setattr(stages, "_HELD_OUT_EACH", 1)
    monkeypatch.setattr(measuring, "_LOSS_EACH", 1)
    texts = ["\n".join(m.content for m in document(1, n)) for n in range(100)]
    save_tokenizer(train_tokenizer(texts, 500), tmp_path / "tokenizer", 512)
    stopped = replace(PLAN, training=replace(PLAN.training, tokens=500), arm=None)
    assert run(tmp_path, stopped)[0] == tmp_path

    best, said = run(tmp_path)  # goes on where that one ended
    assert best in (tmp_path / "plain", tmp_path / "distilled")
    table = json.loads((tmp_path / "distillation.json").read_text())
    assert table["better"] == best.name
    assert [row["name"] for row in table["recipes"]] == ["plain", "distilled"]
    assert {row["tokens"] for row in table["recipes"]} == {1024}
    assert all(row["loss"]["all"] > 0 for row in table["recipes"])
    assert "| plain | loss | distilled | loss |" in (tmp_path / "distillation.md").read_text()
    stages_said = [line.split(":")[0] for line in said if line.startswith("[")]
    assert [line[:5] for line in stages_said] == [f"[{n}/8]" for n in range(1, 9)]
    history = read_history(best / "measured")
    assert [(one["stage"], one["tokens"]) for one in history] == [
        ("train", 1024),
        ("distill", 1024),
    ]
    expert = trained(tmp_path / "experts" / "tables" / "checkpoint.pt")
    assert expert.config.num_layers == 2
    arms = [trained(tmp_path / arm / "checkpoint.pt").norm.weight for arm in pipeline.ARMS]
    assert not torch.equal(*arms)

    again, said = run(tmp_path)
    assert again == best
    assert sum("done already" in line for line in said) == 8
    # The exported weights, asked by themselves, give the very answers of the report.
    asked = measure(
        best / "measured",
        ("chat",),
        per_skill=1,
        splits=("held_out",),
        threads=1,
        report=lambda _: None,
    )
    reported = json.loads((best / "evaluation.json").read_text())["scores"]
    assert [(s.skill, s.language, s.right, [list(m) for m in s.misses]) for s in asked] == [
        (s["skill"], s["language"], s["right"], s["misses"]) for s in reported
    ]

    longer = replace(PLAN, training=replace(PLAN.training, tokens=2000))
    with pytest.raises(CheckpointError, match="trained on since") as caught:
        run(tmp_path, longer)
    assert "学生" in caught.value.zh
    capsys.readouterr()


def test_every_skill_has_one_expert() -> None:
    taught = [skill for skills in recipe.EXPERTS.values() for skill in skills]
    assert sorted(taught) == sorted((*SKILLS, *TASKS))
