"""The files of a checkpoint's folder: their names, and which of them hold the weights.

Knows no tensors, so that looking for a model costs nothing.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from qwen_app.errors import CheckpointError

CONFIG = "config.json"
GENERATION = "generation_config.json"
SINGLE = "model.safetensors"
INDEX = "model.safetensors.index.json"


def weight_files(folder: Path) -> dict[Path, frozenset[str] | None]:
    """Each file of weights with the tensors that the index places in it (None: no index).

    Raises:
        CheckpointError: there are none, the index is unreadable, or a shard is missing.
    """
    if (folder / SINGLE).is_file():
        return {folder / SINGLE: None}
    index = folder / INDEX
    if not index.is_file():
        raise CheckpointError(
            f"{folder} has neither {SINGLE} nor {INDEX}. Point to a folder with a safetensors "
            "checkpoint (older .bin files are not loaded).",
            f"{folder} 中既没有 {SINGLE} 也没有 {INDEX}。请指定含 safetensors 权重的文件夹"
            "（不支持旧的 .bin 文件）。",
            param=SINGLE,
        )
    placed = read_json(index).get("weight_map")
    if not isinstance(placed, dict) or not placed:
        raise CheckpointError(
            f"{index} has no weight_map. Download it again.",
            f"{index} 中没有 weight_map。请重新下载。",
            param=INDEX,
        )
    shards: dict[Path, set[str]] = {}
    for name, file in placed.items():
        path = folder / Path(str(file)).name  # an index has no business outside its folder
        if not path.is_file():
            raise CheckpointError(
                f"{INDEX} names {file}, and {folder} does not have it. Download it again.",
                f"{INDEX} 提到了 {file}，但 {folder} 中没有。请重新下载。",
                param=str(file),
            )
        shards.setdefault(path, set()).add(name)
    return {path: frozenset(names) for path, names in shards.items()}


def read_json(path: Path) -> dict[str, Any]:
    """Raises CheckpointError if the file is missing or is not a JSON object."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise CheckpointError(
            f"{path} does not exist. Point to a folder that holds a whole checkpoint.",
            f"{path} 不存在。请指定包含完整模型的文件夹。",
            param=path.name,
        ) from error
    except (OSError, ValueError, RecursionError) as error:
        raise CheckpointError(
            f"{path} cannot be read as JSON ({error}). Download it again.",
            f"{path} 不是有效的 JSON（{error}）。请重新下载。",
            param=path.name,
        ) from error
    if not isinstance(value, dict):
        raise CheckpointError(
            f"{path} holds no JSON object. Download it again.",
            f"{path} 的内容不是 JSON 对象。请重新下载。",
            param=path.name,
        )
    return value


def some(names: Iterable[str]) -> str:
    """The first few names, and how many more there are."""
    every = sorted(names)
    more = len(every) - 3
    return ", ".join(every[:3]) + (f" (+{more})" if more > 0 else "")
