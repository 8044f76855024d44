"""A checkpoint of any shape with random weights: speed does not depend on their values.

It is an ordinary folder, so that every engine that is measured reads the same one.
"""

import json
from pathlib import Path

import tokenizers
import torch
from safetensors.torch import save_file
from tokenizers import AddedToken, decoders, models, pre_tokenizers

from qwen_app.model.qwen2 import Qwen2Config
from qwen_app.text.tokenizer import Tokenizer

_SPECIALS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
_PADDING = 271
"""Qwen2.5's embedding table has so many more rows than its tokenizer has tokens."""


def write_random_checkpoint(folder: Path, config: Qwen2Config, *, seed: int = 0) -> Path:
    """Write config, bf16 weights, tokenizer and Qwen2.5's generation defaults into ``folder``.

    The tokenizer has as many tokens as the model can say, of which encoding uses the bytes
    alone; the others are there to be generated.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = _tokenizer(config.vocab_size - min(_PADDING, config.vocab_size // 100))
    tokenizer.save(str(folder / "tokenizer.json"))
    ends = [tokenizer.token_to_id("<|im_end|>"), tokenizer.token_to_id("<|endoftext|>")]
    _write(
        folder / "config.json",
        {
            "architectures": ["Qwen2ForCausalLM"],
            "model_type": "qwen2",
            "vocab_size": config.vocab_size,
            "hidden_size": config.hidden_size,
            "intermediate_size": config.intermediate_size,
            "num_hidden_layers": config.num_layers,
            "num_attention_heads": config.num_heads,
            "num_key_value_heads": config.num_kv_heads,
            "head_dim": config.head_dim,
            "hidden_act": "silu",
            "rms_norm_eps": config.rms_norm_eps,
            "rope_theta": config.rope_theta,
            "max_position_embeddings": config.max_position,
            "tie_word_embeddings": config.tie_embeddings,
            "torch_dtype": "bfloat16",
            "bos_token_id": ends[1],
            "eos_token_id": ends[0],
        },
    )
    _write(
        folder / "generation_config.json",
        {
            "do_sample": True,
            "temperature": 0.7,
            "top_p": 0.8,
            "top_k": 20,
            "repetition_penalty": 1.1,
            "eos_token_id": ends,
        },
    )
    generator = torch.Generator().manual_seed(seed)
    weights = {
        name: torch.ones(shape, dtype=torch.bfloat16)
        if name.endswith("norm.weight")
        else torch.empty(shape, dtype=torch.bfloat16).normal_(std=0.02, generator=generator)
        for name, shape in _shapes(config).items()
    }
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def _shapes(config: Qwen2Config) -> dict[str, tuple[int, ...]]:
    hidden, inner = config.hidden_size, config.intermediate_size
    queries, keys = config.num_heads * config.head_dim, config.num_kv_heads * config.head_dim
    table = (config.vocab_size, hidden)
    shapes: dict[str, tuple[int, ...]] = {
        "model.embed_tokens.weight": table,
        "model.norm.weight": (hidden,),
    }
    if not config.tie_embeddings:
        shapes["lm_head.weight"] = table
    layer: dict[str, tuple[int, ...]] = {
        "input_layernorm.weight": (hidden,),
        "post_attention_layernorm.weight": (hidden,),
        "self_attn.q_proj.weight": (queries, hidden),
        "self_attn.k_proj.weight": (keys, hidden),
        "self_attn.v_proj.weight": (keys, hidden),
        "self_attn.q_proj.bias": (queries,),
        "self_attn.k_proj.bias": (keys,),
        "self_attn.v_proj.bias": (keys,),
        "self_attn.o_proj.weight": (hidden, queries),
        "mlp.gate_proj.weight": (inner, hidden),
        "mlp.up_proj.weight": (inner, hidden),
        "mlp.down_proj.weight": (hidden, inner),
    }
    for index in range(config.num_layers):
        shapes |= {f"model.layers.{index}.{name}": shape for name, shape in layer.items()}
    return shapes


def _tokenizer(tokens: int) -> tokenizers.Tokenizer:
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    words = [f"Ġw{number}" for number in range(tokens - len(alphabet) - len(_SPECIALS))]
    vocabulary = {token: number for number, token in enumerate((*alphabet, *words))}
    backend = tokenizers.Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    backend.add_special_tokens([AddedToken(text, normalized=False) for text in _SPECIALS])
    return backend


def _write(path: Path, content: dict[str, object]) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def with_tokenizer(folder: Path, tokenizer: Path | None) -> Path:
    """Put a real tokenizer into a checkpoint; None leaves it as it is."""
    if tokenizer is not None:
        for name in ("tokenizer.json", "tokenizer_config.json", "generation_config.json"):
            if (source := tokenizer / name).is_file():
                (folder / name).write_bytes(source.read_bytes())
        Tokenizer.from_folder(folder)
    return folder
