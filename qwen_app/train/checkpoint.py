"""What a run keeps between two starts: weights that are trained, optimizers, counters."""

import math
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

from qwen_app.errors import CheckpointError
from qwen_app.model.qwen2 import Qwen2, Qwen2Config
from qwen_app.train.corpus import StreamState

NAME = "checkpoint.pt"


@dataclass(slots=True)
class Progress:
    """Counters of a run; with the tensors, all that a checkpoint holds."""

    step: int = 0
    tokens: int = 0
    seconds: float = 0.0
    streams: dict[str, StreamState] = field(default_factory=dict)
    """Where each stream of rows stands, by its name."""


def save(
    folder: Path,
    stage: str,
    model: Qwen2,
    optimizers: list[torch.optim.Optimizer],
    recipe: dict[str, Any],
    progress: Progress,
) -> None:
    """Write the checkpoint; a crash while writing leaves the old one."""
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / "checkpoint.partial"
    torch.save(
        {
            "stage": stage,
            "config": asdict(model.config),
            "recipe": recipe,
            "progress": asdict(progress),
            "model": {n: p.detach() for n, p in model.named_parameters() if p.requires_grad},
            "optimizers": [optimizer.state_dict() for optimizer in optimizers],
        },
        partial,
    )
    partial.replace(folder / NAME)


def restore(
    folder: Path, stage: str, model: Qwen2, optimizers: list[torch.optim.Optimizer]
) -> Progress | None:
    """Take up what ``folder`` holds; None if there is no checkpoint yet.

    The optimizers keep the peak rates that they were given, so that a run can go on with others.

    Raises:
        CheckpointError: it is of another stage or of a model of another shape.
    """
    if not (folder / NAME).exists():
        return None
    state = torch.load(folder / NAME, map_location="cpu", weights_only=True)
    if state["stage"] != stage or state["config"] != asdict(model.config):
        raise CheckpointError(
            f"{folder} holds a run of the stage “{state['stage']}” with another model or recipe. "
            "Give another folder with --run, or delete it to begin anew.",
            f"{folder} 中是“{state['stage']}”阶段的运行，其模型或方案不同。"
            "请用 --run 指定其他文件夹，或删除它后重新开始。",
            param="run",
        )
    _fill(model, state["model"], folder)
    for optimizer, saved in zip(optimizers, state["optimizers"], strict=True):
        peaks = [group["peak"] for group in optimizer.param_groups]
        optimizer.load_state_dict(saved)
        for group, peak in zip(optimizer.param_groups, peaks, strict=True):
            group["peak"] = peak
    counters = state["progress"]
    streams = {name: StreamState(**of) for name, of in counters.pop("streams").items()}
    return Progress(**counters, streams=streams)


def trained(checkpoint: Path) -> Qwen2:
    """The run's model, in fp32 on the CPU."""
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    model = Qwen2(Qwen2Config(**state["config"]))
    _fill(model, state["model"], checkpoint.parent)
    return model.eval()


def describe(checkpoint: Path) -> dict[str, Any]:
    """Recipe and progress of a checkpoint, as JSON values."""
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    described: dict[str, Any] = {name: state[name] for name in ("stage", "recipe", "progress")}
    if math.isinf(described["recipe"]["seconds"]):  # JSON has no infinity
        described["recipe"]["seconds"] = None
    return described


@torch.no_grad()
def _fill(model: nn.Module, saved: dict[str, torch.Tensor], folder: Path) -> None:
    wanted = {name: p for name, p in model.named_parameters() if p.requires_grad}
    if wanted.keys() != saved.keys():
        differing = sorted(wanted.keys() ^ saved.keys())
        raise CheckpointError(
            f"{folder / NAME} holds other weights than this run trains: {differing[0]} and "
            f"{len(differing) - 1} more differ. Give another folder with --run.",
            f"{folder / NAME} 中的权重与本次训练的不同：{differing[0]} 等 {len(differing)} 处。"
            "请用 --run 指定其他文件夹。",
            param="run",
        )
    for name, parameter in wanted.items():
        parameter.copy_(saved[name])
