"""A training checkpoint as an ordinary checkpoint folder that transformers loads too."""

import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from qwen_app.model.qwen2 import Qwen2, Qwen2Config

SAMPLING = {"do_sample": True, "temperature": 0.3, "top_p": 0.8, "top_k": 20}
"""Low on purpose: a digit drawn from the tail of the distribution is a wrong answer."""


def export(model: Qwen2, tokenizer_folder: Path, folder: Path) -> None:
    """config.json, generation_config.json, model.safetensors (bf16) and the tokenizer."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copyfile(tokenizer_folder / name, folder / name)
    tokens = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))["added_tokens"]
    ids = {token["content"]: token["id"] for token in tokens}
    end, pad = ids["<|im_end|>"], ids["<|endoftext|>"]
    _write(folder / "config.json", hf_config(model.config, end))
    _write(
        folder / "generation_config.json",
        {**SAMPLING, "repetition_penalty": 1.0, "eos_token_id": [end, pad], "pad_token_id": pad},
    )
    save_file(hf_tensors(model), folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "model.safetensors").chmod(0o644)  # the library lets none but the owner read it


def hf_config(config: Qwen2Config, eos_token_id: int) -> dict[str, object]:
    """The architecture's numbers under transformers' names."""
    return {
        "architectures": ["Qwen2ForCausalLM"],
        "attention_dropout": 0.0,
        "eos_token_id": eos_token_id,
        "head_dim": config.head_dim,
        "hidden_act": "silu",
        "hidden_size": config.hidden_size,
        "initializer_range": 0.02,
        "intermediate_size": config.intermediate_size,
        "max_position_embeddings": config.max_position,
        "model_type": "qwen2",
        "num_attention_heads": config.num_heads,
        "num_hidden_layers": config.num_layers,
        "num_key_value_heads": config.num_kv_heads,
        "rms_norm_eps": config.rms_norm_eps,
        "rope_theta": config.rope_theta,
        "tie_word_embeddings": config.tie_embeddings,
        "torch_dtype": "bfloat16",
        "use_cache": True,
        "use_sliding_window": False,
        "vocab_size": config.vocab_size,
    }


def hf_tensors(model: Qwen2) -> dict[str, Tensor]:
    """The weights in bf16 under transformers' names, the fused products taken apart."""
    config = model.config
    heads = [config.num_heads * config.head_dim] + [config.num_kv_heads * config.head_dim] * 2
    tensors: dict[str, Tensor] = {
        "model.embed_tokens.weight": model.get_parameter("embed_tokens.weight"),
        "model.norm.weight": model.get_parameter("norm.weight"),
    }
    if not config.tie_embeddings:
        tensors["lm_head.weight"] = model.get_parameter("lm_head.weight")
    for index, layer in enumerate(model.layers):
        weights = layer.state_dict()
        to = f"model.layers.{index}."
        tensors[to + "input_layernorm.weight"] = weights["input_norm.weight"]
        tensors[to + "post_attention_layernorm.weight"] = weights["post_attention_norm.weight"]
        for kind in ("weight", "bias"):
            parts = weights[f"attention.qkv_proj.{kind}"].split(heads)
            for name, part in zip(("q_proj", "k_proj", "v_proj"), parts, strict=True):
                tensors[f"{to}self_attn.{name}.{kind}"] = part
        tensors[to + "self_attn.o_proj.weight"] = weights["attention.o_proj.weight"]
        gate, up = weights["feed_forward.gate_up_proj.weight"].chunk(2)
        tensors[to + "mlp.gate_proj.weight"] = gate
        tensors[to + "mlp.up_proj.weight"] = up
        tensors[to + "mlp.down_proj.weight"] = weights["feed_forward.down_proj.weight"]
    return {
        name: tensor.detach().to("cpu", torch.bfloat16).contiguous()
        for name, tensor in tensors.items()
    }


def _write(path: Path, value: dict[str, object]) -> None:
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
