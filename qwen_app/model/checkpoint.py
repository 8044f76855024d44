"""A checkpoint's tensors, checked against its configuration and read one at a time."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from torch import Tensor

from qwen_app.errors import CheckpointError
from qwen_app.model.files import some, weight_files
from qwen_app.model.qwen2 import Qwen2Config

HEAD = "lm_head.weight"
FLOATS = ("F32", "F16", "BF16")


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
    """The checkpoint's tensors, in files that are mapped into memory: a tensor is a view of its
    file, so copy what is to stay."""

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
        for path, placed in weight_files(folder).items():
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
            if placed is not None and placed != held:
                if missing := placed - held:
                    raise _missing(missing, path.name)
                raise _unexpected(held - placed, path.name)
            files |= dict.fromkeys(held, handle)
        reader = TensorReader(files)
        _check(reader, config)
        yield reader


def _check(reader: TensorReader, config: Qwen2Config) -> None:
    expected = expected_tensors(config)
    head = {HEAD: (config.vocab_size, config.hidden_size)}
    # A tied head may be stored all the same; it is then a copy of the embeddings.
    required = expected if config.tie_embeddings else expected | head
    if missing := required.keys() - reader.names:
        raise _missing(missing, "the checkpoint")
    if unexpected := reader.names - (expected | head).keys():
        raise _unexpected(unexpected, "The checkpoint")
    for name, shape in (expected | head).items():
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


def _missing(names: Iterable[str], where: str) -> CheckpointError:
    return CheckpointError(
        f"Tensors are missing from {where}: {some(names)}. Download the checkpoint again.",
        f"{where} 缺少张量：{some(names)}。请重新下载模型。",
        param=min(names),
    )


def _unexpected(names: Iterable[str], where: str) -> CheckpointError:
    return CheckpointError(
        f"{where} has tensors that nothing accounts for: {some(names)}. Weights and config.json "
        "may be of different models.",
        f"{where} 中有多余的张量：{some(names)}。权重与 config.json 可能不是同一个模型的。",
        param=min(names),
    )
