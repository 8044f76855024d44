"""config.json and generation_config.json, as Hugging Face's libraries write them."""

import math
from pathlib import Path
from typing import Any

from qwen_app.errors import CheckpointError
from qwen_app.messages import SamplingParams
from qwen_app.model.files import CONFIG, GENERATION, read_json
from qwen_app.model.qwen2 import Qwen2Config

ARCHITECTURE = "Qwen2ForCausalLM"


def read_config(folder: Path) -> Qwen2Config:
    """config.json as the architecture's numbers. Reads what transformers 4 writes
    (``rope_theta``, ``rope_scaling``) and what 5 writes (``rope_parameters``).

    Raises:
        CheckpointError: missing, unreadable, not qwen2, or with options that this model does
            not have; an option is never left out in silence, since that changes every answer.
    """
    raw = read_json(folder / CONFIG)
    _check_architecture(folder, raw)
    _check_options(raw)
    hidden, heads = _whole(raw, "hidden_size"), _whole(raw, "num_attention_heads")
    if raw.get("head_dim") is None and hidden % heads:
        raise _bad(
            "hidden_size", hidden, f"a multiple of {heads}, the heads", f"头数 {heads} 的倍数"
        )
    config = Qwen2Config(
        vocab_size=_whole(raw, "vocab_size"),
        hidden_size=hidden,
        intermediate_size=_whole(raw, "intermediate_size"),
        num_layers=_whole(raw, "num_hidden_layers"),
        num_heads=heads,
        num_kv_heads=_whole(raw, "num_key_value_heads", heads),
        head_dim=_whole(raw, "head_dim", hidden // heads),
        rms_norm_eps=_positive(raw, "rms_norm_eps", 1e-6),
        rope_theta=_positive(_rope(raw), "rope_theta", 10_000.0),
        max_position=_whole(raw, "max_position_embeddings", 32_768),
        tie_embeddings=_flag(raw, "tie_word_embeddings"),
    )
    if config.num_heads % config.num_kv_heads:
        raise _bad(
            "num_key_value_heads",
            config.num_kv_heads,
            f"a divisor of {heads}, the query heads",
            f"查询头数 {heads} 的约数",
        )
    if config.head_dim % 2:
        raise _bad("head_dim", config.head_dim, "even", "偶数")
    return config


def read_generation_defaults(folder: Path) -> tuple[SamplingParams, tuple[int, ...]]:
    """Sampling defaults and end-of-text ids.

    Both stand in generation_config.json; what it does not say is neutral, and the ids then come
    from config.json. A checkpoint that says not to sample is greedy (temperature 0).

    Raises:
        CheckpointError: unreadable, or a value out of its range.
    """
    path = folder / GENERATION
    raw = read_json(path) if path.exists() else {}
    config = read_json(folder / CONFIG)

    def number(name: str, neutral: float, low: float, high: float) -> float:
        value = raw.get(name)
        value = neutral if value is None else value
        if not _is_number(value) or not low <= value <= high:
            raise _bad(name, value, f"in [{low:g}, {high:g}]", f"[{low:g}, {high:g}] 内的数", path)
        return float(value)

    defaults = SamplingParams(
        temperature=0.0 if raw.get("do_sample") is False else number("temperature", 1.0, 0, 2),
        top_p=number("top_p", 1.0, 1e-9, 1),
        top_k=int(number("top_k", 0, 0, 2**31)),
        min_p=number("min_p", 0.0, 0, 1),
        repetition_penalty=number("repetition_penalty", 1.0, 1e-9, 2),
    )
    ends = raw.get("eos_token_id")
    ends = config.get("eos_token_id") if ends is None else ends
    ids = ends if isinstance(ends, list) else [] if ends is None else [ends]
    for id_ in ids:
        if not _is_whole(id_) or not 0 <= id_ < _whole(config, "vocab_size"):
            raise _bad("eos_token_id", id_, "an id of the vocabulary", "词表中的 id", path)
    return defaults, tuple(ids)


def _check_architecture(folder: Path, raw: dict[str, Any]) -> None:
    kind, classes = raw.get("model_type"), raw.get("architectures") or [ARCHITECTURE]
    if kind != "qwen2" or classes != [ARCHITECTURE]:
        found = kind if kind != "qwen2" else f"qwen2, {classes}"
        raise CheckpointError(
            f"{folder} holds a model of type {found!r}; only qwen2 text models "
            f"({ARCHITECTURE}) are supported, such as Qwen/Qwen2.5-0.5B-Instruct.",
            f"{folder} 中的模型类型是 {found!r}；仅支持 qwen2 文本模型（{ARCHITECTURE}），"
            "例如 Qwen/Qwen2.5-0.5B-Instruct。",
            param="model_type",
        )
    if quantized := raw.get("quantization_config"):
        method = quantized.get("quant_method") if isinstance(quantized, dict) else quantized
        raise CheckpointError(
            f"{folder} is quantized ({method}), which cannot be loaded yet. Take the unquantized "
            "checkpoint, such as Qwen/Qwen2.5-0.5B-Instruct; --quant int8 or int4 quantizes it "
            "on loading.",
            f"{folder} 是量化模型（{method}），目前还不能加载。请使用未量化的模型，例如 "
            "Qwen/Qwen2.5-0.5B-Instruct，并用 --quant int8 或 int4 在加载时量化。",
            param="quantization_config",
        )


def _check_options(raw: dict[str, Any]) -> None:
    """Refuse what would change the answers and is not implemented."""
    rope = _rope(raw)
    other_rope = {
        key: value
        for key, value in rope.items()
        if value is not None and key not in ("rope_theta", "rope_type", "type")
    }
    layers = raw.get("layer_types") or []
    for name, value, supported in (
        ("hidden_act", raw.get("hidden_act", "silu"), "silu"),
        ("use_sliding_window", raw.get("use_sliding_window") or False, False),
        ("layer_types", sorted(set(map(str, layers)) - {"full_attention"}), []),
        ("rope_type", rope.get("rope_type") or rope.get("type") or "default", "default"),
        ("rope_parameters", other_rope, {}),
    ):
        if value != supported:
            raise CheckpointError(
                f"{CONFIG} sets {name} to {value!r}, and only {supported!r} is supported. "
                "Set it so if the model works without it, or choose another model.",
                f"{CONFIG} 中 {name} 为 {value!r}，仅支持 {supported!r}。"
                "如果模型不依赖该选项，请改过来；否则请换一个模型。",
                param=name,
            )


def _rope(raw: dict[str, Any]) -> dict[str, Any]:
    """Everything about rotary positions in one place, wherever it stands."""
    nested = raw.get("rope_parameters") or raw.get("rope_scaling") or {}
    if not isinstance(nested, dict):
        raise _bad("rope_parameters", nested, "an object", "对象")
    return {"rope_theta": raw.get("rope_theta")} | nested


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _whole(raw: dict[str, Any], name: str, default: int | None = None) -> int:
    value = raw.get(name)
    value = default if value is None else value
    if not _is_whole(value) or not 0 < value < 2**31:  # type: ignore[operator]
        raise _bad(name, value, "a positive whole number", "正整数")
    return int(value)  # type: ignore[arg-type]


def _positive(raw: dict[str, Any], name: str, default: float) -> float:
    value = raw.get(name)
    value = default if value is None else value
    if not _is_number(value) or value <= 0:
        raise _bad(name, value, "a positive number", "正数")
    return float(value)


def _flag(raw: dict[str, Any], name: str) -> bool:
    value = raw.get(name) or False
    if not isinstance(value, bool):
        raise _bad(name, value, "true or false", "true 或 false")
    return value


def _bad(
    name: str, value: object, wanted_en: str, wanted_zh: str, file: Path | str = CONFIG
) -> CheckpointError:
    return CheckpointError(
        f"{file}: {name} must be {wanted_en}, got {value!r}. Copy the file from the original "
        "model again.",
        f"{file}：{name} 必须是{wanted_zh}，现为 {value!r}。请从原始模型重新复制该文件。",
        param=name,
    )
