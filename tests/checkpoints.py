"""Random-weight qwen2 checkpoints in Hugging Face's format, for tests of everything.

Written from the format alone, not with the loader's own tables, so that it can contradict it.
"""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import torch
from safetensors.torch import save_file
from torch import Tensor

from qwen_app.model.qwen2 import Qwen2Config

TINY = Qwen2Config(
    vocab_size=640,
    hidden_size=64,
    intermediate_size=128,
    num_layers=2,
    num_heads=4,
    num_kv_heads=2,
    head_dim=16,
    max_position=512,
    rope_theta=10_000.0,
)
"""Holds the ids of `tests.tokenizers_for_tests.tiny_tokenizer_folder`."""

TRUE_SIZE = Qwen2Config()
"""Qwen2.5-0.5B: a gigabyte in bf16, some seconds to write."""

_NOT_OF_THE_TOKENIZER = {"config.json", "generation_config.json", "model.safetensors"}


def write_checkpoint(
    folder: Path,
    config: Qwen2Config = TINY,
    *,
    seed: int = 0,
    std: float = 0.02,
    dtype: torch.dtype = torch.float32,
    shards: int = 1,
    tokenizer: Path | None = None,
    eos_token_ids: tuple[int, ...] = (),
    rope: Literal["rope_theta", "rope_parameters"] = "rope_theta",
    tensors: Mapping[str, Tensor] | None = None,
    config_changes: Mapping[str, object] | None = None,
    generation: Mapping[str, object] | None = None,
) -> Path:
    """Write config.json, generation_config.json and the weights into ``folder`` (made if need
    be), and return it.

    Args:
        config: true shape of the model.
        seed: of the random weights.
        std: of the random weights; norms are near 1.
        dtype: of the tensors.
        shards: 1 writes model.safetensors, more write that many files and an index.
        tokenizer: folder whose files are copied in.
        eos_token_ids: none: the ids of Qwen's end tokens in ``tokenizer``, if there is one.
        rope: config.json as Qwen published it, or as transformers 5 writes it.
        tensors: in place of random ones.
        config_changes: keys of config.json to set; None as a value removes the key.
        generation: keys of generation_config.json to set, likewise.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if tokenizer is not None:
        for file in tokenizer.iterdir():
            if file.is_file() and file.name not in _NOT_OF_THE_TOKENIZER:
                shutil.copyfile(file, folder / file.name)
        eos_token_ids = eos_token_ids or _end_tokens(tokenizer / "tokenizer.json")
    _write_json(folder / "config.json", _config_json(config, dtype, rope), config_changes)
    published: dict[str, object] = {
        "do_sample": True,
        "repetition_penalty": 1.1,
        "temperature": 0.7,
        "top_k": 20,
        "top_p": 0.8,
    }
    if eos_token_ids:
        published["eos_token_id"] = list(eos_token_ids)
    _write_json(folder / "generation_config.json", published, generation)
    weights = dict(tensors or random_tensors(config, seed=seed, std=std, dtype=dtype))
    if shards == 1:
        save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    else:
        _write_shards(folder, weights, shards)
    return folder


def random_tensors(
    config: Qwen2Config = TINY,
    *,
    seed: int = 0,
    std: float = 0.02,
    dtype: torch.dtype = torch.float32,
) -> dict[str, Tensor]:
    """Every tensor of a checkpoint by its name; a tied head has none."""
    generator = torch.Generator().manual_seed(seed)
    tensors = {}
    for name, shape in _shapes(config).items():
        values = torch.empty(shape).normal_(std=std, generator=generator)
        tensors[name] = (values + 1 if "norm" in name else values).to(dtype)
    return tensors


def _shapes(config: Qwen2Config) -> dict[str, tuple[int, ...]]:
    hidden, ffn = config.hidden_size, config.intermediate_size
    queries, keys = config.num_heads * config.head_dim, config.num_kv_heads * config.head_dim
    shapes: dict[str, tuple[int, ...]] = {"model.embed_tokens.weight": (config.vocab_size, hidden)}
    for i in range(config.num_layers):
        shapes |= {
            f"model.layers.{i}.{name}": shape
            for name, shape in {
                "input_layernorm.weight": (hidden,),
                "self_attn.q_proj.weight": (queries, hidden),
                "self_attn.q_proj.bias": (queries,),
                "self_attn.k_proj.weight": (keys, hidden),
                "self_attn.k_proj.bias": (keys,),
                "self_attn.v_proj.weight": (keys, hidden),
                "self_attn.v_proj.bias": (keys,),
                "self_attn.o_proj.weight": (hidden, queries),
                "post_attention_layernorm.weight": (hidden,),
                "mlp.gate_proj.weight": (ffn, hidden),
                "mlp.up_proj.weight": (ffn, hidden),
                "mlp.down_proj.weight": (hidden, ffn),
            }.items()
        }
    shapes["model.norm.weight"] = (hidden,)
    if not config.tie_embeddings:
        shapes["lm_head.weight"] = (config.vocab_size, hidden)
    return shapes


def _config_json(config: Qwen2Config, dtype: torch.dtype, rope: str) -> dict[str, object]:
    values: dict[str, object] = {
        "architectures": ["Qwen2ForCausalLM"],
        "attention_dropout": 0.0,
        "hidden_act": "silu",
        "hidden_size": config.hidden_size,
        "intermediate_size": config.intermediate_size,
        "max_position_embeddings": config.max_position,
        "max_window_layers": config.num_layers,
        "model_type": "qwen2",
        "num_attention_heads": config.num_heads,
        "num_hidden_layers": config.num_layers,
        "num_key_value_heads": config.num_kv_heads,
        "rms_norm_eps": config.rms_norm_eps,
        "sliding_window": config.max_position,
        "tie_word_embeddings": config.tie_embeddings,
        "use_sliding_window": False,
        "vocab_size": config.vocab_size,
    }
    if config.head_dim * config.num_heads != config.hidden_size:
        values["head_dim"] = config.head_dim
    dtype_name = str(dtype).removeprefix("torch.")
    if rope == "rope_theta":
        values |= {"rope_theta": config.rope_theta, "torch_dtype": dtype_name}
    else:
        parameters = {"rope_theta": config.rope_theta, "rope_type": "default"}
        values |= {"rope_parameters": parameters, "dtype": dtype_name}
    return values


def _write_shards(folder: Path, weights: dict[str, Tensor], shards: int) -> None:
    names = list(weights)
    weight_map: dict[str, str] = {}
    for number in range(shards):
        file = f"model-{number + 1:05d}-of-{shards:05d}.safetensors"
        part = names[number * len(names) // shards : (number + 1) * len(names) // shards]
        save_file({name: weights[name] for name in part}, folder / file, metadata={"format": "pt"})
        weight_map |= dict.fromkeys(part, file)
    size = sum(tensor.nbytes for tensor in weights.values())
    index = {"metadata": {"total_size": size}, "weight_map": weight_map}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index), encoding="utf-8")


def _write_json(
    file: Path, values: dict[str, object], changes: Mapping[str, object] | None
) -> None:
    merged = {
        key: value for key, value in (values | dict(changes or {})).items() if value is not None
    }
    file.write_text(json.dumps(merged, indent=2), encoding="utf-8")


def _end_tokens(tokenizer_json: Path) -> tuple[int, ...]:
    added: list[dict[str, Any]] = json.loads(tokenizer_json.read_text("utf-8"))["added_tokens"]
    ids = {token["content"]: int(token["id"]) for token in added}
    return tuple(ids[text] for text in ("<|im_end|>", "<|endoftext|>") if text in ids)
