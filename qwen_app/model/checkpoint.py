"""What is in a checkpoint's folder: its configuration, and its tensors checked against it."""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from torch import Tensor

from qwen_app.errors import CheckpointError
from qwen_app.messages import SamplingParams
from qwen_app.model.qwen2 import Qwen2Config

SINGLE = "model.safetensors"
INDEX = "model.safetensors.index.json"
FLOATS = ("F32", "F16", "BF16")


def read_config(folder: Path) -> Qwen2Config:
    """config.json as the architecture's numbers.

    Raises:
        CheckpointError: missing, unreadable, not qwen2, or with options that this model does
            not have; an option is never left out in silence, since that changes every answer.
    """
    raw = read_json(folder / "config.json")
    kind = raw.get("model_type")
    if kind != "qwen2":
        raise CheckpointError(
            f"{folder} holds a model of type {kind!r}; only qwen2 is supported, "
            "such as Qwen/Qwen2.5-0.5B-Instruct.",
            f"{folder} 中的模型类型是 {kind!r}；仅支持 qwen2，例如 Qwen/Qwen2.5-0.5B-Instruct。",
            param="model_type",
        )
    if raw.get("quantization_config"):
        method = raw["quantization_config"].get("quant_method", "?")
        raise CheckpointError(
            f"{folder} is quantized by {method}, which cannot be loaded yet. Take the "
            "unquantized checkpoint; --quant int8 or int4 quantizes it on loading.",
            f"{folder} 是用 {method} 量化的，目前还不能加载。请使用未量化的模型，"
            "并用 --quant int8 或 int4 在加载时量化。",
            param="quantization_config",
        )
    rope = raw.get("rope_parameters") or raw.get("rope_scaling") or {}
    rope_type = rope.get("rope_type", rope.get("type", "default"))
    for name, value, supported in (
        ("hidden_act", raw.get("hidden_act", "silu"), "silu"),
        ("use_sliding_window", raw.get("use_sliding_window", False), False),
        ("rope_type", rope_type, "default"),
    ):
        if value != supported:
            raise CheckpointError(
                f"config.json sets {name} to {value!r}, and only {supported!r} is supported. "
                "Set it so if the model works without it, or choose another model.",
                f"config.json 中 {name} 为 {value!r}，仅支持 {supported!r}。"
                "如果模型不依赖该选项，请改过来；否则请换一个模型。",
                param=name,
            )
    hidden, heads = _number(raw, "hidden_size"), _number(raw, "num_attention_heads")
    config = Qwen2Config(
        vocab_size=_number(raw, "vocab_size"),
        hidden_size=hidden,
        intermediate_size=_number(raw, "intermediate_size"),
        num_layers=_number(raw, "num_hidden_layers"),
        num_heads=heads,
        num_kv_heads=_number(raw, "num_key_value_heads", heads),
        head_dim=_number(raw, "head_dim", hidden // heads),
        rms_norm_eps=float(raw.get("rms_norm_eps", 1e-6)),
        rope_theta=float(rope.get("rope_theta", raw.get("rope_theta", 10_000.0))),
        max_position=_number(raw, "max_position_embeddings", 32_768),
        tie_embeddings=bool(raw.get("tie_word_embeddings", False)),
    )
    if config.num_heads % config.num_kv_heads or config.head_dim % 2:
        raise CheckpointError(
            f"config.json has {config.num_heads} query heads, {config.num_kv_heads} key-value "
            f"heads and a head size of {config.head_dim}: the first must be a multiple of the "
            "second, and the last even.",
            f"config.json 中有 {config.num_heads} 个查询头、{config.num_kv_heads} 个键值头、"
            f"头维度 {config.head_dim}：前者须是后者的整数倍，头维度须为偶数。",
            param="num_key_value_heads",
        )
    return config


def read_generation_defaults(folder: Path) -> tuple[SamplingParams, tuple[int, ...]]:
    """Sampling defaults and end-of-text ids: generation_config.json, or config.json for the ids.

    Raises:
        CheckpointError: unreadable.
    """
    path = folder / "generation_config.json"
    raw = read_json(path) if path.exists() else {}
    ends = raw.get("eos_token_id", read_json(folder / "config.json").get("eos_token_id"))
    ids = ends if isinstance(ends, list) else [] if ends is None else [ends]
    greedy = raw.get("do_sample") is False
    try:
        defaults = SamplingParams(
            temperature=0.0 if greedy else float(raw.get("temperature", 1.0)),
            top_p=float(raw.get("top_p", 1.0)),
            top_k=int(raw.get("top_k", 0)),
            min_p=float(raw.get("min_p") or 0.0),
            repetition_penalty=float(raw.get("repetition_penalty", 1.0)),
        )
        return defaults, tuple(int(i) for i in ids)
    except (TypeError, ValueError) as error:
        raise CheckpointError(
            f"{path} has a value that is not a number ({error}). Copy the file from the "
            "original model again.",
            f"{path} 中有不是数字的值（{error}）。请从原始模型重新复制该文件。",
            param="generation_config.json",
        ) from error


def expected_tensors(config: Qwen2Config) -> dict[str, tuple[int, ...]]:
    """Name and shape of every tensor of a qwen2 checkpoint, the head left out."""
    hidden, ffn = config.hidden_size, config.intermediate_size
    q, kv = config.num_heads * config.head_dim, config.num_kv_heads * config.head_dim
    shapes: dict[str, tuple[int, ...]] = {
        "model.embed_tokens.weight": (config.vocab_size, hidden),
        "model.norm.weight": (hidden,),
    }
    for i in range(config.num_layers):
        at = f"model.layers.{i}."
        for name, width in (("q", q), ("k", kv), ("v", kv)):
            shapes[f"{at}self_attn.{name}_proj.weight"] = (width, hidden)
            shapes[f"{at}self_attn.{name}_proj.bias"] = (width,)
        shapes[f"{at}self_attn.o_proj.weight"] = (hidden, q)
        shapes[f"{at}mlp.gate_proj.weight"] = (ffn, hidden)
        shapes[f"{at}mlp.up_proj.weight"] = (ffn, hidden)
        shapes[f"{at}mlp.down_proj.weight"] = (hidden, ffn)
        shapes[f"{at}input_layernorm.weight"] = (hidden,)
        shapes[f"{at}post_attention_layernorm.weight"] = (hidden,)
    return shapes


class TensorReader:
    """The checkpoint's tensors, read one at a time from memory-mapped files."""

    def __init__(self, files: Mapping[str, Any]) -> None:
        self._files = files

    def __contains__(self, name: str) -> bool:
        return name in self._files

    @property
    def names(self) -> set[str]:
        return set(self._files)

    def shape(self, name: str) -> tuple[int, ...]:
        return tuple(self._files[name].get_slice(name).get_shape())

    def dtype(self, name: str) -> str:
        return str(self._files[name].get_slice(name).get_dtype())

    def __getitem__(self, name: str) -> Tensor:
        tensor: Tensor = self._files[name].get_tensor(name)
        return tensor


@contextmanager
def open_tensors(folder: Path, config: Qwen2Config) -> Iterator[TensorReader]:
    """The checkpoint's tensors, after a check that all are there and as they should be.

    Raises:
        CheckpointError: files missing or cut off; tensors missing, unexpected, of a wrong
            shape or not of floats.
    """
    with ExitStack() as stack:
        files: dict[str, Any] = {}
        for path, names in _weight_files(folder).items():
            try:
                handle = stack.enter_context(safe_open(path, framework="pt"))
            except (SafetensorError, OSError) as error:
                raise CheckpointError(
                    f"{path} cannot be read ({error}); it may have been cut off. "
                    "Download it again.",
                    f"无法读取 {path}（{error}），文件可能不完整。请重新下载。",
                    param=path.name,
                ) from error
            held = set(handle.keys())
            if names is not None and not names <= held:
                raise _missing(names - held, path.name)
            files |= dict.fromkeys(held, handle)
        reader = TensorReader(files)
        _check(reader, config)
        yield reader


def _weight_files(folder: Path) -> dict[Path, set[str] | None]:
    """Each file with the tensors that it must hold (None: unknown)."""
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
    shards: dict[Path, set[str] | None] = {}
    for name, file in placed.items():
        path = folder / Path(str(file)).name
        if not path.is_file():
            raise CheckpointError(
                f"{INDEX} names {file}, and the folder does not have it. Download it again.",
                f"{INDEX} 提到了 {file}，但文件夹中没有。请重新下载。",
                param=str(file),
            )
        held = shards.setdefault(path, set())
        assert held is not None
        held.add(name)
    return shards


def _check(reader: TensorReader, config: Qwen2Config) -> None:
    expected = expected_tensors(config)
    head = {"lm_head.weight": (config.vocab_size, config.hidden_size)}
    # A tied head may be stored all the same; it is then a copy of the embeddings.
    optional = head if config.tie_embeddings else {}
    required = expected if config.tie_embeddings else expected | head
    if missing := set(required) - reader.names:
        raise _missing(missing, "the checkpoint")
    if unexpected := reader.names - set(required) - set(optional):
        listed = _some(unexpected)
        raise CheckpointError(
            f"The checkpoint has tensors that its config.json does not account for: {listed}. "
            "The two may be of different models.",
            f"模型文件中有 config.json 未说明的张量：{listed}。二者可能不是同一个模型的。",
            param=min(unexpected),
        )
    for name, shape in (required | optional).items():
        if name not in reader:
            continue
        if reader.shape(name) != shape:
            raise CheckpointError(
                f"{name} has the shape {reader.shape(name)}, and config.json asks for {shape}. "
                "The two may be of different models.",
                f"{name} 的形状是 {reader.shape(name)}，而 config.json 要求 {shape}。"
                "二者可能不是同一个模型的。",
                param=name,
            )
        if reader.dtype(name) not in FLOATS:
            raise CheckpointError(
                f"{name} holds {reader.dtype(name)}; only {', '.join(FLOATS)} can be loaded. "
                "Take the unquantized checkpoint.",
                f"{name} 的类型是 {reader.dtype(name)}；只能加载 {'、'.join(FLOATS)}。"
                "请使用未量化的模型。",
                param=name,
            )


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
    except (OSError, ValueError) as error:
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


def _number(raw: dict[str, Any], name: str, default: int | None = None) -> int:
    value = raw.get(name)
    if value is None:
        value = default
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 2**31:
        raise CheckpointError(
            f"config.json: {name} must be a positive whole number, got {value!r}.",
            f"config.json：{name} 必须是正整数，现为 {value!r}。",
            param=name,
        )
    return value


def _missing(names: set[str], where: str) -> CheckpointError:
    listed = _some(names)
    return CheckpointError(
        f"Tensors are missing from {where}: {listed}. Download the checkpoint again.",
        f"{where} 缺少张量：{listed}。请重新下载模型。",
        param=min(names),
    )


def _some(names: set[str]) -> str:
    first = sorted(names)[:3]
    more = len(names) - len(first)
    return ", ".join(first) + (f" (+{more})" if more else "")
