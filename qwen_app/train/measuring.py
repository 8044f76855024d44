"""All scores of an exported checkpoint, and the report that the card is written from."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from qwen_app.engine.create import create_engine
from qwen_app.engine.settings import EngineSettings
from qwen_app.model.loading import load_model
from qwen_app.train.corpus import Encoder
from qwen_app.train.data.example import Split
from qwen_app.train.evaluate import Score, as_json, evaluate
from qwen_app.train.evaluate_math import evaluate_math
from qwen_app.train.evaluate_tasks import evaluate_tasks
from qwen_app.train.held_out import HeldOut, held_out_conversations
from qwen_app.train.loop import Recipe
from qwen_app.train.stages import vocabulary

Group = Literal["chat", "math", "tasks"]
GROUPS: tuple[Group, ...] = ("chat", "math", "tasks")
"""chat: language and Python; math: with the guard and without; tasks: tables and JSON, with their
grammars and without."""

_LOSS_EACH = 12
"""Conversations of each skill and language whose loss is reported: more than a run can afford to
follow."""


def measure(
    folder: Path,
    groups: Sequence[Group],
    *,
    per_skill: int,
    splits: tuple[Split, ...],
    threads: int,
    report: Callable[[Score], None],
) -> list[Score]:
    """Ask the checkpoint in ``folder``; the same questions whichever it is.

    Raises:
        CheckpointError: it cannot be loaded.
    """
    scores: list[Score] = []
    if "chat" in groups:
        model = load_model(folder, quant="fp32").model
        scores += evaluate(
            model, vocabulary(folder), per_skill=per_skill, splits=splits, report=report
        )
    if "math" not in groups and "tasks" not in groups:
        return scores
    engine = create_engine("measured", folder, EngineSettings(threads=threads))
    try:
        if "math" in groups:
            scores += evaluate_math(engine, per_skill=per_skill, splits=splits, report=report)
        if "tasks" in groups:
            scores += evaluate_tasks(engine, per_skill=per_skill, splits=splits, report=report)
    finally:
        engine.close()
    return scores


def held_out_loss(folder: Path) -> dict[str, float]:
    """Nats a token on held-out answers by skill, and their mean as "all"; empty if the checkpoint
    in ``folder`` reads so little at once that every conversation is too long.

    Raises:
        CheckpointError: it cannot be loaded.
    """
    model = load_model(folder, quant="fp32").model
    length = min(Recipe().long_length, model.config.max_position)
    asked = held_out_conversations(_LOSS_EACH)
    losses = HeldOut(Encoder(vocabulary(folder)), asked, length).losses(model, bf16=False)
    return {skill: round(loss, 5) for skill, loss in losses.items()}


def write_report(
    path: Path,
    described: dict[str, Any],
    scores: Sequence[Score],
    loss: Mapping[str, float] | None = None,
) -> None:
    """Scores of other skills stay in the report, if it is of the very same weights.

    Args:
        described: what says which weights they are; JSON values.
        loss: see `held_out_loss`; None: not measured.
    """
    new = as_json(list(scores))
    again = {score["skill"] for score in new}
    kept: list[dict[str, Any]] = []
    if path.exists():
        old = json.loads(path.read_text(encoding="utf-8"))
        measured = ("scores", "held_out_loss")
        if {name: value for name, value in old.items() if name not in measured} == described:
            kept = [score for score in old["scores"] if score["skill"] not in again]
    path.parent.mkdir(parents=True, exist_ok=True)
    losses = {} if loss is None else {"held_out_loss": dict(loss)}
    value = {**described, **losses, "scores": [*kept, *new]}
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def score_line(score: Score) -> str:
    """A score as a line of text."""
    lines = "" if score.lines_right is None else f" ({score.lines_right} in every line)"
    free = "" if score.free_right is None else f" ({score.free_right} without aid)"
    right = f"{score.right:4d} of {score.asked}"
    return f"{score.skill:12} {score.split:9} {score.language}  {right}{lines}{free}"
