"""What an exported checkpoint was trained on, stage after stage: training.json beside the weights.

A run that starts from a checkpoint takes its history over, so that the card of what comes out can
state all that went in.
"""

import json
from pathlib import Path
from typing import Any

from qwen_app.errors import CheckpointError

NAME = "training.json"


def read_history(folder: Path) -> list[dict[str, Any]]:
    """The stages of the checkpoint in ``folder``, oldest first: each with "stage", "tokens",
    "step" and "seconds". Empty where nothing is said of them.

    Raises:
        CheckpointError: the file is something else.
    """
    path = folder / NAME
    if not path.exists():
        return []
    try:
        stages = json.loads(path.read_text(encoding="utf-8"))["stages"]
        return [
            {
                "stage": str(one["stage"]),
                "tokens": int(one["tokens"]),
                "step": int(one["step"]),
                "seconds": float(one["seconds"]),
            }
            for one in stages
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise CheckpointError(
            f"{path} does not list the stages of a training: {error}",
            f"{path} 的内容不是训练阶段的列表：{error}",
            param=NAME,
        ) from error


def inherit(run: Path, start: Path) -> None:
    """What a new run in ``run`` starts from; one that goes on has its history already."""
    stages = read_history(start)
    if stages and not (run / "checkpoint.pt").exists():
        write_history(run, stages)


def with_this_run(run: Path, described: dict[str, Any]) -> list[dict[str, Any]]:
    """The stages before the run in ``run``, and the run itself as `checkpoint.describe` has it."""
    progress = described["progress"]
    counted = {name: progress[name] for name in ("tokens", "step", "seconds")}
    return [*read_history(run), {"stage": described["stage"], **counted}]


def write_history(folder: Path, stages: list[dict[str, Any]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"stages": stages}, ensure_ascii=False, indent=1)
    (folder / NAME).write_text(text + "\n", encoding="utf-8")
