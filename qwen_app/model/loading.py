"""From a checkpoint's folder to a model that is ready to run."""

import ctypes
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from qwen_app.errors import CheckpointError
from qwen_app.messages import SamplingParams
from qwen_app.model.checkpoint import HEAD, TensorReader, open_tensors
from qwen_app.model.hf_config import read_config, read_generation_defaults
from qwen_app.model.quant import Scheme, resolve_scheme
from qwen_app.model.qwen2 import Layer, Qwen2, Qwen2Config

Progress = Callable[[float, str, str], None]
"""(share done from 0 to 1, the step in English, the step in Chinese)"""


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model, and what its folder says about using it."""

    model: Qwen2
    config: Qwen2Config
    scheme: str
    dtype: torch.dtype
    device: str
    kv_dtype: torch.dtype
    defaults: SamplingParams
    eos_token_ids: tuple[int, ...]

    @property
    def weight_bytes(self) -> int:
        """Bytes of all weights as they are kept; a tied head counts once."""
        return weight_bytes(self.model)


@torch.no_grad()
def load_model(
    folder: Path,
    *,
    quant: str = "auto",
    device: str = "cpu",
    progress: Progress | None = None,
) -> LoadedModel:
    """Load and quantize, a matrix at a time: beside the result, memory holds one matrix.

    Args:
        quant: a name of `qwen_app.model.quant.SCHEMES`.
        device: as torch names it: cpu, cuda:0, mps.

    Raises:
        CheckpointError: the folder's files are not a usable checkpoint.
        ConfigError, MissingDependency: see `resolve_scheme`.
    """
    if not folder.is_dir():
        raise CheckpointError(
            f"{folder} is no folder. Give the folder that holds config.json and the weights.",
            f"{folder} 不是文件夹。请指定包含 config.json 和权重的文件夹。",
            param="model",
        )
    config = read_config(folder)
    defaults, ends = read_generation_defaults(folder)
    scheme = resolve_scheme(quant, device, config.parameters)
    with torch.device("meta"):
        model = Qwen2(config)
    with open_tensors(folder, config) as tensors:
        steps = _fill(model, tensors, scheme, device)
        for done, _ in enumerate(steps, start=1):
            _give_back_memory()
            share = done / (config.num_layers + 1)
            if progress is not None:
                progress(
                    share, f"reading weights ({scheme.name})", f"正在读取权重（{scheme.name}）"
                )
    model.eval().requires_grad_(False)
    # Attention is faster in fp32 than in bf16 on CPUs (see kv_cache).
    kv_dtype = torch.float32 if device.startswith("cpu") else scheme.dtype
    return LoadedModel(model, config, scheme.name, scheme.dtype, device, kv_dtype, defaults, ends)


def weight_bytes(model: nn.Module) -> int:
    """Bytes of parameters and of packed weights, shared ones once."""
    total = 0
    seen: set[int] = set()
    for module in model.modules():
        packed = getattr(module, "nbytes", None)
        if isinstance(packed, int):
            total += packed
            continue
        for parameter in module.parameters(recurse=False):
            if id(parameter) not in seen:
                seen.add(id(parameter))
                total += parameter.nbytes
    return total


def _fill(model: Qwen2, tensors: TensorReader, scheme: Scheme, device: str) -> Iterator[None]:
    """Put the weights in, yielding after every layer."""
    embeddings = tensors["model.embed_tokens.weight"]
    model.embed_tokens.weight = _parameter(embeddings, scheme.embedding_dtype, device)
    model.norm.weight = _parameter(tensors["model.norm.weight"], scheme.dtype, device)
    # The head first: converting the largest matrix takes most, and now there is most to spare.
    if model.config.tie_embeddings and scheme.head is None:
        model.lm_head.weight = model.embed_tokens.weight
    else:
        make = scheme.head or scheme.linear
        model.lm_head = make(embeddings if model.config.tie_embeddings else tensors[HEAD], None)
    yield
    for index, layer in enumerate(model.layers):
        assert isinstance(layer, Layer)
        at = f"model.layers.{index}."
        layer.input_norm.weight = _parameter(
            tensors[f"{at}input_layernorm.weight"], scheme.dtype, device
        )
        layer.post_attention_norm.weight = _parameter(
            tensors[f"{at}post_attention_layernorm.weight"], scheme.dtype, device
        )
        qkv = [f"{at}self_attn.{name}_proj" for name in "qkv"]
        layer.attention.qkv_proj = scheme.linear(
            torch.cat([tensors[f"{name}.weight"] for name in qkv]),
            torch.cat([tensors[f"{name}.bias"] for name in qkv]),
        )
        layer.attention.o_proj = scheme.linear(tensors[f"{at}self_attn.o_proj.weight"], None)
        layer.feed_forward.gate_up_proj = scheme.linear(
            torch.cat([tensors[f"{at}mlp.gate_proj.weight"], tensors[f"{at}mlp.up_proj.weight"]]),
            None,
        )
        layer.feed_forward.down_proj = scheme.linear(tensors[f"{at}mlp.down_proj.weight"], None)
        yield


def _give_back_memory() -> None:
    """Hand to the system what was freed: glibc would keep hundreds of megabytes of it."""
    with suppress(AttributeError, OSError, TypeError):  # another C library
        ctypes.CDLL(None).malloc_trim(0)


def _parameter(tensor: Tensor, dtype: torch.dtype, device: str) -> nn.Parameter:
    return nn.Parameter(tensor.to(device, dtype, copy=True), requires_grad=False)
